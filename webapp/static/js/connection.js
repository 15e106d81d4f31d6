/**
 * One WebSocket that comes back by itself for as long as that makes sense: docs/protocol.md, "Limits and ends".
 * It owns no global: the socket, the clock and chance are handed in.
 */

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;
/** A restart takes seconds: for so many attempts nobody waits long for the next. */
const RESTART_ATTEMPTS = 15;
const MAX_RESTART_DELAY_MS = 1500;
const STEADY_MS = 10_000;
const HANDSHAKE_MS = 10_000;
/** After news of the network a socket that should sound has so long to prove that it still does. */
const PROOF_MS = 2000;
/** What was under way when a network went arrives a little later, and proves nothing. */
const UNDER_WAY_MS = 300;

/** Codes after which returning would be wrong: the space ended, the client broke a rule, the person was removed. */
const FINAL_CODES = new Set([1000, 1002, 1007, 1008, 1009, 4001]);
const SERVICE_RESTART = 1012;

/**
 * @typedef {{readonly state: 'open', readonly again: boolean}
 *     | {readonly state: 'waiting', readonly delayMs: number, readonly opened: boolean, readonly restarting: boolean}
 *     | {readonly state: 'closed', readonly code: number, readonly reason: string}} ConnectionChange
 *     `again`: it had been open before; `opened`: the attempt that just ended had come to an open socket;
 *     `restarting`: the server said so, and has not been back since
 *
 * @typedef {object} Surroundings
 * @property {() => WebSocket} open  begins a new socket, its `binaryType` already set
 * @property {(data: string | ArrayBuffer) => void} onMessage
 * @property {(change: ConnectionChange) => void} onChange
 * @property {() => number} [now]  milliseconds, monotonic
 * @property {() => number} [random]  in [0, 1)
 * @property {(run: () => void, ms: number) => any} [setTimer]
 * @property {(timer: any) => void} [clearTimer]
 */

/**
 * Exponential, and spread over its upper half, so that a room's people do not all return in the same instant.
 *
 * @param {number} attempt  0 for the first after a loss
 * @param {number} random  in [0, 1)
 * @param {boolean} [restarting]  the server is expected back soon
 */
export function backoffMs(attempt, random, restarting = false) {
    const longest = restarting && attempt < RESTART_ATTEMPTS ? MAX_RESTART_DELAY_MS : MAX_DELAY_MS;
    const ceiling = Math.min(longest, FIRST_DELAY_MS * 2 ** attempt);
    return ceiling * (0.5 + 0.5 * random);
}

/**
 * @param {number} code  of the close frame; 1006 where the network was lost
 */
export function mayReturnAfter(code) {
    return !FINAL_CODES.has(code);
}

export class Connection {
    /** @param {Surroundings} surroundings */
    constructor({
        open, onMessage, onChange,
        now = () => performance.now(), random = Math.random,
        setTimer = (run, ms) => setTimeout(run, ms), clearTimer = (timer) => clearTimeout(timer),
    }) {
        this.#around = { open, onMessage, onChange, now, random, setTimer, clearTimer };
    }

    #around;
    /** @type {WebSocket | null} */
    #socket = null;
    #attempt = 0;
    #everOpen = false;
    #restarting = false;
    #openedAt = -Infinity;
    #heardAt = -Infinity;
    /** @type {number | null} */
    #silenceMs = null;
    /** @type {any} */
    #retryTimer = null;
    /** @type {any} */
    #silenceTimer = null;
    /** @type {any} */
    #proofTimer = null;

    get isOpen() {
        return this.#socket?.readyState === 1;
    }

    get bufferedBytes() {
        return this.#socket?.bufferedAmount ?? 0;
    }

    connect() {
        this.#stopTimers();
        const socket = this.#around.open();
        this.#socket = socket;
        socket.onopen = () => this.#opened();
        socket.onmessage = ({ data }) => this.#heard(data);
        socket.onclose = ({ code, reason }) => this.#ended(code, reason);
        this.#silenceTimer = this.#around.setTimer(() => this.#lost(), HANDSHAKE_MS);
    }

