/** Opus packets of 20 ms in, blocks of 960 samples out, each with its tick. Belongs to the worker. */

import { SAMPLE_RATE, TICK_MS, TICK_SAMPLES } from './protocol.js';

/**
 * @typedef {(tick: number, pcm: Float32Array<ArrayBuffer>) => void} Deliver
 *
 * @typedef {object} Decoder
 * @property {(tick: number, packet: Uint8Array) => void} decode
 * @property {() => void} finish  delivers what is under way, then lets go
 * @property {boolean} broken  it met something that it cannot read: take a new one
 *
 * @typedef {new (options: object) => {
 *     ready: Promise<void>,
 *     decodeFrame(packet: Uint8Array): {channelData: Float32Array<ArrayBuffer>[], samplesDecoded: number},
 *     free(): void,
 * }} OpusDecoderClass  of the package opus-decoder
 */

const OPUS_DECODER = new URL('../../vendor/opus-decoder.min.js', import.meta.url);
const EMPTY_MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const isNative = 'AudioDecoder' in globalThis;

/** Fails where this browser can neither decode Opus itself nor run the decoder that we bring along. */
export const decoding = isNative ? Promise.resolve(null) : loadOpusDecoder();

/** @type {OpusDecoderClass | null} */
let OpusDecoder = null;
decoding.then((loaded) => { OpusDecoder = loaded; }, () => {});

/**
 * @param {Deliver} deliver
 * @returns {Decoder}
 */
export function newDecoder(deliver) {
    return isNative ? new NativeDecoder(deliver) : new WasmDecoder(deliver);
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

/** For browsers without one, such as Safari before 26. @implements {Decoder} */
class WasmDecoder {
    /** @param {Deliver} deliver */
    constructor(deliver) {
        this.#deliver = deliver;
        this.#opus?.ready.then(() => { this.#ready = true; });
    }

    broken = false;
    #deliver;
    #opus = OpusDecoder && new OpusDecoder({ channels: 1, sampleRate: SAMPLE_RATE, forceStereo: false });
    #ready = false;

    /**
     * @param {number} tick
     * @param {Uint8Array} packet
     */
    decode(tick, packet) {
        if (!this.#opus || !this.#ready) return;
        const { channelData: [pcm], samplesDecoded } = this.#opus.decodeFrame(packet);
        if (samplesDecoded === TICK_SAMPLES) this.#deliver(tick, pcm);
        else this.broken = true;
    }

    finish() {
        this.#opus?.free();
    }
}

/** @returns {Promise<OpusDecoderClass>} */
async function loadOpusDecoder() {
    // Where a policy forbids WebAssembly this throws; opus-decoder itself would wait for ever.
    await WebAssembly.compile(EMPTY_MODULE);
    await import(OPUS_DECODER.href);
    const { OpusDecoder } = /** @type {any} */ (globalThis)['opus-decoder'];
    await new OpusDecoder({ channels: 1 }).ready;
    return OpusDecoder;
}
