/** What makes pages nicer to read and fill in: times in one's own zone, light or dark, how many characters are left. */

import { _, WRITTEN_AS } from './words.js';

const YEAR_S = 365 * 24 * 3600;
const MOMENT = inZone({ dateStyle: 'long', timeStyle: 'short' });
const PLANNED = inZone({ weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit' });
const DAY = inZone({ dateStyle: 'full' });
const TIME_OF_DAY = inZone({ timeStyle: 'short' });
/** @type {Record<string, Intl.DateTimeFormat>} */
const FORMATS = { time: TIME_OF_DAY, planned: PLANNED, day: DAY };

/**
 * Writes times in the zone that the reader chose, else in the device's own.
 *
 * @param {Intl.DateTimeFormatOptions} options
 */
function inZone(options) {
    try {
        return new Intl.DateTimeFormat(WRITTEN_AS, { ...options, timeZone: document.documentElement.dataset.zone });
    } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return new Intl.DateTimeFormat(WRITTEN_AS, options); // a zone that this browser does not know
    }
}

/** @param {ParentNode} within */
export function localTimes(within) {
    for (const time of within.querySelectorAll('time[data-local]')) {
        const moment = new Date(time.getAttribute('datetime') ?? '');
        const format = FORMATS[time.getAttribute('data-local') ?? ''] ?? MOMENT;
        time.removeAttribute('data-local');
        if (!Number.isNaN(moment.valueOf())) time.textContent = format.format(moment);
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
