/** What this browser cannot do, in words for the person in front of it. */

export const TOO_OLD = 'This browser is too old to listen live. A recording, if there is one, plays here afterwards.';

/** @returns {string | null} why one cannot listen live here, or null */
export function whyNotListen() {
    if (!window.isSecureContext) return 'Live audio needs a secure address: open this page with https.';
    const decodes = 'AudioDecoder' in window || 'WebAssembly' in window;
    return decodes && 'AudioWorkletNode' in window ? null : TOO_OLD;
}

/** @returns {string | null} why one cannot speak here, or null */
export function whyNotSpeak() {
    if (!('AudioEncoder' in window) || !navigator.mediaDevices) {
        return 'This browser can listen but not speak. A current Chrome, Edge, Firefox or Safari can do both.';
    }
    return null;
}
