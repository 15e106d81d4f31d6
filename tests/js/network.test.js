import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { watchNetwork } from '../../webapp/static/js/network.js';

const KEPT = ['window', 'document', 'navigator'].map((name) => /** @type {const} */ ([name, Object.getOwnPropertyDescriptor(globalThis, name)]));

/** @type {Record<string, any>} */
let around;
/** @type {boolean[]} */
let news;

beforeEach(() => {
    mock.timers.enable({ apis: ['Date'] });
    const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    around = { window: new EventTarget(), document, navigator: { connection: new EventTarget() } };
    for (const name in around) Object.defineProperty(globalThis, name, { value: around[name], configurable: true });
    news = [];
});

afterEach(() => {
    mock.timers.reset();
    for (const [name, descriptor] of KEPT) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else delete /** @type {any} */ (globalThis)[name];
    }
});

/** @param {'visible' | 'hidden'} state */
function becomes(state) {
    around.document.visibilityState = state;
    around.document.dispatchEvent(new Event('visibilitychange'));
}

function watch() {
    const stop = new AbortController();
    watchNetwork((wasGone) => news.push(wasGone), stop.signal);
    return stop;
}

test('a network that is back is told from one that changed', () => {
    watch();
    around.window.dispatchEvent(new Event('online'));
    around.navigator.connection.dispatchEvent(new Event('change'));
    assert.deepEqual(news, [true, false]);
});

test('whoever looks again after the server gave them up is told from who looked away', () => {
    watch();
    becomes('hidden');
    mock.timers.tick(25_000);
    becomes('visible');
    becomes('hidden');
    assert.deepEqual(news, [false]);
    mock.timers.tick(25_001);
    becomes('visible');
    assert.deepEqual(news, [false, true]);
});

test('a browser without network information is watched all the same, until it is over', () => {
    delete around.navigator.connection;
    const stop = watch();
    becomes('visible');
    stop.abort();
    around.window.dispatchEvent(new Event('online'));
    becomes('visible');
    assert.deepEqual(news, [false]);
});
