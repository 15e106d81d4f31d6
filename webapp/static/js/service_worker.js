/**
 * What stands between the pages and the network: it keeps the static files of one version and a page that says that there
 * is no network, and nothing else. Sound, sockets, forms and whatever a cookie has a say in never pass through it.
 *
 * A classic script; the server writes `self.PARLEY` in front of it: the version, where the offline page is and which files
 * that needs, and the scripts of those who listen for other events.
 */

(() => {
    /** @type {{version: string, offline: string, needs: string[], scripts: string[]}} */
    const { version, offline, needs, scripts } = /** @type {any} */ (self).PARLEY;
    const worker = /** @type {any} */ (self);
    const STORE = `parley-${version}`;
    const FILES = `/static/v-${version}/`;
    const KINDS = /\.(css|js|woff2|svg|png)$/;

    worker.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(install()));
    worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));
    worker.addEventListener('fetch', onFetch);
    scripts.forEach((script) => worker.importScripts(script));

    async function install() {
        const store = await caches.open(STORE);
        await store.addAll([offline, ...needs].map((path) => new Request(path, { credentials: 'omit', cache: 'no-cache' })));
        await worker.skipWaiting();
    }

    /** Pages of the version before find their files at the server: their addresses are their own. */
    async function activate() {
        const stores = await caches.keys();
        await Promise.all(stores.filter((name) => name !== STORE).map((name) => caches.delete(name)));
        await worker.registration.navigationPreload?.enable();
        await worker.clients.claim();
    }

    /** @param {any} event */
    function onFetch(event) {
        const { method, mode, url } = /** @type {Request} */ (event.request);
        const { origin, pathname } = new URL(url);
        if (method !== 'GET' || origin !== location.origin) return;
        if (mode === 'navigate') event.respondWith(page(event));
        else if (pathname.startsWith(FILES) && KINDS.test(pathname)) event.respondWith(file(event));
    }

    /** @param {any} event */
    async function page(event) {
        try {
            return await event.preloadResponse ?? await fetch(event.request);
        } catch (error) {
            const store = await caches.open(STORE);
            const kept = await store.match(offline);
            if (!kept) throw error;
            return kept;
        }
    }

    /** @param {any} event */
    async function file(event) {
        const request = /** @type {Request} */ (event.request);
        const store = await caches.open(STORE);
        const kept = await store.match(request, { ignoreVary: true });
        if (kept) return kept;
        const answer = await fetch(request);
        if (answer.status === 200) event.waitUntil(store.put(request, answer.clone()));
        return answer;
    }
})();
