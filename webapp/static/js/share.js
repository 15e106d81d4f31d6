/** Sharing: the page's dialog with the one link, from this second on where the recording plays; and copying it. */

import { clockTime } from './format.js';

/** @param {Event} event  a click anywhere */
export function onShareClick(event) {
    const { target } = event;
    if (!(target instanceof Element)) return;
    if (target.closest('[data-action="share"]') && openShare()) event.preventDefault();
    const from = target.closest('[data-copy]')?.getAttribute('data-copy');
    if (from) copy(/** @type {HTMLInputElement | null} */ (document.querySelector(from)));
}

/** @returns {boolean} whether there is a dialog for it */
function openShare() {
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById('share'));
    const link = /** @type {HTMLInputElement | null} */ (document.getElementById('share-url'));
    if (!dialog || !link) return false;
    offerThisSecond(link);
    say(link, '');
    dialog.showModal();
    return true;
}

/** @param {HTMLInputElement} link */
function offerThisSecond(link) {
    const startHere = /** @type {HTMLInputElement | null} */ (document.getElementById('share-at'));
    const player = /** @type {HTMLAudioElement | null} */ (document.getElementById('player'));
    if (!startHere || !player) return;
    const second = Math.floor(player.currentTime);
    const time = document.getElementById('share-at-time');
    if (time) time.textContent = clockTime(second);
    const write = () => {
        const before = link.value;
        link.value = link.defaultValue + (startHere.checked ? `?t=${second}` : '');
        rewriteLink(before, link.value);
    };
    startHere.onchange = write;
    write();
}

/**
 * In the post about it that somebody is writing there, if they are.
 *
 * @param {string} before
 * @param {string} after
 */
function rewriteLink(before, after) {
    const text = /** @type {HTMLTextAreaElement | null} */ (document.querySelector('#share-post textarea'));
    if (text) text.value = text.value.replace(before, after);
}

/** @param {HTMLInputElement | null} link */
async function copy(link) {
    if (!link) return;
    link.select();
    try {
        await navigator.clipboard.writeText(link.value);
        say(link, 'The link is copied.');
    } catch {
        say(link, 'The link is selected: copy it with your keyboard or a long press.');
    }
}

/**
 * @param {HTMLInputElement} link
 * @param {string} sentence
 */
function say(link, sentence) {
    const status = link.closest('.field')?.querySelector('[role="status"]');
    if (status) status.textContent = sentence;
}
