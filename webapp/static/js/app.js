/** Begins whatever is on the page, and begins it again when a fragment has put something else there. */

import { tendCountdowns } from './countdown.js';
import { askForMarks, tendMoments } from './moments.js';
import { clearFlash, flash } from './notices.js';
import { countDown } from './planned_countdown.js';
import { Reactions } from './reactions.js';
import { localTimes, onCounted, onThemeChange, ownZone } from './reading.js';
import { Replay } from './replay.js';
import { Room } from './room.js';
import { onShareClick } from './share.js';
import { tendSheets } from './sheet.js';
import { _ } from './words.js';

/** The space's main that is being tended, and how to stop. @type {{main: Element | null, close: () => void}} */
let tended = { main: null, close() {} };

function boot() {
    localTimes(document.body);
    ownZone(document.body);
    countDown();
    const main = document.getElementById('space');
    if (main === tended.main) return;
    tended.close();
    tended = { main, close: main ? tend(main) : () => {} };
}

/**
 * @param {HTMLElement} main
 * @returns {() => void} stops
 */
function tend(main) {
    if (main.dataset.state === 'live') return tendRoom(main);
    if (!main.querySelector('#replay')) return () => {};
    askForMarks(main);
    const replay = new Replay(main);
    return () => replay.close();
}

/** @param {HTMLElement} main */
function tendRoom(main) {
    const room = new Room(main);
    const reactions = new Reactions(main);
    window.parley = { room };
    return () => {
        room.close();
        reactions.close();
        delete window.parley;
    };
}

/** @param {CustomEvent<{isError: boolean, shouldSwap: boolean, xhr: XMLHttpRequest}>} event */
function showErrors({ detail }) {
    if (detail.isError && detail.xhr.getResponseHeader('HX-Retarget')) detail.shouldSwap = true;
}

// Settling would copy a ring's style from the seat that goes to the one that comes, as an attribute: our CSP forbids it.
window.htmx.config.attributesToSettle = [];

const { body } = document;
body.addEventListener('htmx:load', boot);
body.addEventListener('htmx:beforeSwap', (event) => showErrors(/** @type {CustomEvent} */ (event)));
body.addEventListener('htmx:sendError', () => flash(_('That did not get through. Look at your connection, then try again.')));
body.addEventListener('submit', clearFlash);
body.addEventListener('click', onShareClick);
body.addEventListener('change', onThemeChange);
body.addEventListener('input', onCounted);
tendSheets(body);
tendCountdowns(body);
tendMoments(body);
boot();
