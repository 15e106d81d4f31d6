/** Opus packets of 20 ms in, blocks of 960 samples out, each with its tick. Belongs to the worker. */

import { SAMPLE_RATE, TICK_MS, TICK_SAMPLES } from './protocol.js';

/**
 * @typedef {(tick: number, pcm: Float32Array<ArrayBuffer>) => void} Deliver
 *
 * @typedef {object} Decoder
 * @property {(tick: number, packet: Uint8Array) => void} decode
 * @property {() => void} finish  delivers what is under way, then lets go
 * @property {boolean} broken  it met something that it cannot read: take a new one
 */

/**
 * @param {Deliver} deliver
 * @returns {Decoder}
 */
export function newDecoder(deliver) {
    return new NativeDecoder(deliver);
}

/** The browser's own. @implements {Decoder} */
class NativeDecoder {
    /** @param {Deliver} deliver */
    constructor(deliver) {
        this.#deliver = deliver;
        this.#decoder.configure({ codec: 'opus', sampleRate: SAMPLE_RATE, numberOfChannels: 1 });
    }

    broken = false;
    #deliver;
    #decoder = new AudioDecoder({ output: (data) => this.#take(data), error: () => { this.broken = true; } });
    /** Of the packets under way: browsers count on by themselves and know of no gap. @type {number[]} */
    #ticks = [];

    /**
     * @param {number} tick
     * @param {Uint8Array} packet
     */
    decode(tick, packet) {
        this.#ticks.push(tick);
        const timestamp = tick * TICK_MS * 1000;
        this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data: packet }));
    }

    finish() {
        if (this.broken) return;
        const close = () => { if (this.#decoder.state !== 'closed') this.#decoder.close(); };
        this.#decoder.flush().then(close, close);
    }

    /** @param {AudioData} data */
    #take(data) {
        const tick = this.#ticks.shift();
        const pcm = new Float32Array(TICK_SAMPLES);
        const frameCount = Math.min(TICK_SAMPLES, data.numberOfFrames);
        data.copyTo(pcm, { planeIndex: 0, frameCount, format: 'f32-planar' });
        data.close();
        if (tick !== undefined) this.#deliver(tick, pcm);
    }
}
