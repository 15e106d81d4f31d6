/** Has the Spaces tab look for changes by itself, for as long as somebody can see it. */

import { localTimes } from './reading.js';

const EVERY_MS = 10_000;

/** @param {HTMLElement} body */
export function tendTab(body) {
    const tab = document.getElementById('tab');
    if (!tab) return;
    tab.addEventListener('htmx:sendError', (event) => event.stopPropagation()); // it asks again by itself
    window.setInterval(look, EVERY_MS);
    document.addEventListener('visibilitychange', look);
    // Before anything is drawn, so that no time is seen in another zone for a moment.
    body.addEventListener('htmx:afterSwap', () => localTimes(body));
}

function look() {
    const tab = document.getElementById('tab');
    if (tab && !document.hidden) window.htmx.trigger(tab, 'discovery:look');
}
