/** The page's handle on a microphone: opened, measured, sent to the worker, let go. */

const MODULE = new URL('./capture.worklet.js', import.meta.url);
const CLEAN = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Microphone {
    /**
     * Asks the person, if their browser must.
     *
     * @param {AudioContext} context
     * @param {string | null} deviceId  the one they prefer
     * @throws {DOMException} NotAllowedError, NotFoundError, NotReadableError
     */
    static async open(context, deviceId) {
        const audio = deviceId ? { ...CLEAN, deviceId: { ideal: deviceId } } : CLEAN;
        const stream = await navigator.mediaDevices.getUserMedia({ audio });
        try {
            await context.audioWorklet.addModule(MODULE);
            return new Microphone(context, stream);
        } catch (error) {
            stream.getTracks().forEach((track) => track.stop());
            throw error;
        }
    }

    /**
     * @param {AudioContext} context
     * @param {MediaStream} stream
     */
    constructor(context, stream) {
        this.#track = stream.getAudioTracks()[0];
        this.#track.onended = () => this.onLost();
        this.#takeFrom = () => context.createMediaStreamSource(stream);
        this.#source = this.#takeFrom();
        this.#node = new AudioWorkletNode(context, 'capture', { channelCount: 1, channelCountMode: 'explicit' });
        this.#node.port.onmessage = ({ data }) => this.onLevel(data);
        // Its output is silence; but a node that leads nowhere need not be run.
        this.#source.connect(this.#node).connect(context.destination);
    }

    #track;
    #takeFrom;
    #source;
    #node;

    /** @type {(level: number) => void} level: −dBov, ten times a second */
    onLevel = () => {};
    /** The device was unplugged, or the permission taken back. */
    onLost = () => {};

    get deviceId() {
        return this.#track.getSettings().deviceId ?? null;
    }

    /** @param {boolean} on  false: it delivers silence */
    set enabled(on) {
        if (on && !this.#track.enabled) this.#beginAnew();
        this.#track.enabled = on;
    }

    /** @param {MessagePort} worker  where its blocks go */
    sendTo(worker) {
        this.#node.port.postMessage({ port: worker }, [worker]);
    }

    /** What a hiccup left waiting in the browser's own buffer (100 ms in Chromium) would be late for ever. */
    #beginAnew() {
        this.#source.disconnect();
        this.#source = this.#takeFrom();
        this.#source.connect(this.#node);
    }

    close() {
        this.onLevel = this.onLost = () => {};
        this.#track.stop();
        this.#source.disconnect();
        this.#node.disconnect();
    }
}
