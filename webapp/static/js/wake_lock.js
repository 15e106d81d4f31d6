/** Keeps the screen on for as long as it is wanted and the page is seen. Where a browser cannot, nothing happens. */

export class WakeLock {
    /** @param {AbortSignal} signal  ends it */
    constructor(signal) {
        document.addEventListener('visibilitychange', () => this.#update(), { signal });
        signal.addEventListener('abort', () => this.want(false));
    }

    #wanted = false;
    #asking = false;
    /** @type {WakeLockSentinel | null} */
    #lock = null;

    /** @param {boolean} wanted */
    want(wanted) {
        if (wanted === this.#wanted) return;
        this.#wanted = wanted;
        this.#update();
    }

    async #update() {
        if (!this.#wanted) return this.#release();
        if (this.#lock || this.#asking || document.visibilityState !== 'visible') return;
        this.#asking = true;
        this.#lock = await request();
        this.#asking = false;
        // The system takes it back by itself, as when the page is hidden.
        this.#lock?.addEventListener('release', () => { this.#lock = null; });
        if (!this.#wanted) this.#release();
    }

    #release() {
        this.#lock?.release();
        this.#lock = null;
    }
}

/** @returns {Promise<WakeLockSentinel | null>} null: there is none, or the battery is low */
async function request() {
    try {
        return await navigator.wakeLock?.request('screen') ?? null;
    } catch {
        return null;
    }
}
