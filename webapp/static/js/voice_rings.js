/**
 * The rings that move with the voices: a class and a custom property on each seat, ten times a second. The stylesheet
 * moves from one to the next, which a compositor does for a third of what a frame callback costs here.
 */

import { loudness } from './audio/level.js';

/** Of one's own microphone, which has no voice detector: above it a voice is assumed. */
const SPEAKING = 0.2;

/** @typedef {{loudness: number, talking: boolean}} Ring */

export class VoiceRings {
    /** @type {Map<number, Ring>} by seat; who is not in it is silent */
    #rings = new Map();
    /** Whose level comes from this page's own microphone. @type {number | null} */
    #own = null;

    /** @param {import('./audio/protocol.js').Level[]} levels  who is not among them is silent */
    show(levels) {
        const own = this.#own === null ? undefined : this.#rings.get(this.#own);
        this.#rings = new Map(levels.map(({ seat, level, voice }) => [seat, { loudness: loudness(level), talking: voice }]));
        if (this.#own !== null) this.#set(this.#own, own);
        this.paint();
    }

    /**
     * @param {number} seat
     * @param {number} level  −dBov, measured here and therefore at once
     */
    showOwn(seat, level) {
        this.#own = seat;
        this.#set(seat, { loudness: loudness(level), talking: loudness(level) > SPEAKING });
        this.paint();
    }

    /** One's own level comes from the room again. */
    endOwn() {
        if (this.#own === null) return;
        this.#set(this.#own, undefined);
        this.#own = null;
        this.paint();
    }

    clear() {
        this.#rings.clear();
        this.paint();
    }

    /** Puts on the page what is known; call after the seats were replaced, so that none stands still for a moment. */
    paint() {
        for (const seat of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#seats [data-seat]'))) {
            const ring = this.#rings.get(Number(seat.dataset.seat));
            seat.classList.toggle('talking', ring?.talking ?? false);
            seat.style.setProperty('--level', (ring?.loudness ?? 0).toFixed(2));
        }
    }

    /**
     * @param {number} seat
     * @param {Ring | undefined} ring
     */
    #set(seat, ring) {
        if (ring) this.#rings.set(seat, ring);
        else this.#rings.delete(seat);
    }
}
