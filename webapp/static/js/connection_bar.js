/** The bar that says what is wrong with the connection, and what is being done about it. */

import { _ } from './words.js';

/** The code of a socket of somebody who was removed: nothing here is theirs to do any more. */
export const REMOVED = 4001;

/**
 * @param {import('./connection.js').ConnectionChange} change
 * @param {boolean} online
 * @returns {string} a sentence, or nothing to say
 */
export function connectionSentence(change, online) {
    if (change.state === 'waiting') {
        if (online && change.restarting) return _('The server restarts. You will be back in a moment.');
        return online ? _('The connection was lost. Trying to bring it back…')
            : _('You are offline. You will be back here as soon as the network is.');
    }
    if (change.state === 'open' || change.code === 1000) return '';
    if (change.code === REMOVED) return _('You were removed from this space.');
    return change.reason
        ? _('The server closed the connection (%(reason)s). Reload the page to come back.', { reason: change.reason })
        : _('The server closed the connection. Reload the page to come back.');
}

/**
 * @param {string} sentence  empty: the bar goes away
 * @param {boolean} [lost]  something is missing, not merely to be known
 */
export function showInBar(sentence, lost = false) {
    const bar = document.getElementById('connection');
    const text = document.getElementById('connection-text');
    if (!bar || !text) return;
    text.textContent = sentence;
    bar.hidden = sentence === '';
    bar.classList.toggle('lost', lost);
}
