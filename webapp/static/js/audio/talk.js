/** What goes on the wire for each frame of a voice, and what is held back when the network takes no more. Pure. */

import { TICK_MS, encode } from './protocol.js';

const MAX_WAITING_MS = 300;

export class Talk {
    /** @param {{bitrate: number, sequence: number}} options  sequence: of the first frame */
    constructor({ bitrate, sequence }) {
        const headerBits = 10 * 8;
        this.#maxWaitingBytes = MAX_WAITING_MS / 1000 * (bitrate + headerBits * 1000 / TICK_MS) / 8;
        this.#sequence = sequence;
    }

    #maxWaitingBytes;
    #sequence;
    /** Frames not sent because those before them still waited. */
    held = 0;

    /**
     * @param {Uint8Array} packet  20 ms of Opus
     * @param {number} timestamp  of its first sample
     * @param {number} waitingBytes  given to the socket and not yet taken by the network
     * @returns {Uint8Array<ArrayBuffer> | null} null: not to be sent; the gap in the sequence says that it is lost
     */
    next(packet, timestamp, waitingBytes) {
        const sequence = this.#sequence;
        this.#sequence = (sequence + 1) & 0xffff;
        if (waitingBytes > this.#maxWaitingBytes) {
            this.held++;
            return null;
        }
        return encode({ kind: 'talk', sequence, timestamp: timestamp >>> 0, packets: [packet] });
    }
}