    /**
     * There is news of the network. Whoever waits for a socket tries anew at once; one that should sound has to prove
     * that it does; of one that may be silent nobody can tell, so where the network was gone it is opened anew.
     *
     * @param {boolean} wasGone
     */
    networkChanged(wasGone) {
        const isTrying = this.#retryTimer !== null || this.#socket?.readyState === 0;
        if (isTrying) this.#connectAnew();
        else if (this.isOpen && this.#silenceMs !== null) this.#demandProof();
        else if (this.isOpen && wasGone) this.#lostAndBack();
    }

    /**
     * From now on a socket that brings nothing for this long is taken for lost (a network that vanishes says nothing).
     *
     * @param {number | null} silenceMs  null: it may be silent for as long as it likes
     */
    expectWithin(silenceMs) {
        this.#silenceMs = silenceMs;
        this.#heardAt = this.#around.now();
        if (this.isOpen) this.#watchSilence();
    }

    /** @param {Uint8Array<ArrayBuffer>} bytes */
    send(bytes) {
        if (this.isOpen) this.#socket?.send(bytes);
    }

    close() {
        this.#stopTimers();
        this.#abandon();
    }

    #opened() {
        const { now, onChange } = this.#around;
        const again = this.#everOpen;
        this.#everOpen = true;
        this.#restarting = false;
        this.#openedAt = this.#heardAt = now();
        this.#watchSilence();
        onChange({ state: 'open', again });
    }

    /** @param {string | ArrayBuffer} data */
    #heard(data) {
        this.#heardAt = this.#around.now();
        this.#around.onMessage(data);
    }

    /**
     * @param {number} code
     * @param {string} reason
     */
    #ended(code, reason) {
        this.#stopTimers();
        this.#socket = null;
        if (mayReturnAfter(code)) this.#returnLater(code);
        else this.#around.onChange({ state: 'closed', code, reason });
    }

    /** @param {number} code */
    #returnLater(code) {
        const { now, random, setTimer, onChange } = this.#around;
        const opened = this.#openedAt > -Infinity;
        if (now() - this.#openedAt >= STEADY_MS && opened) this.#attempt = 0;
        this.#openedAt = -Infinity;
        const told = code === SERVICE_RESTART;
        if (told) this.#attempt = 0;
        this.#restarting ||= told;
        const delayMs = told ? random() * FIRST_DELAY_MS : backoffMs(this.#attempt++, random(), this.#restarting);
        this.#retryTimer = setTimer(() => this.connect(), delayMs);
        onChange({ state: 'waiting', delayMs, opened, restarting: this.#restarting });
    }

    #connectAnew() {
        this.#abandon();
        this.connect();
    }

    #demandProof() {
        const { now, setTimer, clearTimer } = this.#around;
        const asked = now();
        clearTimer(this.#proofTimer);
        this.#proofTimer = setTimer(() => { if (this.#heardAt < asked + UNDER_WAY_MS) this.#lostAndBack(); }, PROOF_MS);
    }

    #watchSilence() {
        const { now, setTimer, clearTimer } = this.#around;
        clearTimer(this.#silenceTimer);
        if (this.#silenceMs === null) return;
        const leftMs = this.#heardAt + this.#silenceMs - now();
        if (leftMs > 0) this.#silenceTimer = setTimer(() => this.#watchSilence(), leftMs);
        else this.#lost();
    }

    #lost() {
        this.#abandon();
        this.#ended(1006, '');
    }

    #lostAndBack() {
        this.#lost();
        this.connect();
    }

    #abandon() {
        const socket = this.#socket;
        this.#socket = null;
        if (!socket) return;
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
    }

    #stopTimers() {
        this.#around.clearTimer(this.#retryTimer);
        this.#around.clearTimer(this.#silenceTimer);
        this.#around.clearTimer(this.#proofTimer);
        this.#retryTimer = this.#silenceTimer = this.#proofTimer = null;
    }
}
