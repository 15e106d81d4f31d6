/** News of the network, as far as browsers tell: it is back, it is another one, or nobody watched it for a while. */

/** Whoever answers no ping for so long is cut off by the server: docs/protocol.md, "Limits and ends". */
const CUT_OFF_MS = 25_000;

/**
 * @param {(wasGone: boolean) => void} onNews  wasGone: what was open before is most likely lost
 * @param {AbortSignal} signal  ends it
 */
export function watchNetwork(onNews, signal) {
    let hiddenAt = Infinity;
    window.addEventListener('online', () => onNews(true), { signal });
    networkInformation()?.addEventListener('change', () => onNews(false), { signal });
    document.addEventListener('visibilitychange', () => {
        const now = Date.now(); // which goes on while the machine sleeps
        if (document.visibilityState === 'visible') onNews(now - hiddenAt > CUT_OFF_MS);
        hiddenAt = document.visibilityState === 'hidden' ? now : Infinity;
    }, { signal });
}

/** @returns {EventTarget | undefined} where a browser has it */
function networkInformation() {
    return /** @type {any} */ (navigator).connection;
}
