/** Begins whatever is on the page, and begins it again when a fragment has put something else there. */

import { offerAround } from './around.js';
import { Arrivals } from './arrivals.js';
import { tendBadge } from './badge.js';
import { tendCards } from './cards.js';
import { tendCompose } from './compose.js';
import { tendCountdowns } from './countdown.js';
import { regroupByDay } from './days.js';
import { tendTab } from './discovery.js';
import { tendFocus } from './focus.js';
import { tendInstallation } from './install.js';
import { askForMarks, tendMoments } from './moments.js';
import { clearFlash, flash } from './notices.js';
import { countDown } from './planned_countdown.js';
import { tendPush } from './push.js';
import { Reactions } from './reactions.js';
import { localTimes, onCounted, onThemeChange, ownZone } from './reading.js';
import { Replay } from './replay.js';
import { Room } from './room.js';
import { offerOtherApps, onShareClick } from './share.js';
import { tendSheets } from './sheet.js';
import { _ } from './words.js';

/** The space's main that is being tended, and how to stop. @type {{main: Element | null, close: () => void}} */
let tended = { main: null, close() {} };

function boot() {
    regroupByDay();
    localTimes(document.body);
    ownZone(document.body);
    countDown();
    offerOtherApps(document);
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
    const arrivals = new Arrivals(main.dataset.person);
    window.parley = { room };
    return () => {
        room.close();
        clearFlash(); // what it says was of a room that is over
        reactions.close();
        arrivals.close();
        delete window.parley;
    };
}

/** Tells that a request was not made by a person: its failing is none of their business. @param {unknown} element */
function isAside(element) {
    return element instanceof Element && element.id === 'notification-count';
}

/** @param {CustomEvent<{elt: Element, isError: boolean, shouldSwap: boolean, xhr: XMLHttpRequest}>} event */
function showErrors({ detail }) {
    if (isAside(detail.elt)) return;
    if (detail.isError && detail.xhr.getResponseHeader('HX-Retarget')) detail.shouldSwap = true;
}

// Settling would copy a ring's style from the seat that goes to the one that comes, as an attribute: our CSP forbids it.
window.htmx.config.attributesToSettle = [];
offerAround();

const { body } = document;
body.addEventListener('htmx:load', boot);
body.addEventListener('htmx:beforeSwap', (event) => showErrors(/** @type {CustomEvent} */ (event)));
body.addEventListener('htmx:sendError', (event) => {
    if (isAside(event.target)) return;
    flash(_('That did not get through. Look at your connection, then try again.'));
});
body.addEventListener('submit', clearFlash);
body.addEventListener('click', onShareClick);
body.addEventListener('change', onThemeChange);
body.addEventListener('input', onCounted);
tendFocus(body);
tendSheets(body);
tendCountdowns(body);
tendMoments(body);
tendBadge();
tendPush();
tendInstallation();
tendCompose(body);
tendCards(body);
tendTab(body);
boot();
