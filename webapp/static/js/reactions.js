/** Reactions rise over the stage of a live space, a few at a time, and are said in words now and then. */

import { announce } from './notices.js';
import { SHOWN_MAX, Summary, chosen, parseCounts } from './reaction_counts.js';

/** Of those that come together, each waits this much longer than the one before. */
const STAGGER_MS = 70;
const SVG = 'http://www.w3.org/2000/svg';

export class Reactions {
    /** @param {HTMLElement} main  `#space`, live */
    constructor(main) {
        this.#layer.className = 'reactions';
        this.#layer.setAttribute('aria-hidden', 'true');
        main.querySelector('.room')?.append(this.#layer);
        const { signal } = this.#left;
        document.body.addEventListener('htmx:oobAfterSwap', () => this.#look(), { signal });
        this.#layer.addEventListener('animationend', ({ target }) => /** @type {Element} */ (target).remove());
    }

    #layer = document.createElement('div');
    #left = new AbortController();
    #summary = new Summary();
    #timer = 0;
    /** The message that was shown last. @type {Element | null} */
    #seen = null;

    close() {
        this.#left.abort();
        clearTimeout(this.#timer);
        this.#layer.remove();
    }

    #look() {
        const message = document.getElementById('reaction-counts');
        if (!message?.dataset.counts || message === this.#seen) return;
        this.#seen = message;
        const counts = parseCounts(message.dataset.counts);
        this.#show(chosen(counts, SHOWN_MAX - this.#layer.childElementCount));
        this.#say(counts.reduce((sum, { count }) => sum + count, 0));
    }

    /** @param {string[]} kinds */
    #show(kinds) {
        if (document.visibilityState === 'hidden') return;
        this.#layer.append(...kinds.map((kind, i) => reaction(kind, i * STAGGER_MS)));
    }

    /** @param {number} count */
    #say(count) {
        const now = performance.now();
        const at = this.#summary.add(count, now);
        if (at === null) return;
        this.#timer = setTimeout(() => announce(this.#summary.take(performance.now())), at - now);
    }
}

/**
 * @param {string} kind
 * @param {number} waitMs
 */
function reaction(kind, waitMs) {
    const element = document.createElement('span');
    element.className = `reaction reaction-${kind}`;
    element.style.setProperty('--x', `${between(8, 92)}%`);
    element.style.setProperty('--drift', `${between(-3, 3)}rem`);
    element.style.setProperty('--wait', `${waitMs}ms`);
    const icon = document.createElementNS(SVG, 'svg');
    icon.setAttribute('class', 'icon');
    icon.append(document.createElementNS(SVG, 'use'));
    icon.firstElementChild?.setAttribute('href', `#i-${kind}`);
    element.append(icon);
    return element;
}

/**
 * @param {number} low
 * @param {number} high
 */
function between(low, high) {
    return (low + Math.random() * (high - low)).toFixed(1);
}
