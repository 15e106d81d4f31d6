/** The bar that says what is wrong with the connection, and what is being done about it. */

const REMOVED = 4001;

/**
 * @param {import('./connection.js').ConnectionChange} change
 * @param {boolean} online
 * @returns {string} a sentence, or nothing to say
 */
export function connectionSentence(change, online) {
    if (change.state === 'waiting') {
        if (online && change.restarting) return 'The server restarts. You will be back in a moment.';
        return online ? 'The connection was lost. Trying to bring it back…'
            : 'You are offline. You will be back here as soon as the network is.';
    }
    if (change.state === 'open' || change.code === 1000) return '';
    if (change.code === REMOVED) return 'You were removed from this space.';
    const why = change.reason ? ` (${change.reason})` : '';
    return `The server closed the connection${why}. Reload the page to come back.`;
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
