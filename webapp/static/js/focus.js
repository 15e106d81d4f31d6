/**
 * The focus is never lost: when what has it goes from the page, what took its place gets it; or else what opened the
 * sheet around it; or else the nearest surroundings that have a name. Never another button, which the next press would hit.
 */

const SHEET = 'dialog, [popover]';
const NAMED = '[id][aria-label], [id][aria-labelledby], #content';

/** What had the focus last, and where it was. @type {{element: Element, place: string[]} | null} */
let last = null;
/** From where a sheet was entered. @type {WeakMap<Element, string[]>} */
const entered = new WeakMap();

/** @param {HTMLElement} body */
export function tendFocus(body) {
    document.addEventListener('focusin', ({ target }) => remember(/** @type {Element} */ (target)));
    document.addEventListener('focusout', onLeave);
    document.addEventListener('toggle', recover, true);
    document.addEventListener('close', recover, true);
    new MutationObserver(recover).observe(body, { childList: true, subtree: true, attributeFilter: ['hidden'] });
}

/** @param {Element} element */
function remember(element) {
    const sheet = element.closest(SHEET);
    if (sheet && last && !sheet.contains(last.element)) entered.set(sheet, last.place);
    last = { element, place: placeOf(element, sheet) };
}

/**
 * Ids of the element and of what is around it and has a name; out of a sheet the way is back to where it was entered.
 *
 * @param {Element} element
 * @param {Element | null} sheet
 * @returns {string[]}
 */
function placeOf(element, sheet) {
    const ids = element.id ? [element.id] : [];
    for (let at = element.parentElement?.closest(NAMED); at; at = at.parentElement?.closest(NAMED)) {
        ids.push(at.id);
        const way = at === sheet && entered.get(at);
        if (way) return [...ids, ...way];
    }
    return ids;
}

/** Whoever leaves something that stays there does so on purpose; some browsers tell before they remove it. @param {FocusEvent} event */
function onLeave({ target, relatedTarget }) {
    if (relatedTarget || !document.hasFocus()) return;
    queueMicrotask(() => { if (last?.element === target && isThere(last.element)) last = null; });
}

function recover() {
    if (!last || isThere(last.element) || hasMoved()) return;
    const ids = last.place;
    const place = ids.map((id) => document.getElementById(id)).find((element) => element !== null && isThere(element));
    if (place) focus(place);
}

function hasMoved() {
    return document.activeElement !== document.body && document.activeElement !== last?.element;
}

/** @param {Element} element */
function isThere(element) {
    return element.isConnected && element.checkVisibility({ visibilityProperty: true });
}

/** @param {HTMLElement} element */
function focus(element) {
    element.focus({ preventScroll: true });
    if (document.activeElement === element) return;
    element.tabIndex = -1;
    element.addEventListener('blur', () => element.removeAttribute('tabindex'), { once: true });
    element.focus({ preventScroll: true });
}
