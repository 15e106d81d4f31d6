/** How people reacted: what a message says, what is shown of it, and what is said of it when. Pure. */

import { _, LANGUAGE } from './words.js';

/** @typedef {{kind: string, count: number}} Count */

/** Nobody sees more of them at once, however many there are. */
export const SHOWN_MAX = 12;

const GATHER_MS = 2_000;
const SAY_EVERY_MS = 10_000;

/**
 * @param {string} text  such as `heart:3 clap:12`
 * @returns {Count[]}
 */
export function parseCounts(text) {
    return [...text.matchAll(/([a-z]+):(\d+)/g)].map(([, kind, count]) => ({ kind, count: Number(count) }));
}

/**
 * Which to show where there is room for so many: one of each kind first, the most frequent before the others.
 *
 * @param {Count[]} counts
 * @param {number} room
 * @returns {string[]} kinds
 */
export function chosen(counts, room) {
    const left = counts.map(({ kind, count }) => ({ kind, count })).sort((a, b) => b.count - a.count);
    /** @type {string[]} */
    const kinds = [];
    while (kinds.length < room && left.some(({ count }) => count > 0)) {
        for (const each of left.filter(({ count }) => count > 0).slice(0, room - kinds.length)) {
            each.count -= 1;
            kinds.push(each.kind);
        }
    }
    return kinds;
}

/** Says how many reactions there were since it last did: two seconds after the first, and at most every ten. */
export class Summary {
    #count = 0;
    #nextMs = -Infinity;

    /**
     * @param {number} count
     * @param {number} nowMs
     * @returns {number | null} when to ask for what there is to say; null: that was said before
     */
    add(count, nowMs) {
        const first = this.#count === 0;
        this.#count += count;
        return first && count > 0 ? Math.max(nowMs + GATHER_MS, this.#nextMs) : null;
    }

    /**
     * @param {number} nowMs
     * @returns {string} a sentence
     */
    take(nowMs) {
        const count = this.#count;
        this.#count = 0;
        this.#nextMs = nowMs + SAY_EVERY_MS;
        return count === 1 ? _('1 reaction') : _('%(count)s reactions', { count: count.toLocaleString(LANGUAGE) });
    }
}
