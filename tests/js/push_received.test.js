/** What the service worker shows, and where a tap on it leads. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';

const SOURCE = readFileSync(new URL('../../webapp/static/js/push_received.js', import.meta.url), 'utf8');
const TAG = 'A'.repeat(22);

/** Runs the script as a worker would, with these tabs open. @param {string[]} open */
function worker(open = []) {
    const did = { shown: [], focused: [], opened: [], fetched: [] };
    const heard = {};
    const self = {
        location: { origin: 'https://parley.example' },
        registration: { showNotification: async (...what) => did.shown.push(what) },
        clients: {
            matchAll: async () => open.map((url) => ({ url, focus: async () => did.focused.push(url) })),
            openWindow: async (url) => did.opened.push(url),
        },
        addEventListener: (type, listener) => { heard[type] = listener; },
    };
    const fetch = async (...what) => did.fetched.push(what);
    vm.runInNewContext(SOURCE, { self, URL, fetch, Promise, String });
    const say = async (type, event) => {
        let done;
        heard[type]({ ...event, waitUntil: (promise) => { done = promise; } });
        await done;
        return JSON.parse(JSON.stringify(did));
    };
    return {
        push: (said) => say('push', { data: said === undefined ? null : { json: () => JSON.parse(said) } }),
        tap: (url, tag = TAG) => say('notificationclick', { notification: { close() {}, data: { url }, tag } }),
    };
}

test('shows what it is sent', async () => {
    const { shown } = await worker().push(JSON.stringify({ title: 'Parley', body: 'Tea.', url: '/a', tag: TAG }));
    assert.deepEqual(shown, [['Parley', { body: 'Tea.', tag: TAG, data: { url: '/a' } }]]);
});

test('shows something for what it cannot read', async () => {
    for (const said of [undefined, 'not json', 'null']) {
        const { shown } = await worker().push(said);
        assert.equal(shown[0][1].body, 'There is something new in your notifications.');
        assert.equal(shown[0][1].data.url, '/notifications');
    }
});

test('a tap brings the tab of that path to the front, and is a reading', async () => {
    const there = 'https://parley.example/spaces/tea?t=1';
    const did = await worker(['https://parley.example/', there]).tap('/spaces/tea');
    assert.deepEqual([did.focused, did.opened], [[there], []]);
    assert.deepEqual(did.fetched, [[`/notifications/${TAG}`, { redirect: 'manual' }]]);
});

test('a tap opens a tab where none is', async () => {
    const did = await worker(['https://parley.example/']).tap('/spaces/tea', 'nonsense/../..');
    assert.deepEqual([did.opened, did.fetched], [['https://parley.example/spaces/tea'], []]);
});

test('a tap leads nowhere else', async () => {
    for (const url of ['https://evil.example/', '//evil.example', 'javascript:alert(1)', 'https://', undefined]) {
        const did = await worker().tap(url);
        const [opened] = did.opened;
        assert.ok(opened.startsWith('https://parley.example/'), opened);
    }
});
