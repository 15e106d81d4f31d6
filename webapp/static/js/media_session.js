/** What the system's own controls (lock screen, headset, keyboard) show of a space and can do with it. */

/** @typedef {Partial<Record<MediaSessionAction | 'togglemicrophone', MediaSessionActionHandler>>} Actions */

/**
 * @param {Element} main  or a card
 * @param {Actions} actions
 */
export function showInMediaSession(main, actions) {
    const session = navigator.mediaSession;
    if (!session) return;
    const title = main.querySelector('h1, .card-title')?.textContent?.trim() ?? document.title;
    session.metadata = new MediaMetadata({ title, artist: 'Parley' });
    for (const [action, handler] of Object.entries(actions)) setAction(session, action, handler);
}

/** @param {boolean} playing */
export function setPlaybackState(playing) {
    if (navigator.mediaSession) navigator.mediaSession.playbackState = playing ? 'playing' : 'paused';
}

/** @param {boolean} active */
export function setMicrophoneActive(active) {
    navigator.mediaSession?.setMicrophoneActive?.(active);
}

/**
 * Browsers throw on an action that they do not know.
 *
 * @param {MediaSession} session
 * @param {string} action
 * @param {MediaSessionActionHandler} handler
 */
function setAction(session, action, handler) {
    try {
        session.setActionHandler(/** @type {MediaSessionAction} */ (action), handler);
    } catch (error) {
        if (!(error instanceof TypeError)) throw error;
    }
}
