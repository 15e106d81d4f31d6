/** What makes pages nicer to read and fill in: times in one's own zone, light or dark, how many characters are left. */

import { writers } from './format.js';
import { _ } from './words.js';

const YEAR_S = 365 * 24 * 3600;
const WRITERS = new Map(Object.entries(writers(document.documentElement.dataset.zone)));

/** @param {ParentNode} within */
export function localTimes(within) {
    for (const time of within.querySelectorAll('time[data-local]')) {
        const moment = new Date(time.getAttribute('datetime') ?? '');
        const write = WRITERS.get(time.getAttribute('data-local') || 'moment');
        time.removeAttribute('data-local');
        if (write && !Number.isNaN(moment.valueOf())) time.textContent = write(moment);
    }
}

/** Chooses one's own zone where none was chosen. @param {ParentNode} within */
export function ownZone(within) {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    for (const select of /** @type {NodeListOf<HTMLSelectElement>} */ (within.querySelectorAll('select[data-own-zone]'))) {
        select.removeAttribute('data-own-zone');
        const listed = [...select.options].some((option) => option.value === timeZone);
        if (!listed) select.add(new Option(timeZone), 0);
        select.value = timeZone;
    }
}

/** @param {Event} event  a change anywhere */
export function onThemeChange({ target }) {
    if (!(target instanceof HTMLInputElement) || !target.closest('[data-theme-switch]')) return;
    const chosen = target.value !== 'auto';
    document.cookie = `theme=${target.value}; path=/; max-age=${chosen ? YEAR_S : 0}; samesite=lax`;
    if (chosen) document.documentElement.dataset.theme = target.value;
    else delete document.documentElement.dataset.theme;
    for (const colour of /** @type {NodeListOf<HTMLMetaElement>} */ (document.querySelectorAll('meta[data-scheme]'))) {
        const { scheme } = colour.dataset;
        const byChoice = scheme === target.value ? 'all' : 'not all';
        colour.media = chosen ? byChoice : `(prefers-color-scheme: ${scheme})`;
    }
}

/** @param {Event} event  an input anywhere */
export function onCounted({ target }) {
    if (!(target instanceof HTMLInputElement) || !target.dataset.countFor) return;
    const output = document.querySelector(target.dataset.countFor);
    if (output) output.textContent = _('%(count)s characters left', { count: target.maxLength - target.value.length });
}
