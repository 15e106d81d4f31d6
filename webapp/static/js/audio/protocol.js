/**
 * The binary messages of docs/protocol.md, version 1. Pure: bytes in, values out.
 *
 * Integers are big-endian; a tick is 20 ms, 960 samples at 48 kHz; ticks and timestamps wrap at 2³², sequences at 2¹⁶.
 */

/**
 * @typedef {{kind: 'talk', sequence: number, timestamp: number, packets: Uint8Array[]}} Talk
 * @typedef {{kind: 'hear', stream: number, fresh: boolean, unheard: boolean, tick: number,
 *            packets: Uint8Array[]}} Hear
 * @typedef {{seat: number, voice: boolean, level: number}} Level  level in −dBov: 0 loudest, 127 silence
 * @typedef {{kind: 'levels', levels: Level[]}} Levels
 * @typedef {{kind: 'state', role: number, muted: boolean, onTrack: boolean, elsewhere: boolean, seat: number | null,
 *            tick: number}} State
 * @typedef {{kind: 'listen', on: boolean, pace: number}} Listen
 * @typedef {{kind: 'aim', samples: number}} Aim
 * @typedef {Talk | Hear | Levels | State | Listen | Aim} Message
 */

export const SUBPROTOCOL = 'parley.v1';
export const SAMPLE_RATE = 48000;
export const TICK_SAMPLES = 960;
export const TICK_MS = 20;

export const Role = Object.freeze({ LISTENER: 0, SPEAKER: 1, HOST: 2 });

const Kind = Object.freeze({ TALK: 0x01, HEAR: 0x02, LEVELS: 0x03, STATE: 0x04, LISTEN: 0x05, AIM: 0x06 });
const Heard = Object.freeze({ FRESH: 1, UNHEARD: 2 });
const Flag = Object.freeze({ MUTED: 1, ON_TRACK: 2, ELSEWHERE: 4 });
const NO_SEAT = 255;
const MAX_TALK_FRAMES = 6;
const MAX_HEAR_FRAMES = 50;
const MAX_PACKET_BYTES = 1275;
const STAGE_SEATS = 13;

/** A message whose bytes are not what its kind promises. */
export class MalformedMessage extends Error {}

/**
 * @param {Message} message
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(message) {
    switch (message.kind) {
    case 'talk': return encodeTalk(message);
    case 'hear': return encodeHear(message);
    case 'levels': return encodeLevels(message);
    case 'state': return encodeState(message);
    case 'aim': return encodeAim(message);
    case 'listen': return Uint8Array.of(Kind.LISTEN, message.on ? 1 : 0, message.pace, 0);
    }
}

/**
 * The packets of the message returned are views of `bytes`.
 *
 * @param {Uint8Array} bytes
 * @returns {Message | null} null: a kind this version does not know, to be skipped
 * @throws {MalformedMessage}
 */
export function decode(bytes) {
    const read = readers[bytes[0] ?? -1];
    return read ? read(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)) : null;
}

/**
 * How far tick `a` is ahead of tick `b`, across the wrap at 2³².
 *
 * @param {number} a
 * @param {number} b
 */
export function ticksBetween(a, b) {
    return (a - b) | 0;
}

/** @type {Record<number, (bytes: Uint8Array, view: DataView) => Message>} */
const readers = {
    [Kind.TALK]: decodeTalk,
    [Kind.HEAR]: decodeHear,
    [Kind.LEVELS]: decodeLevels,
    [Kind.STATE]: decodeState,
    [Kind.LISTEN]: decodeListen,
    [Kind.AIM]: decodeAim,
};

/** @param {Talk} talk */
function encodeTalk({ sequence, timestamp, packets }) {
    const bytes = withPackets(packets);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, Kind.TALK);
    view.setUint16(2, sequence);
    view.setUint32(4, timestamp);
    return bytes;
}

/** @param {Hear} hear */
function encodeHear({ stream, fresh, unheard, tick, packets }) {
    const bytes = withPackets(packets);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, Kind.HEAR);
    view.setUint8(2, stream);
    view.setUint8(3, (fresh ? Heard.FRESH : 0) | (unheard ? Heard.UNHEARD : 0));
    view.setUint32(4, tick);
    return bytes;
}

