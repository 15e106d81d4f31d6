/** The rings that move with the voices: a class and a custom property on each seat, ten updates a second made smooth. */

import { loudness } from './audio/level.js';

const RISE = 0.5;
const FALL = 0.12;
const STILL = 0.01;

/** @typedef {{target: number, shown: number, talking: boolean}} Ring */

export class VoiceRings {
    /** @type {Map<number, Ring>} by seat */
    #rings = new Map();
    /** Whose level comes from this page's own microphone. @type {number | null} */
    #own = null;
    #frame = 0;

    /** @param {import('./audio/protocol.js').Level[]} levels  who is not among them is silent */
    show(levels) {
        for (const [seat, ring] of this.#rings) if (seat !== this.#own) this.#silence(ring);
        for (const { seat, level, voice } of levels) if (seat !== this.#own) this.#set(seat, level, voice);
        this.#animate();
    }

    /**
     * @param {number | null} seat
     * @param {number} level  −dBov, measured here
     */
    showOwn(seat, level) {
        this.#own = seat;
        if (seat !== null) this.#set(seat, level, loudness(level) > 0.2);
        this.#animate();
    }

    /** One's own level comes from the room again. */
    endOwn() {
        const ring = this.#own === null ? undefined : this.#rings.get(this.#own);
        if (ring) this.#silence(ring);
        this.#own = null;
    }

    clear() {
        for (const ring of this.#rings.values()) this.#silence(ring);
        this.#animate();
    }

    /** Puts on the page what is known; call after the seats were replaced, so that none stands still for a moment. */
    paint() {
        for (const [seat, { shown, talking }] of this.#rings) {
            const element = document.getElementById(`seat-${seat}`);
            element?.classList.toggle('talking', talking);
            element?.style.setProperty('--level', shown.toFixed(3));
        }
    }

    /**
     * @param {number} seat
     * @param {number} level
     * @param {boolean} talking
     */
    #set(seat, level, talking) {
        const shown = this.#rings.get(seat)?.shown ?? 0;
        this.#rings.set(seat, { target: loudness(level), shown, talking });
    }

    /** @param {Ring} ring */
    #silence(ring) {
        ring.target = 0;
        ring.talking = false;
    }

    #animate() {
        this.#frame ||= requestAnimationFrame(() => this.#step());
    }

    #step() {
        this.#frame = 0;
        for (const ring of this.#rings.values()) {
            ring.shown += (ring.target - ring.shown) * (ring.target > ring.shown ? RISE : FALL);
        }
        this.paint();
        if ([...this.#rings.values()].every(isStill)) this.#rings.clear();
        else this.#animate();
    }
}

/** @param {Ring} ring */
function isStill({ target, shown, talking }) {
    return target === 0 && shown < STILL && !talking;
}
