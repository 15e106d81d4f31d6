/**
 * Who came to listen and who left the stage, in words for those who do not see it: gathered for two seconds, and said at
 * most every ten. Who comes to the stage is said by the server, at once.
 */

import { announce } from './notices.js';
import { _ } from './words.js';

const GATHER_MS = 2_000;
const SAY_EVERY_MS = 10_000;

/** @typedef {Map<string, string>} Names  by person */
/** @typedef {{stage: Names, audience: Names, listeners: number}} Crowd */

export class Arrivals {
    /** @param {string | undefined} me  of whom nothing is said */
    constructor(me) {
        this.#me = me;
        document.body.addEventListener('htmx:oobAfterSwap', () => this.#look(), { signal: this.#left.signal });
    }

    #me;
    #left = new AbortController();
    #before = crowd();
    /** What there is to say. */
    #came = /** @type {Names} */ (new Map());
    #stepped = /** @type {Names} */ (new Map());
    #timer = 0;
    #nextMs = -Infinity;

    close() {
        this.#left.abort();
        clearTimeout(this.#timer);
    }

    #look() {
        const after = crowd();
        const { came, stepped } = changes(this.#before, after);
        this.#before = after;
        for (const [person, name] of came) if (person !== this.#me) this.#came.set(person, name);
        for (const [person, name] of stepped) if (person !== this.#me) this.#stepped.set(person, name);
        if (this.#timer || this.#came.size + this.#stepped.size === 0) return;
        const now = performance.now();
        this.#timer = setTimeout(() => this.#say(), Math.max(GATHER_MS, this.#nextMs - now));
    }

    #say() {
        announce(sentence([...this.#came.values()], [...this.#stepped.values()]));
        this.#came.clear();
        this.#stepped.clear();
        this.#timer = 0;
        this.#nextMs = performance.now() + SAY_EVERY_MS;
    }
}

/** @returns {Crowd} as the page shows it */
function crowd() {
    const names = (/** @type {string} */ where, /** @type {(person: Element) => string | null | undefined} */ name) =>
        new Map([...document.querySelectorAll(`${where} [data-person]`)].map((person) =>
            [person.getAttribute('data-person') ?? '', name(person)?.trim() ?? '']));
    return {
        stage: names('#seats', (person) => person.querySelector('.name')?.textContent),
        audience: names('#audience', (person) => person.querySelector('.face')?.getAttribute('title')),
        listeners: Number.parseInt(document.getElementById('listener-count')?.textContent?.replaceAll(',', '') ?? '0', 10),
    };
}

/**
 * Of a large audience only some are shown: who takes the place of one that left has not come.
 *
 * @param {Crowd} before
 * @param {Crowd} after
 * @returns {{came: Names, stepped: Names}}
 */
export function changes(before, after) {
    const isNew = (/** @type {string} */ person) => !before.audience.has(person) && !before.stage.has(person);
    const grew = after.listeners > before.listeners;
    return {
        came: new Map([...after.audience].filter(([person]) => grew && isNew(person))),
        stepped: new Map([...before.stage].filter(([person]) => !after.stage.has(person))),
    };
}

/**
 * @param {string[]} came
 * @param {string[]} stepped
 */
export function sentence(came, stepped) {
    const parts = [
        came.length && _('%(people)s came to listen.', { people: list(came) }),
        stepped.length && _('%(people)s left the stage.', { people: list(stepped) }),
    ];
    return parts.filter(Boolean).join(' ');
}

/** @param {string[]} names */
function list(names) {
    const [first, second, ...others] = names;
    if (others.length) return _('%(name)s and %(count)s others', { name: first, count: names.length - 1 });
    return second ? _('%(name)s and %(other)s', { name: first, other: second }) : first;
}
