/** The page's handle on what is heard: a worklet that plays the frames which arrive on a port. */

import { SAMPLE_RATE } from './protocol.js';

const MODULE = new URL('./playout.worklet.js', import.meta.url);

/** @param {number} samples */
const milliseconds = (samples) => samples * 1000 / SAMPLE_RATE;

export class Player {
    /**
     * @param {AudioContext} context
     * @param {MessagePort} frames  where the worker's frames come from
     */
    static async create(context, frames) {
        await context.audioWorklet.addModule(MODULE);
        const node = new AudioWorkletNode(context, 'playout', { numberOfInputs: 0, outputChannelCount: [1] });
        node.port.postMessage({ port: frames }, [frames]);
        node.connect(context.destination);
        return new Player(node);
    }

    /** @param {AudioWorkletNode} node */
    constructor(node) {
        this.#node = node;
        node.port.onmessage = ({ data }) => this.#take(data);
    }

    #node;
    /** @type {Set<(pcm: Float32Array, time: number) => void>} */
    #taps = new Set();
    /** @type {((stats: any) => void)[]} */
    #asked = [];

    /**
     * Every block that is played from now on, 48 kHz mono, with the context's time of its first sample in seconds.
     *
     * @param {(pcm: Float32Array, time: number) => void} callback
     * @returns {() => void} ends it
     */
    tap(callback) {
        this.#taps.add(callback);
        this.#node.port.postMessage({ tap: true });
        return () => {
            this.#taps.delete(callback);
            if (this.#taps.size === 0) this.#node.port.postMessage({ tap: false });
        };
    }

    /** What waits now, and what was done since the beginning to keep in time. */
    async stats() {
        const { fill, shed, repeated, ...counts } = await new Promise((answer) => {
            this.#asked.push(answer);
            this.#node.port.postMessage({ stats: true });
        });
        const [bufferMs, shedMs, repeatedMs] = [fill, shed, repeated].map(milliseconds);
        return { bufferMs, shedMs, repeatedMs, ...counts };
    }

    /** @param {{stats?: object, pcm: Float32Array, time: number}} message */
    #take({ stats, pcm, time }) {
        if (stats) this.#asked.shift()?.(stats);
        else this.#taps.forEach((callback) => callback(pcm, time));
    }
}
