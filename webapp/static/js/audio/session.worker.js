/**
 * A person's session in a space, off the page's thread so that a hidden tab keeps its pace: the WebSocket, the encoder
 * and the decoders. Sound goes to and comes from the worklets on ports of their own.
 *
 * From the page: `{connect: url}`, `{listen: boolean, pace}`, `{speakers: port}`, `{microphone: port}`,
 * `{speak: boolean}`, `{network: {wasGone: boolean}}`, `{stats: true}`.
 * To the page: `{text}`, `{state}`, `{levels}`, `{connection}`, `{stats}`, `{deaf: true}`: nothing here decodes Opus.
 */

import { Connection } from '../connection.js';
import { decoding } from './decoder.js';
import { BITRATE, VoiceEncoder } from './encoder.js';
import { Listening } from './listening.js';
import { MalformedMessage, SUBPROTOCOL, decode, encode } from './protocol.js';
import { Talk } from './talk.js';

/** A room sounds 50 times a second, silent or not. */
const SILENCE_MS = 5000;

const counts = { heard: 0, sent: 0, unknown: 0, malformed: 0, handshakeMs: 0 };
let address = '';
let listening = { on: false, pace: 1 };
let speaking = false;
let knockedAt = 0;
let onStage = false;
/** @type {MessagePort | null} */
let speakers = null;
/** @type {MessagePort | null} */
let microphone = null;

const connection = new Connection({ open, onMessage, onChange });
const ears = new Listening((tick, source, pcm) => speakers?.postMessage({ tick, source, pcm }, [pcm.buffer]));
const talk = new Talk({ bitrate: BITRATE, sequence: Math.floor(Math.random() * 0x10000) });
const voice = new VoiceEncoder(sendPacket);

self.onmessage = ({ data }) => {
    if (data.connect) connect(data.connect);
    if (data.speakers) useSpeakers(data.speakers);
    if (data.microphone) useMicrophone(data.microphone);
    if (data.listen !== undefined) listen({ on: data.listen, pace: data.pace });
    if (data.speak !== undefined) speak(data.speak);
    if (data.network) connection.networkChanged(data.network.wasGone);
    if (data.stats) self.postMessage({ stats: { ...counts, held: talk.held, waitingBytes: connection.bufferedBytes } });
};

decoding.catch(() => self.postMessage({ deaf: true }));

/** @param {string} url */
function connect(url) {
    address = url;
    connection.connect();
}

function open() {
    knockedAt = performance.now();
    const socket = new WebSocket(address, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    return socket;
}

/** @param {import('../connection.js').ConnectionChange} connection */
function onChange(connection) {
    if (connection.state === 'open') greet();
    self.postMessage({ connection });
}

function greet() {
    counts.handshakeMs = performance.now() - knockedAt;
    if (listening.on) startListening();
}

/** @param {string | ArrayBuffer} data */
function onMessage(data) {
    if (typeof data === 'string') self.postMessage({ text: data });
    else take(new Uint8Array(data));
}

/** @param {Uint8Array} bytes */
function take(bytes) {
    const message = read(bytes);
    if (message?.kind === 'hear') hear(message);
    else if (message?.kind === 'levels') self.postMessage({ levels: message.levels });
    else if (message?.kind === 'state') takeState(message);
    else if (message?.kind === 'aim') microphone?.postMessage({ later: message.samples });
}

/** @param {import('./protocol.js').State} state */
function takeState(state) {
    onStage = state.seat !== null;
    speakers?.postMessage({ onStage });
    self.postMessage({ state });
}

/** @param {MessagePort} port */
function useSpeakers(port) {
    speakers = port;
    speakers.postMessage({ onStage });
}

/** @param {Uint8Array} bytes */
function read(bytes) {
    try {
        const message = decode(bytes);
        if (!message) counts.unknown++;
        return message;
    } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
        counts.malformed++;
        return null;
    }
}

/** @param {import('./protocol.js').Hear} message */
function hear(message) {
    if (!listening.on) return;
    counts.heard += message.packets.length;
    ears.hear(message);
}

/** @param {{on: boolean, pace: number}} wish */
function listen(wish) {
    if (wish.on === listening.on && wish.pace === listening.pace) return;
    const begins = wish.on && !listening.on;
    listening = wish;
    connection.expectWithin(wish.on ? SILENCE_MS : null);
    if (begins) startListening();
    else sendListen();
}

function startListening() {
    ears.reset();
    speakers?.postMessage({ reset: true });
    sendListen();
}

function sendListen() {
    connection.send(encode({ kind: 'listen', ...listening }));
}

/** @param {boolean} on */
function speak(on) {
    speaking = on;
    if (!on) voice.stop();
}

/** @param {MessagePort} port */
function useMicrophone(port) {
    microphone = port;
    microphone.onmessage = takeBlock;
}

/** @param {MessageEvent<{pcm: Float32Array<ArrayBuffer>, timestamp: number}>} event */
function takeBlock({ data: { pcm, timestamp } }) {
    if (speaking && connection.isOpen) voice.encode(pcm, timestamp);
}

/**
 * @param {Uint8Array} packet
 * @param {number} timestamp
 */
function sendPacket(packet, timestamp) {
    const message = talk.next(packet, timestamp, connection.bufferedBytes);
    if (!message) return;
    connection.send(message);
    counts.sent++;
}
