/** Compose boxes: how many characters are left, as people count them, and sending with the keyboard. */

import { _ } from './words.js';

const NEARLY = 20;
const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter() : null;

/** @param {HTMLElement} body */
export function tendCompose(body) {
    body.addEventListener('input', ({ target }) => count(target));
    body.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && isBox(event.target)) event.target.form?.requestSubmit();
    });
}

/** @param {EventTarget | null} target */
function count(target) {
    if (!isBox(target)) return;
    const output = /** @type {HTMLOutputElement | null} */ (target.form?.querySelector('output'));
    const left = Number(target.dataset.characters) - characters(target.value.trim().normalize('NFC'));
    if (!output) return;
    output.textContent = left >= 0
        ? _('%(count)s characters left', { count: left })
        : _('%(count)s characters too many', { count: -left });
    output.classList.toggle('over', left < 0);
    output.setAttribute('aria-live', left <= NEARLY ? 'polite' : 'off');
}

/**
 * @param {EventTarget | null} target
 * @returns {target is HTMLTextAreaElement}
 */
function isBox(target) {
    return target instanceof HTMLTextAreaElement && 'characters' in target.dataset;
}

/** @param {string} text */
function characters(text) {
    return segmenter ? [...segmenter.segment(text)].length : [...text].length;
}
