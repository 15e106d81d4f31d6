/** Counts down to a moment. The server says how long it still is: the two clocks need not agree. */

import { clockTime } from './format.js';

const STEP_MS = 1000;

/** When each ends, on this page's own clock. @type {WeakMap<Element, number>} */
const ends = new WeakMap();

/** @param {number} leftMs */
export function countdownText(leftMs) {
    return clockTime(Math.ceil(leftMs / 1000));
}

/** @param {ParentNode} within  counts for as long as the page is there */
export function tendCountdowns(within) {
    const step = () => within.querySelectorAll('time[data-until]').forEach(show);
    step();
    setInterval(step, STEP_MS);
}

/** @param {Element} time */
function show(time) {
    const nowMs = performance.now();
    const end = ends.get(time) ?? nowMs + Number(time.getAttribute('data-left-ms'));
    ends.set(time, end);
    time.textContent = countdownText(end - nowMs);
}
