/** How far one has listened, told to the server: at first, every 15 s, at a pause, and when the page goes. */

const EVERY_MS = 15_000;

export class Progress {
    /**
     * @param {HTMLAudioElement} audio
     * @param {string} url
     * @param {() => void} onGone  the recording is no longer available
     */
    constructor(audio, url, onGone) {
        this.#audio = audio;
        this.#url = url;
        this.#onGone = onGone;
        const { signal } = this.#closing;
        audio.addEventListener('play', () => this.#begin(), { signal });
        audio.addEventListener('pause', () => this.#rest(), { signal });
        addEventListener('pagehide', () => this.#leave(), { signal });
    }

    #audio;
    #url;
    #onGone;
    #closing = new AbortController();
    #timer = 0;
    #begun = false;
    /** Milliseconds that the server knows of. */
    #told = -1;
    #telling = false;

    close() {
        this.#closing.abort();
        clearInterval(this.#timer);
    }

    #begin() {
        clearInterval(this.#timer);
        this.#timer = window.setInterval(() => this.#tell(), EVERY_MS);
        if (!this.#begun) this.#tell();
        this.#begun = true;
    }

    #rest() {
        clearInterval(this.#timer);
        this.#tell();
    }

    #leave() {
        if (this.#begun && this.#position !== this.#told) this.#send(this.#position);
    }

    get #position() {
        return Math.round(this.#audio.currentTime * 1000);
    }

    /** One at a time: the first answer may bring a guest the number by which the next is known. */
    async #tell() {
        if (this.#telling) return;
        this.#telling = true;
        while (this.#position !== this.#told && await this.#send(this.#position) && this.#audio.paused);
        this.#telling = false;
    }

    /**
     * @param {number} position
     * @returns {Promise<boolean>} whether it is known now
     */
    async #send(position) {
        const body = new URLSearchParams({ position_ms: String(position) });
        try {
            const answer = await fetch(this.#url, { method: 'POST', body, headers: pageHeaders(), keepalive: true });
            if (answer.ok) this.#told = position;
            if (answer.status === 404 && !this.#closing.signal.aborted) this.#onGone();
            return answer.ok;
        } catch {
            return false; // Offline: the next time tells more.
        }
    }
}

/** What htmx sends along with everything on this page. @returns {Record<string, string>} */
function pageHeaders() {
    return JSON.parse(document.body.getAttribute('hx-headers') ?? '{}');
}
