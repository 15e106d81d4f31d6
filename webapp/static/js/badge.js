/** Keeps the count of unread notifications right on a page that stays open: asked for when one comes back to it. */

const EVERY_MS = 120_000;
const AT_MOST_MS = 20_000;

let askedAt = Date.now();

function ask() {
    const count = document.getElementById('notification-count');
    if (!count || document.visibilityState !== 'visible' || isTold() || Date.now() - askedAt < AT_MOST_MS) return;
    askedAt = Date.now();
    count.dispatchEvent(new Event('stale'));
}

/** Tells that the page's own socket brings it. */
function isTold() {
    return document.querySelector('#space[data-state="live"]') !== null;
}

export function tendBadge() {
    document.addEventListener('visibilitychange', ask);
    window.addEventListener('focus', ask);
    window.addEventListener('pageshow', ask);
    setInterval(ask, EVERY_MS);
}
