/** Sets up the service worker, once the page no longer needs the network for itself. */

export function tendInstallation() {
    if (!('serviceWorker' in navigator)) return;
    if (document.readyState === 'complete') register();
    else window.addEventListener('load', register, { once: true });
}

/** A browser that allows none, as in a private window, goes without. */
function register() {
    navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' }).catch(() => {});
}
