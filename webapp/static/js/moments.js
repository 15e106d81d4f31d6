/** What follows a form of the live page that was taken, and one's own marks where a space has become its recording. */

/** The spaces in which this page's person has remembered a moment since it was loaded. @type {Set<string>} */
const remembered = new Set();

/** @param {HTMLElement} body */
export function tendMoments(body) {
    body.addEventListener('htmx:afterRequest', (event) => onRequest(/** @type {CustomEvent} */ (event)));
    body.addEventListener('toggle', onToggle, true);
}

/** @param {CustomEvent<{elt: Element, successful: boolean}>} event */
function onRequest({ detail: { elt, successful } }) {
    if (!successful || !(elt instanceof HTMLFormElement) || !elt.dataset.then) return;
    elt.reset();
    if (elt.dataset.then === 'close') popoverOf(elt)?.hidePopover();
    if (elt.dataset.then === 'remembered') remembered.add(spaceNow());
}

/** What was wrong, or done, belongs to the time before. @param {Event} event */
function onToggle(event) {
    const { target, newState } = /** @type {ToggleEvent} */ (event);
    if (newState !== 'open') return;
    for (const said of /** @type {Element} */ (target).querySelectorAll('#pin-problem, #mark-status')) said.replaceChildren();
}

/**
 * The recording that everybody was sent has nobody's marks: who has some asks for them.
 *
 * @param {HTMLElement} main
 */
export function askForMarks(main) {
    const marks = /** @type {HTMLElement | null} */ (main.querySelector('#marks'));
    if (marks?.hidden && remembered.has(spaceNow())) document.body.dispatchEvent(new CustomEvent('parley:marks'));
}

function spaceNow() {
    return document.getElementById('space')?.dataset.space ?? '';
}

/**
 * @param {Element} element
 * @returns {HTMLElement | null}
 */
function popoverOf(element) {
    return element.closest('[popover]');
}
