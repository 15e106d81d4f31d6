/** What the system's own controls (lock screen, headset, keyboard) show of a space and can do with it. */

const ACTIONS = [
    'play', 'pause', 'stop', 'seekbackward', 'seekforward', 'seekto', 'previoustrack', 'nexttrack', 'togglemicrophone', 'hangup',
];
const ARTWORK = [192, 512].map((size) => ({
    src: new URL(`../img/icon-${size}.png`, import.meta.url).href, sizes: `${size}x${size}`, type: 'image/png',
}));

/** @typedef {Partial<Record<MediaSessionAction | 'togglemicrophone' | 'hangup', MediaSessionActionHandler>>} Actions */

/**
 * @param {HTMLElement} main  or a card
 * @param {Actions} actions  all that can be done from now on
 */
export function showInMediaSession(main, actions) {
    const session = navigator.mediaSession;
    if (!session) return;
    const title = main.querySelector('h1, .card-title')?.textContent?.trim() ?? document.title;
    session.metadata = new MediaMetadata({ title, artist: main.dataset.host ?? '', album: 'Parley', artwork: ARTWORK });
    setActions(session, actions);
}

/** Nothing is left to be controlled. */
export function leaveMediaSession() {
    const session = navigator.mediaSession;
    if (!session) return;
    session.metadata = null;
    session.playbackState = 'none';
    setActions(session, {});
}

/** @param {boolean} playing */
export function setPlaybackState(playing) {
    if (navigator.mediaSession) navigator.mediaSession.playbackState = playing ? 'playing' : 'paused';
}

/** @param {MediaPositionState} state */
export function setPosition(state) {
    navigator.mediaSession?.setPositionState?.(state);
}

/** @param {boolean} active */
export function setMicrophoneActive(active) {
    navigator.mediaSession?.setMicrophoneActive?.(active);
}

/**
 * Browsers throw on an action that they do not know.
 *
 * @param {MediaSession} session
 * @param {Actions} actions
 */
function setActions(session, actions) {
    for (const action of /** @type {MediaSessionAction[]} */ (ACTIONS)) {
        try {
            session.setActionHandler(action, actions[action] ?? null);
        } catch (error) {
            if (!(error instanceof TypeError)) throw error;
        }
    }
}
