/** Shows what is pushed to this browser. A classic script, for a service worker to import. */

(() => {
    const worker = /** @type {ServiceWorkerScope} */ (/** @type {unknown} */ (self));
    const PAGE = '/notifications';
    const FALLBACK = { title: 'Parley', body: 'There is something new in your notifications.', url: PAGE, tag: '' };

    /** @param {PushedEvent} event */
    function read(event) {
        try {
            return { ...FALLBACK, ...event.data?.json() };
        } catch {
            return FALLBACK;
        }
    }

    /** Returns a place on this site, whatever was said. @param {unknown} said */
    function place(said) {
        const { origin } = worker.location;
        try {
            const url = new URL(String(said), origin);
            return url.origin === origin ? url : new URL(PAGE, origin);
        } catch {
            return new URL(PAGE, origin);
        }
    }

    /** A tab that shows it already comes to the front, else one is opened. @param {URL} url */
    async function go(url) {
        const tabs = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
        const tab = tabs.find((each) => new URL(each.url).pathname === url.pathname);
        return tab ? tab.focus() : worker.clients.openWindow(url.href);
    }

    /** Whoever opened it here has read it. @param {string} tag */
    async function markRead(tag) {
        if (/^[\w-]{22}$/.test(tag)) await fetch(`${PAGE}/${tag}`, { redirect: 'manual' }).catch(() => {});
    }

    worker.addEventListener('push', (event) => {
        const { title, body, url, tag } = read(event);
        event.waitUntil(worker.registration.showNotification(title, { body, tag, data: { url } }));
    });

    worker.addEventListener('notificationclick', (event) => {
        const { notification } = event;
        notification.close();
        event.waitUntil(Promise.all([go(place(notification.data?.url)), markRead(notification.tag)]));
    });
})();
