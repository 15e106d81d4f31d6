import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { WakeLock } from '../../webapp/static/js/wake_lock.js';

const KEPT = /** @type {const} */ (['document', 'navigator']).map((name) =>
    /** @type {const} */ ([name, Object.getOwnPropertyDescriptor(globalThis, name)]));

/** @type {any} */
let page;
/** Every lock that was ever given. @type {any[]} */
let locks;
/** @type {AbortController} */
let stop;

class Lock extends EventTarget {
    released = false;
    async release() {
        this.released = true;
        this.dispatchEvent(new Event('release'));
    }
}

async function give() {
    const lock = new Lock();
    locks.push(lock);
    return lock;
}

/** @param {object | undefined} wakeLock */
function browserWith(wakeLock) {
    Object.defineProperty(globalThis, 'navigator', { value: { wakeLock }, configurable: true });
}

beforeEach(() => {
    page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    Object.defineProperty(globalThis, 'document', { value: page, configurable: true });
    locks = [];
    stop = new AbortController();
    browserWith({ request: give });
});

afterEach(() => {
    for (const [name, descriptor] of KEPT) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else delete /** @type {any} */ (globalThis)[name];
    }
});

/** @param {'visible' | 'hidden'} state */
function becomes(state) {
    page.visibilityState = state;
    page.dispatchEvent(new Event('visibilitychange'));
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

test('the screen stays on from when it is wanted to when it is not', async () => {
    const screen = new WakeLock(stop.signal);
    await soon();
    assert.equal(locks.length, 0);
    screen.want(true);
    screen.want(true);
    await soon();
    assert.deepEqual(locks.map(({ released }) => released), [false]);
    screen.want(false);
    assert.deepEqual(locks.map(({ released }) => released), [true]);
});

test('a page that is seen again asks again for what the system took back', async () => {
    new WakeLock(stop.signal).want(true);
    await soon();
    becomes('hidden');
    locks[0].release();
    await soon();
    assert.equal(locks.length, 1);
    becomes('visible');
    becomes('visible');
    await soon();
    assert.deepEqual(locks.map(({ released }) => released), [true, false]);
});

test('whoever changes their mind while the system thinks keeps nothing on', async () => {
    const screen = new WakeLock(stop.signal);
    screen.want(true);
    screen.want(false);
    await soon();
    assert.deepEqual(locks.map(({ released }) => released), [true]);
});

test('a room that is left lets the screen go', async () => {
    new WakeLock(stop.signal).want(true);
    await soon();
    stop.abort();
    assert.equal(locks[0].released, true);
    becomes('visible');
    await soon();
    assert.equal(locks.length, 1);
});

test('a browser without wake lock, or with a low battery, is silent about it', async () => {
    for (const wakeLock of [undefined, { request: () => Promise.reject(new Error('Low battery.')) }]) {
        browserWith(wakeLock);
        const screen = new WakeLock(stop.signal);
        screen.want(true);
        await soon();
        screen.want(false);
    }
    assert.equal(locks.length, 0);
});
