/**
 * Cuts the endless sound of a microphone into blocks of 20 ms, and moves where they begin: a block that is complete just
 * before the room's tick waits for it least. What is left out or said twice for that, 20 ms at most, is joined by a fade
 * of 5 ms in a quiet moment, or after two seconds without one. Pure; lengths in samples at 48 kHz.
 */

import { levelOf } from './level.js';
import { TICK_SAMPLES } from './protocol.js';

const RING = 4096;
const FADE = 240;
/** −dBov: nobody is in the middle of a word. */
const QUIET = 50;
const PATIENCE_BLOCKS = 100;
const MOST_LATER = TICK_SAMPLES;
const MOST_SOONER = TICK_SAMPLES - FADE;

export class Blocks {
    /** @param {(block: Float32Array<ArrayBuffer>, timestamp: number, level: number) => void} deliver  level: −dBov */
    constructor(deliver) {
        this.#deliver = deliver;
    }

    #deliver;
    #ring = new Float32Array(RING);
    #written = 0;
    #read = 0;
    /** What is still to be moved, and for how many blocks it has waited for a quiet one. */
    #move = 0;
    #waited = 0;
    /** By how much it was moved so far: to the server, every block follows the one before. */
    #moved = 0;
    /** Where the next block would have begun, if that is somewhere else. @type {number | null} */
    #left = null;

    /**
     * @param {number} samples  the next blocks begin so much later, or (negative) sooner
     */
    moveBy(samples) {
        if (!(samples >= -MOST_SOONER && samples <= MOST_LATER)) return;
        this.#move = samples;
        this.#waited = 0;
    }

    /**
     * @param {Float32Array} samples  at most 960
     * @param {number} at  the audio clock at the first of them
     */
    push(samples, at) {
        const origin = at - this.#written;
        for (const sample of samples) this.#ring[this.#written++ % RING] = sample;
        while (this.#written - this.#read >= TICK_SAMPLES) this.#cut(origin);
    }

    /** @param {number} origin  the audio clock at sample 0 */
    #cut(origin) {
        const block = Float32Array.from({ length: TICK_SAMPLES }, (_, i) => this.#sample(i));
        const timestamp = origin + this.#read - this.#moved;
        const level = levelOf(block);
        this.#left = null;
        this.#read += TICK_SAMPLES;
        if (this.#move !== 0 && (level >= QUIET || ++this.#waited >= PATIENCE_BLOCKS)) this.#moveNow();
        this.#deliver(block, timestamp, level);
    }

    /** @param {number} i  in the block that is being cut */
    #sample(i) {
        const sample = this.#ring[(this.#read + i) % RING];
        if (this.#left === null || i >= FADE) return sample;
        const gain = (i + 1) / FADE;
        return this.#ring[(this.#left + i) % RING] * (1 - gain) + sample * gain;
    }

    #moveNow() {
        this.#left = this.#read;
        this.#read += this.#move;
        this.#moved += this.#move;
        this.#move = 0;
    }
}
