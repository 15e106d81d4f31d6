/** What this browser cannot do, in words for the person in front of it. */

import { _ } from './words.js';

export const TOO_OLD = _('This browser is too old to take part. You can listen, a second or two later than the others.');

/** @returns {string | null} why one hears only the plain stream here, or null */
export function whyNotListen() {
    if (!window.isSecureContext) return _('To take part, open this page with https. You can listen, a second or two later than the others.');
    const decodes = 'AudioDecoder' in window || 'WebAssembly' in window;
    return decodes && 'AudioWorkletNode' in window ? null : TOO_OLD;
}

/** @returns {string | null} why one cannot speak here, or null */
export function whyNotSpeak() {
    if (!('AudioEncoder' in window) || !navigator.mediaDevices) {
        return _('This browser can listen but not speak. A current Chrome, Edge, Firefox or Safari can do both.');
    }
    return null;
}
