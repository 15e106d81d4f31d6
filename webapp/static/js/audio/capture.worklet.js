/**
 * The audio thread's end of speaking: cuts the microphone into 20 ms blocks and hands each to the worker, with the time
 * of its first sample; the loudest of each five tells the page its level, for the speaker's own ring.
 *
 * Messages in: `{port}` to the worker, and on that port `{later: samples}`, when blocks should begin. Out, on that port:
 * `{pcm, timestamp}`; on the node's own: the level in −dBov.
 */

import { Blocks } from './blocks.js';

/** Ten levels a second, as the room sends of the others. */
const BLOCKS_A_LEVEL = 5;

class Capture extends AudioWorkletProcessor {
    /** @type {MessagePort | null} */
    #worker = null;
    #blocks = new Blocks((pcm, timestamp, level) => this.#take(pcm, timestamp, level));
    /** @type {number[]} */
    #levels = [];

    constructor() {
        super();
        this.port.onmessage = ({ data }) => this.#sendTo(data.port);
    }

    /** @param {Float32Array[][]} inputs */
    process([[microphone]]) {
        if (microphone) this.#blocks.push(microphone, currentFrame);
        return true;
    }

    /** @param {MessagePort} worker */
    #sendTo(worker) {
        this.#worker = worker;
        worker.onmessage = ({ data }) => this.#blocks.moveBy(data.later);
    }

    /**
     * @param {Float32Array<ArrayBuffer>} pcm
     * @param {number} timestamp  in samples
     * @param {number} level
     */
    #take(pcm, timestamp, level) {
        this.#tellLevel(level);
        this.#worker?.postMessage({ pcm, timestamp }, [pcm.buffer]);
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
