/**
 * The audio thread's end of listening: frames from the worker go into a PlayoutBuffer, the speakers read it.
 *
 * Messages in: `{port}` the worker's frames arrive on, and `{reset: true}` and `{onStage: boolean}` between them;
 * `{stats: true}`, which is answered with `{stats}`; `{tap: boolean}`, while which `{pcm, time}` goes out for each block,
 * `time` being the context's.
 */

import { PlayoutBuffer } from './playout_buffer.js';

const TAP_BLOCK = 1024;

class Playout extends AudioWorkletProcessor {
    #buffer = new PlayoutBuffer();
    /** @type {Float32Array<ArrayBuffer> | null} */
    #tapped = null;
    #tappedAt = 0;

    constructor() {
        super();
        this.port.onmessage = ({ data }) => this.#obey(data);
    }

    /**
     * @param {Float32Array[][]} _inputs
     * @param {Float32Array[][]} outputs
     */
    process(_inputs, [[speaker]]) {
        this.#buffer.read(speaker);
        if (this.#tapped) this.#tap(speaker);
        return true;
    }

    /** @param {{port?: MessagePort, stats?: boolean, tap?: boolean}} order */
    #obey({ port, stats, tap }) {
        if (port) port.onmessage = ({ data }) => this.#take(data);
        if (stats) this.port.postMessage({ stats: { ...this.#buffer.counts, fill: this.#buffer.fill } });
        if (tap !== undefined) this.#tapped = tap ? new Float32Array(TAP_BLOCK) : null;
        this.#tappedAt = 0;
    }

    /** @param {{reset: true} | {onStage: boolean} | {tick: number, source: number, pcm: Float32Array}} message */
    #take(message) {
        if ('reset' in message) this.#buffer.reset();
        else if ('onStage' in message) this.#buffer.onStage = message.onStage;
        else this.#buffer.put(message.tick, message.source, message.pcm);
    }

    /** @param {Float32Array} block */
    #tap(block) {
        if (!this.#tapped) return;
        this.#tapped.set(block, this.#tappedAt);
        this.#tappedAt += block.length;
        if (this.#tappedAt < TAP_BLOCK) return;
        const time = (currentFrame + block.length - TAP_BLOCK) / sampleRate;
        this.port.postMessage({ pcm: this.#tapped, time }, [this.#tapped.buffer]);
        this.#tapped = new Float32Array(TAP_BLOCK);
        this.#tappedAt = 0;
    }
}

registerProcessor('playout', Playout);
