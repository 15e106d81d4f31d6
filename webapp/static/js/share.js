/** Sharing: the page's dialog with the one link, from this second on where the recording plays; and copying it. */

import { clockTime } from './format.js';
import { _ } from './words.js';

/** @param {Event} event  a click anywhere */
export function onShareClick(event) {
    const { target } = event;
    if (!(target instanceof Element)) return;
    if (target.closest('[data-action="share"]') && openShare()) event.preventDefault();
    if (target.closest('[data-share-natively]')) shareNatively(target);
    const from = target.closest('[data-copy]')?.getAttribute('data-copy');
    if (from) copy(/** @type {HTMLInputElement | null} */ (document.querySelector(from)));
}

/** @returns {boolean} whether there is a dialog for it */
function openShare() {
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById('share'));
    const link = linkField();
    if (!dialog || !link) return false;
    offerThisSecond(dialog, link);
    offerOtherApps(dialog);
    say(link, '');
    dialog.showModal();
    return true;
}

function linkField() {
    return /** @type {HTMLInputElement | null} */ (document.getElementById('share-url'));
}

/**
 * @param {HTMLElement} dialog
 * @param {HTMLInputElement} link
 */
function offerThisSecond(dialog, link) {
    const startHere = /** @type {HTMLInputElement | null} */ (document.getElementById('share-at'));
    const player = /** @type {HTMLAudioElement | null} */ (document.getElementById('player'));
    if (!startHere || !player) return;
    const second = Math.floor(player.currentTime);
    const time = document.getElementById('share-at-time');
    if (time) time.textContent = clockTime(second);
    const write = () => {
        const before = link.value;
        startAt(dialog, link, startHere.checked ? `?t=${second}` : '');
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

/**
 * Everything in the sheet leads to the same second.
 *
 * @param {HTMLElement} dialog
 * @param {HTMLInputElement} link
 * @param {string} from  `?t=90`, or nothing for the beginning
 */
function startAt(dialog, link, from) {
    link.value = link.defaultValue + from;
    const [whole, now] = [link.defaultValue, link.value].map(encodeURIComponent);
    for (const way of dialog.querySelectorAll('[data-passes-on]')) {
        const first = way.getAttribute('data-first') ?? way.getAttribute('href') ?? '';
        way.setAttribute('data-first', first);
        way.setAttribute('href', first.replace(whole, now));
    }
    const code = /** @type {HTMLImageElement | null} */ (dialog.querySelector('#share-code'));
    if (code) code.src = code.src.replace(/\?.*$/, '') + from;
    const embed = /** @type {HTMLTextAreaElement | null} */ (dialog.querySelector('#share-embed'));
    if (embed) embed.value = embed.defaultValue.replace('/embed"', `/embed${from}"`);
}

/** The system's own sheet, where there is one. @param {ParentNode} within */
export function offerOtherApps(within) {
    const offer = /** @type {HTMLElement | null} */ (within.querySelector('[data-share-natively]'));
    if (offer) offer.hidden = !navigator.share;
}

/** @param {Element} button */
async function shareNatively(button) {
    const url = linkField()?.value;
    try {
        await navigator.share({ title: button.getAttribute('data-title') ?? document.title, url });
    } catch (error) {
        // The person thought better of it.
        if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    }
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
