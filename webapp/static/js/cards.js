/**
 * Keeps the cards of an open page true: asks which of those in sight have changed, with one request for all of them,
 * only while somebody looks, and less often the longer nothing happens. See docs/protocol.md.
 */

import { CardPlayer, isInSight } from './card_player.js';

const SOONEST_MS = 3_000;
const LATEST_MS = 20_000;
const OFFLINE_MS = 60_000;
const SLOWER = 1.4;
const AT_ONCE = 60;
const NEWS_MS = 20_000;

/** @param {HTMLElement} body */
export function tendCards(body) {
    const cards = new Cards(body);
    setInterval(() => { if (!document.hidden) body.dispatchEvent(new CustomEvent('parley:look')); }, NEWS_MS);
    return cards;
}

class Cards {
    /** @param {HTMLElement} body */
    constructor(body) {
        this.#body = body;
        this.#player = new CardPlayer(body, () => this.#soon(0));
        document.addEventListener('visibilitychange', () => this.#soon(0));
        addEventListener('online', () => this.#soon(0));
        addEventListener('scroll', () => this.#onScroll(), { passive: true });
        body.addEventListener('htmx:load', () => this.#player.refresh());
        body.addEventListener('htmx:afterRequest', (event) => this.#onRequest(/** @type {CustomEvent} */ (event)));
        this.#soon(SOONEST_MS);
    }

    #body;
    #player;
    #delay = SOONEST_MS;
    #timer = 0;
    #looking = false;
    /** What was in sight the last time. */
    #seen = '';

    /** @param {number} ms */
    #soon(ms) {
        clearTimeout(this.#timer);
        this.#delay = SOONEST_MS;
        this.#timer = window.setTimeout(() => this.#look(), ms);
    }

    /** Cards that come into sight may have waited long. */
    #onScroll() {
        if (this.#delay > SOONEST_MS && this.#worthAsking().map(nameOf).join() !== this.#seen) this.#soon(500);
    }

    /** What was done on a card changes it. @param {CustomEvent<{elt: Element, requestConfig: {verb: string}}>} event */
    #onRequest({ detail: { elt, requestConfig } }) {
        if (requestConfig.verb !== 'get' && elt.closest('[data-card]')) this.#soon(0);
    }

    async #look() {
        if (document.hidden || this.#looking) return;
        const cards = this.#worthAsking();
        this.#seen = cards.map(nameOf).join();
        const asked = new URLSearchParams();
        for (const card of cards.slice(0, AT_ONCE)) asked.append('c', nameOf(card));
        this.#looking = true;
        const changed = cards.length > 0 ? await ask(asked) : '';
        this.#looking = false;
        if (changed) this.#replace(changed);
        this.#delay = changed === null ? OFFLINE_MS : changed ? SOONEST_MS : Math.min(LATEST_MS, this.#delay * SLOWER);
        clearTimeout(this.#timer);
        this.#timer = window.setTimeout(() => this.#look(), this.#delay);
    }

    /** Those in sight, and what plays. */
    #worthAsking() {
        const cards = /** @type {NodeListOf<HTMLElement>} */ (this.#body.querySelectorAll('[data-card]:not([data-final])'));
        const asked = [...cards].filter((card) => isInSight(card) || this.#player.holds(card));
        return [...new Map(asked.map((card) => [nameOf(card), card])).values()];
    }

    /** @param {string} html  cards; each takes the place of all those of its key */
    #replace(html) {
        const answer = new DOMParser().parseFromString(html, 'text/html');
        for (const card of /** @type {NodeListOf<HTMLElement>} */ (answer.querySelectorAll('[data-card]'))) {
            for (const old of this.#body.querySelectorAll(`[data-card="${card.dataset.card}"]`)) put(old, card.outerHTML);
        }
        this.#player.settle();
    }
}

/** @param {HTMLElement} card */
function nameOf({ dataset }) {
    return `${dataset.card}~${dataset.version}`;
}

/**
 * Puts a card in another's place; who was on one of its controls stays there.
 *
 * @param {Element} old
 * @param {string} html
 */
function put(old, html) {
    const controls = 'a, button, input, select';
    const at = [...old.querySelectorAll(controls)].indexOf(/** @type {Element} */ (document.activeElement));
    const place = old.parentElement;
    const before = [...(place?.children ?? [])].indexOf(old);
    window.htmx.swap(old, html, { swapStyle: 'outerHTML' });
    const control = place?.children[before]?.querySelectorAll(controls)[at];
    if (at >= 0 && control instanceof HTMLElement) control.focus({ preventScroll: true });
}

/**
 * @param {URLSearchParams} asked
 * @returns {Promise<string | null>} what has changed; null where there was no answer
 */
async function ask(asked) {
    try {
        const answer = await fetch(`/cards?${asked}`, { headers: { 'HX-Request': 'true' } });
        return answer.ok ? await answer.text() : null;
    } catch {
        return null;
    }
}
