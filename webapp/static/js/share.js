/** Sharing: the page's dialog with the one link, from this second on where the recording plays; and copying it. */

import { clockTime } from './format.js';
import { _ } from './words.js';

/** @param {Event} event  a click anywhere */
export function onShareClick({ target }) {
    if (!(target instanceof Element)) return;
    if (target.closest('[data-action="share"]')) openShare();
    const from = target.closest('[data-copy]')?.getAttribute('data-copy');
    if (from) copy(/** @type {HTMLInputElement | null} */ (document.querySelector(from)));
}

function openShare() {
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById('share'));
    const link = /** @type {HTMLInputElement | null} */ (document.getElementById('share-url'));
    if (!dialog || !link) return;
    offerThisSecond(link);
    say(link, '');
    dialog.showModal();
}

/** @param {HTMLInputElement} link */
function offerThisSecond(link) {
    const startHere = /** @type {HTMLInputElement | null} */ (document.getElementById('share-at'));
    const player = /** @type {HTMLAudioElement | null} */ (document.getElementById('player'));
    if (!startHere || !player) return;
    const second = Math.floor(player.currentTime);
    const time = document.getElementById('share-at-time');
    if (time) time.textContent = clockTime(second);
    const write = () => { link.value = link.defaultValue + (startHere.checked ? `?t=${second}` : ''); };
    startHere.onchange = write;
    write();
}

/** @param {HTMLInputElement | null} link */
async function copy(link) {
    if (!link) return;
    link.select();
    try {
        await navigator.clipboard.writeText(link.value);
        say(link, _('The link is copied.'));
    } catch {
        say(link, _('The link is selected: copy it with your keyboard or a long press.'));
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
