/**
 * From HEAR messages to frames for the speakers: a decoder for each stream, a new one wherever its encoder began anew or
 * went on without it. Unheard frames are decoded and go no further: they keep their decoder in step. What a decoder remembers of half a second ago is further from the encoder's state than nothing is:
 * on speech the error after such a gap is 8 dB larger, and may be twice as loud as the voice.
 */

import { newDecoder } from './decoder.js';
import { TICK_SAMPLES } from './protocol.js';

const SILENCE = 0;
const SHARED = 0;

export class Listening {
    /**
     * @param {(tick: number, source: number, pcm: Float32Array<ArrayBuffer>) => void} deliver
     *     source: which decoder it came from; 0 is silence
     */
    constructor(deliver, makeDecoder = newDecoder) {
        this.#deliver = deliver;
        this.#makeDecoder = makeDecoder;
    }

    #deliver;
    #makeDecoder;
    /** @type {Map<number, import('./decoder.js').Decoder>} by stream */
    #decoders = new Map();
    /** The tick that continues each stream. @type {Map<number, number>} */
    #next = new Map();
    #sources = SILENCE;
    /** Ticks under way in a decoder, to be dropped behind it: of the shared stream alone. @type {Set<number>} */
    #unheard = new Set();

    /** @param {import('./protocol.js').Hear} message */
    hear({ stream, fresh, unheard, tick, packets }) {
        if (fresh || tick !== this.#next.get(stream)) this.#drop(stream);
        const take = unheard ? this.#follow : this.#play;
        packets.forEach((packet, i) => take.call(this, stream, (tick + i) >>> 0, packet));
        this.#next.set(stream, (tick + packets.length) >>> 0);
    }

    /** Another connection begins: nothing that was decoded has to do with what comes. */
    reset() {
        for (const stream of [...this.#decoders.keys()]) this.#drop(stream);
        this.#unheard.clear();
    }

    /**
     * @param {number} stream
     * @param {number} tick
     * @param {Uint8Array} packet
     */
    #play(stream, tick, packet) {
        if (packet.length === 1) this.#deliver(tick, SILENCE, new Float32Array(TICK_SAMPLES));
        else this.#decoderFor(stream).decode(tick, packet);
    }

    /**
     * @param {number} stream
     * @param {number} tick
     * @param {Uint8Array} packet
     */
    #follow(stream, tick, packet) {
        if (packet.length === 1) return;
        this.#unheard.add(tick);
        this.#decoderFor(stream).decode(tick, packet);
    }

    /** @param {number} stream */
    #decoderFor(stream) {
        const decoder = this.#decoders.get(stream);
        if (decoder && !decoder.broken) return decoder;
        const source = ++this.#sources;
        const fresh = this.#makeDecoder((tick, pcm) => {
            if (stream !== SHARED || !this.#unheard.delete(tick)) this.#deliver(tick, source, pcm);
        });
        this.#decoders.set(stream, fresh);
        return fresh;
    }

    /** @param {number} stream */
    #drop(stream) {
        this.#decoders.get(stream)?.finish();
        this.#decoders.delete(stream);
    }
}