/** @param {Levels} message */
function encodeLevels({ levels }) {
    const pairs = levels.flatMap(({ seat, voice, level }) => [seat, (voice ? 0x80 : 0) | level]);
    return Uint8Array.of(Kind.LEVELS, levels.length, ...pairs);
}

/** @param {Aim} aim */
function encodeAim({ samples }) {
    return Uint8Array.of(Kind.AIM, 0, (samples >> 8) & 0xff, samples & 0xff);
}

/** @param {State} state */
function encodeState({ role, muted, onTrack, elsewhere, seat, tick }) {
    const bytes = new Uint8Array(8);
    const flags = (muted ? Flag.MUTED : 0) | (onTrack ? Flag.ON_TRACK : 0) | (elsewhere ? Flag.ELSEWHERE : 0);
    bytes.set([Kind.STATE, role, flags, seat ?? NO_SEAT]);
    new DataView(bytes.buffer).setUint32(4, tick);
    return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @returns {Talk}
 */
function decodeTalk(bytes, view) {
    const packets = readPackets(bytes, view, MAX_TALK_FRAMES);
    return { kind: 'talk', sequence: view.getUint16(2), timestamp: view.getUint32(4), packets };
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @returns {Hear}
 */
function decodeHear(bytes, view) {
    const packets = readPackets(bytes, view, MAX_HEAR_FRAMES);
    const flags = view.getUint8(3);
    const fresh = (flags & Heard.FRESH) !== 0;
    const unheard = (flags & Heard.UNHEARD) !== 0;
    return { kind: 'hear', stream: view.getUint8(2), fresh, unheard, tick: view.getUint32(4), packets };
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @returns {Levels}
 */
function decodeLevels(bytes, view) {
    check(bytes.length >= 2 && bytes[1] <= STAGE_SEATS && bytes.length === 2 + 2 * bytes[1]);
    const levels = Array.from({ length: bytes[1] }, (_, i) => {
        const level = view.getUint8(3 + 2 * i);
        return { seat: view.getUint8(2 + 2 * i), voice: level >= 0x80, level: level & 0x7f };
    });
    return { kind: 'levels', levels };
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @returns {State}
 */
function decodeState(bytes, view) {
    check(bytes.length >= 8);
    const [, role, flags, seat] = bytes;
    return {
        kind: 'state',
        role,
        muted: (flags & Flag.MUTED) !== 0,
        onTrack: (flags & Flag.ON_TRACK) !== 0,
        elsewhere: (flags & Flag.ELSEWHERE) !== 0,
        seat: seat === NO_SEAT ? null : seat,
        tick: view.getUint32(4),
    };
}

/**
 * @param {Uint8Array} bytes
 * @returns {Listen}
 */
function decodeListen(bytes) {
    check(bytes.length >= 4);
    return { kind: 'listen', on: (bytes[1] & 1) !== 0, pace: bytes[2] };
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @returns {Aim}
 */
function decodeAim(bytes, view) {
    check(bytes.length >= 4);
    return { kind: 'aim', samples: view.getInt16(2) };
}

/**
 * Eight bytes of header, of which the count is filled in, then each packet behind its length.
 *
 * @param {Uint8Array[]} packets
 */
function withPackets(packets) {
    const bytes = new Uint8Array(packets.reduce((total, packet) => total + 2 + packet.length, 8));
    const view = new DataView(bytes.buffer);
    view.setUint8(1, packets.length);
    let at = 8;
    for (const packet of packets) {
        view.setUint16(at, packet.length);
        bytes.set(packet, at + 2);
        at += 2 + packet.length;
    }
    return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {number} maxFrames
 */
function readPackets(bytes, view, maxFrames) {
    check(bytes.length >= 8 && bytes[1] >= 1 && bytes[1] <= maxFrames);
    const packets = [];
    let at = 8;
    for (let frame = 0; frame < bytes[1]; frame++) {
        check(at + 2 <= bytes.length);
        const length = view.getUint16(at);
        check(length >= 1 && length <= MAX_PACKET_BYTES && at + 2 + length <= bytes.length);
        packets.push(bytes.subarray(at + 2, at + 2 + length));
        at += 2 + length;
    }
    check(at === bytes.length);
    return packets;
}

/** @param {boolean} condition */
function check(condition) {
    if (!condition) throw new MalformedMessage('The message is not one of docs/protocol.md.');
}
