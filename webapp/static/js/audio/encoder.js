/** Blocks of a microphone in, Opus packets of 20 ms out. Belongs to the worker. */

import { SAMPLE_RATE, TICK_MS, TICK_SAMPLES } from './protocol.js';

export const BITRATE = 32_000;

/** Without `complexity`, with which Firefox and WebKit overshoot the bitrate, and `usedtx`, on which Firefox throws. */
const CONFIG = /** @type {AudioEncoderConfig} */ ({
    codec: 'opus',
    sampleRate: SAMPLE_RATE,
    numberOfChannels: 1,
    bitrate: BITRATE,
    opus: { application: 'voip', frameDuration: TICK_MS * 1000 },
});

export class VoiceEncoder {
    /** @param {(packet: Uint8Array, timestamp: number) => void} deliver  timestamp in samples */
    constructor(deliver) {
        this.#deliver = deliver;
    }

    #deliver;
    /** @type {AudioEncoder | null} */
    #encoder = null;
    /** Of the blocks under way: what browsers write into a chunk's own timestamp differs. @type {number[]} */
    #timestamps = [];

    /**
     * @param {Float32Array<ArrayBuffer>} pcm  960 samples
     * @param {number} timestamp  of the first, in samples
     */
    encode(pcm, timestamp) {
        this.#encoder ??= this.#begin();
        this.#timestamps.push(timestamp);
        const block = new AudioData({
            format: 'f32-planar',
            sampleRate: SAMPLE_RATE,
            numberOfChannels: 1,
            numberOfFrames: TICK_SAMPLES,
            timestamp: Math.round(timestamp * 1e6 / SAMPLE_RATE),
            data: pcm,
        });
        this.#encoder.encode(block);
        block.close();
    }

    /** Forgets what is under way, so that nothing said before a pause is sent after it. */
    stop() {
        if (this.#encoder?.state === 'configured') this.#encoder.close();
        this.#encoder = null;
        this.#timestamps = [];
    }

    #begin() {
        const encoder = new AudioEncoder({
            output: (chunk) => this.#take(chunk),
            error: () => { if (encoder === this.#encoder) this.stop(); },
        });
        encoder.configure(CONFIG);
        return encoder;
    }

    /** @param {EncodedAudioChunk} chunk */
    #take(chunk) {
        const timestamp = this.#timestamps.shift();
        if (timestamp === undefined) return;
        const packet = new Uint8Array(chunk.byteLength);
        chunk.copyTo(packet);
        this.#deliver(packet, timestamp);
    }
}
