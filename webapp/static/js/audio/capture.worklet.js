/**
 * The audio thread's end of speaking: cuts the microphone into 20 ms blocks and hands each to the worker, with the time
 * of its first sample; their level goes to the page, for the speaker's own ring.
 *
 * Messages in: `{port}` to the worker. Out, on that port: `{pcm, timestamp}`; on the node's own: the level in −dBov.
 */

import { levelOf } from './level.js';
import { TICK_SAMPLES } from './protocol.js';

class Capture extends AudioWorkletProcessor {
    /** @type {MessagePort | null} */
    #worker = null;
    #block = new Float32Array(TICK_SAMPLES);
    #filled = 0;

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
        this.port.postMessage(levelOf(this.#block));
        this.#worker?.postMessage({ pcm: this.#block, timestamp }, [this.#block.buffer]);
        this.#block = new Float32Array(TICK_SAMPLES);
        this.#filled = 0;
    }
}

registerProcessor('capture', Capture);
