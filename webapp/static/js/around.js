/**
 * The swap style `around`: a fragment that is fetched or sent again takes the place of the one before, but for the sheet
 * that is open in it, which goes when it closes, and the button that is held down, whose click would be lost. What was
 * typed in a sheet is carried over.
 */

const STYLE = 'around';

/** By an open sheet, what takes its place. @type {WeakMap<Element, HTMLElement>} */
const next = new WeakMap();

export function offerAround() {
    window.htmx.defineExtension(STYLE, { isInlineSwap: (style) => style === STYLE, handleSwap });
}

/**
 * @param {string} style
 * @param {Element} target
 * @param {ParentNode} fragment
 * @param {{elts: Element[]}} settling  whom htmx tells that it has swapped
 * @returns {Element[] | false} what is new on the page; false: another style
 */
function handleSwap(style, target, fragment, settling) {
    const fresh = style === STYLE && withId(fragment, target.id);
    if (!fresh) return false;
    const open = target.querySelector('[popover]:popover-open');
    const successor = open && withId(fresh, open.id);
    if (successor) {
        replaceWhenClosed(open, /** @type {HTMLElement} */ (successor));
        return replaceAround(target, fresh, open, successor);
    }
    const pressed = target.querySelector('button[id]:active');
    const same = pressed && withId(fresh, pressed.id);
    if (same) {
        const around = replaceAround(target, fresh, pressed, same);
        become(pressed, same);
        return around;
    }
    settling.elts = [...settling.elts.filter((element) => element !== target), fresh];
    return [replace(target, fresh)];
}

/**
 * @param {Element} old
 * @param {Element} fresh
 */
function become(old, fresh) {
    copyAttributes(old, fresh);
    if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
}

/**
 * @param {Element} old
 * @param {Element} fresh
 * @returns {Element}
 */
function replace(old, fresh) {
    old.replaceWith(fresh);
    carryTyped(old, fresh);
    return fresh;
}

/**
 * The kept element never leaves the page: that would close it.
 *
 * @param {Element} old
 * @param {Element} fresh
 * @param {Element} kept  in `old`
 * @param {Element} successor  the same in `fresh`
 * @returns {Element[]} what is new
 */
function replaceAround(old, fresh, kept, successor) {
    if (old === kept || fresh === successor) return [];
    copyAttributes(old, fresh);
    const [way, freshWay] = [childTowards(old, kept), childTowards(fresh, successor)];
    const gone = [...old.childNodes].filter((node) => node !== way);
    gone.forEach((node) => node.remove());
    const nodes = [...fresh.childNodes];
    const at = nodes.indexOf(freshWay);
    way.before(...nodes.slice(0, at));
    way.after(...nodes.slice(at + 1));
    const elements = nodes.filter((node) => node instanceof Element && node !== freshWay);
    gone.forEach((node) => { if (node instanceof Element) carryTyped(node, old); });
    return [.../** @type {Element[]} */ (elements), ...replaceAround(way, freshWay, kept, successor)];
}

/**
 * @param {Element} open
 * @param {HTMLElement} successor
 */
function replaceWhenClosed(open, successor) {
    if (!next.has(open)) {
        open.addEventListener('toggle', (event) => {
            if (/** @type {ToggleEvent} */ (event).newState === 'closed') giveWay(open);
        });
    }
    next.set(open, successor);
}

/** @param {Element} closed */
function giveWay(closed) {
    const successor = next.get(closed);
    if (!successor || !closed.isConnected) return;
    replace(closed, successor);
    window.htmx.process(successor);
}

/**
 * @param {Element} old
 * @param {Element} fresh  on the page
 */
function carryTyped(old, fresh) {
    for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (old.querySelectorAll('input[type="text"][id], textarea[id]'))) {
        const heir = /** @type {HTMLInputElement | null} */ (withId(fresh, field.id));
        if (!heir || field.value === field.defaultValue) continue;
        heir.value = field.value;
        heir.dispatchEvent(new Event('input', { bubbles: true }));
    }
}

/**
 * @param {Element} to
 * @param {Element} from
 */
function copyAttributes(to, from) {
    for (const name of to.getAttributeNames()) if (!from.hasAttribute(name)) to.removeAttribute(name);
    for (const { name, value } of from.attributes) to.setAttribute(name, value);
}

/**
 * @param {Element} ancestor
 * @param {Element} descendant
 * @returns {Element}
 */
function childTowards(ancestor, descendant) {
    const parent = /** @type {Element} */ (descendant.parentElement);
    return parent === ancestor ? descendant : childTowards(ancestor, parent);
}

/**
 * @param {ParentNode} within
 * @param {string} id
 * @returns {Element | null}
 */
function withId(within, id) {
    return within.querySelector(`#${CSS.escape(id)}`);
}
