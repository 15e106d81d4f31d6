/** Counts down to the start of what the page waits for. The page is asked nothing for it. */

import { waitingTime } from './format.js';

const SECOND_MS = 1000;

let timer = 0;

/** Shows how long it is, each second, for as long as something on the page waits. Call it again after a swap. */
export function countDown() {
    clearTimeout(timer);
    const waiting = document.querySelectorAll('[data-countdown]');
    for (const place of waiting) show(place, Date.now());
    if (waiting.length > 0) timer = window.setTimeout(countDown, SECOND_MS - (Date.now() % SECOND_MS));
}

/**
 * @param {Element} place
 * @param {number} now
 */
function show(place, now) {
    const words = waitingTime((Date.parse(place.getAttribute('data-countdown') ?? '') - now) / SECOND_MS);
    if (place.textContent !== words) place.textContent = words;
}
