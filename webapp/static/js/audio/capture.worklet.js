/**
 * The audio thread's end of speaking: cuts the microphone into 20 ms blocks and hands each to the worker, with the time
 * of its first sample; the loudest of each five tells the page its level, for the speaker's own ring.
 *
 * Messages in: `{port}` to the worker. Out, on that port: `{pcm, timestamp}`; on the node's own: the level in −dBov.
 */

import { levelOf } from './level.js';
import { TICK_SAMPLES } from './protocol.js';

/** Ten levels a second, as the room sends of the others. */
const BLOCKS_A_LEVEL = 5;

class Capture extends AudioWorkletProcessor {
    /** @type {MessagePort | null} */
    #worker = null;
    #block = new Float32Array(TICK_SAMPLES);
    #filled = 0;
    /** @type {number[]} */
    #levels = [];

    constructor() {
        super();
        this.port.onmessage = ({ data }) => { this.#worker = data.port; };
    }

    /** @param {Float32Array[][]} inputs */
    process([[microphone]]) {
        if (microphone) this.#take(microphone);
        return true;
    }

    /** @param {Float32Array} samples */
    #take(samples) {
        const fits = Math.min(samples.length, TICK_SAMPLES - this.#filled);
        this.#block.set(samples.subarray(0, fits), this.#filled);
        this.#filled += fits;
        if (this.#filled === TICK_SAMPLES) this.#deliver(currentFrame + fits - TICK_SAMPLES);
        if (fits < samples.length) this.#take(samples.subarray(fits));
    }

    /** @param {number} timestamp  in samples */
    #deliver(timestamp) {
        this.#tellLevel(levelOf(this.#block));
        this.#worker?.postMessage({ pcm: this.#block, timestamp }, [this.#block.buffer]);
        this.#block = new Float32Array(TICK_SAMPLES);
        this.#filled = 0;
    }

    /** @param {number} level  −dBov: the least is the loudest */
    #tellLevel(level) {
        this.#levels.push(level);
        if (this.#levels.length < BLOCKS_A_LEVEL) return;
        this.port.postMessage(Math.min(...this.#levels));
        this.#levels = [];
    }
}

registerProcessor('capture', Capture);
