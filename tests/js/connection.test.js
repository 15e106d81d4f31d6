import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Connection, backoffMs, mayReturnAfter } from '../../webapp/static/js/connection.js';

/** A clock that only moves when told, and every socket that was opened. */
function world({ random = 0 } = {}) {
    let nowMs = 0;
    let timers = /** @type {{run: () => void, at: number}[]} */ ([]);
    const sockets = /** @type {any[]} */ ([]);
    const changes = /** @type {any[]} */ ([]);
    const messages = /** @type {any[]} */ ([]);
    const connection = new Connection({
        open() {
            const socket = { readyState: 0, bufferedAmount: 0, closed: false, close() { this.closed = true; } };
            sockets.push(socket);
            return /** @type {any} */ (socket);
        },
        onMessage: (data) => messages.push(data),
        onChange: (change) => changes.push(change),
        now: () => nowMs,
        random: () => random,
        setTimer(run, ms) {
            const timer = { run, at: nowMs + ms };
            timers.push(timer);
            return timer;
        },
        clearTimer: (timer) => { timers = timers.filter((other) => other !== timer); },
    });
    return {
        connection, sockets, changes, messages,
        pass(/** @type {number} */ ms) {
            const end = nowMs + ms;
            for (;;) {
                const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
                if (!next) break;
                timers = timers.filter((timer) => timer !== next);
                nowMs = next.at;
                next.run();
            }
            nowMs = end;
        },
        open() {
            sockets.at(-1).readyState = 1;
            sockets.at(-1).onopen();
        },
        end(/** @type {number} */ code, reason = '') {
            sockets.at(-1).readyState = 3;
            sockets.at(-1).onclose({ code, reason });
        },
    };
}

function connected(options = {}) {
    const made = world(options);
    made.connection.connect();
    made.open();
    return made;
}

test('waits double from half a second to fifteen, and chance spreads their upper half', () => {
    assert.deepEqual([0, 1, 2, 3].map((attempt) => backoffMs(attempt, 1)), [500, 1000, 2000, 4000]);
    assert.equal(backoffMs(0, 0), 250);
    assert.equal(backoffMs(50, 1), 15_000);
});

test('each close code is answered as the protocol says', () => {
    for (const code of [1001, 1005, 1006, 1011, 1012, 1013]) assert.ok(mayReturnAfter(code), `${code} returns`);
    for (const code of [1000, 1002, 1007, 1008, 1009, 4001]) assert.ok(!mayReturnAfter(code), `${code} stays away`);
});

test('a network loss is tried again, later each time', () => {
    const { connection, sockets, changes, pass, end } = world();
    connection.connect();
    end(1006);
    assert.deepEqual(changes.at(-1), { state: 'waiting', delayMs: 250, opened: false, restarting: false });
    pass(249);
    assert.equal(sockets.length, 1);
    pass(1);
    assert.equal(sockets.length, 2);
    end(1006);
    assert.equal(changes.at(-1).delayMs, 500);
});

test('a restarting server is returned to at once, spread by chance', () => {
    const { sockets, changes, pass, end } = connected({ random: 0.5 });
    end(1012);
    assert.deepEqual(changes.at(-1), { state: 'waiting', delayMs: 250, opened: true, restarting: true });
    pass(250);
    assert.equal(sockets.length, 2);
});

test('while a server restarts nobody waits long, and once it is back that is over', () => {
    const { changes, pass, open, end } = connected({ random: 1 });
    end(1012);
    const waits = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
        pass(changes.at(-1).delayMs);
        end(1006);
        waits.push(changes.at(-1).delayMs);
        assert.ok(changes.at(-1).restarting);
    }
    assert.deepEqual(waits, [500, 1000, 1500, 1500, 1500]);
    pass(1500);
    open();
    end(1006);
    assert.equal(changes.at(-1).restarting, false);
});

test('a server that does not come back is asked less and less', () => {
    assert.equal(backoffMs(14, 1, true), 1500);
    assert.equal(backoffMs(15, 1, true), 15_000);
});

test('who was removed does not return, and is told why', () => {
    const { sockets, changes, pass, end } = connected();
    end(4001, 'removed');
    pass(3_600_000);
    assert.equal(sockets.length, 1);
    assert.deepEqual(changes.at(-1), { state: 'closed', code: 4001, reason: 'removed' });
});

test('a connection that held is returned to quickly again, one that fell at once is not', () => {
    const { changes, pass, open, end } = connected();
    end(1006);
    pass(250);
    open();
    end(1006);
    assert.equal(changes.at(-1).delayMs, 500);
    pass(500);
    open();
    pass(10_000);
    end(1006);
    assert.equal(changes.at(-1).delayMs, 250);
});

test('the first opening is told from a return', () => {
    const { changes, pass, open, end } = connected();
    assert.deepEqual(changes.at(-1), { state: 'open', again: false });
    end(1006);
    pass(250);
    open();
    assert.deepEqual(changes.at(-1), { state: 'open', again: true });
});

test('news of the network cuts a wait short, and a handshake on the network that was', () => {
    const { connection, sockets, pass, open, end } = connected();
    end(1006);
    connection.networkChanged(false);
    assert.equal(sockets.length, 2);
    connection.networkChanged(false);
    assert.equal(sockets.length, 3);
    assert.equal(sockets[1].closed, true);
    open();
    pass(60_000);
    assert.equal(sockets.length, 3);
});

test('news of the network bring back nobody who is to stay away', () => {
    const { connection, sockets, end } = connected();
    end(4001);
    connection.networkChanged(true);
    assert.equal(sockets.length, 1);
});

test('after news of the network a socket that should sound has two seconds to do so', () => {
    const { connection, sockets, changes, pass } = connected();
    connection.expectWithin(5000);
    pass(100);
    connection.networkChanged(true);
    pass(1999);
    assert.equal(sockets.length, 1);
    pass(1);
    assert.equal(sockets.length, 2);
    assert.equal(sockets[0].closed, true);
    assert.equal(changes.at(-1).state, 'waiting');
});

test('what was still under way when the network changed proves nothing', () => {
    const { connection, sockets, pass } = connected();
    connection.expectWithin(5000);
    pass(100);
    connection.networkChanged(false);
    pass(50);
    sockets[0].onmessage({ data: 'sound' });
    pass(1950);
    assert.equal(sockets.length, 2);
});

test('a socket that goes on sounding after news of the network is kept', () => {
    const { connection, sockets, pass } = connected();
    connection.expectWithin(5000);
    pass(100);
    connection.networkChanged(false);
    pass(1500);
    sockets[0].onmessage({ data: 'sound' });
    pass(4000);
    assert.equal(sockets.length, 1);
});

test('a socket that may be silent is opened anew where the network was gone, and kept where it was not', () => {
    const { connection, sockets, changes, open } = connected();
    connection.networkChanged(false);
    assert.equal(sockets.length, 1);
    connection.networkChanged(true);
    assert.equal(sockets.length, 2);
    assert.equal(sockets[0].closed, true);
    open();
    assert.deepEqual(changes.at(-1), { state: 'open', again: true });
});

test('a socket gone silent is left for a new one', () => {
    const { connection, sockets, messages, pass } = connected();
    connection.expectWithin(5000);
    pass(4000);
    sockets[0].onmessage({ data: 'sound' });
    pass(4999);
    assert.equal(sockets[0].closed, false);
    pass(1);
    assert.equal(sockets[0].closed, true);
    pass(250);
    assert.equal(sockets.length, 2);
    assert.deepEqual(messages, ['sound']);
});

test('a handshake nobody answers is given up', () => {
    const { connection, sockets, pass } = world();
    connection.connect();
    pass(10_000);
    assert.equal(sockets[0].closed, true);
    pass(250);
    assert.equal(sockets.length, 2);
});

test('a page that leaves is not brought back', () => {
    const { connection, sockets, pass } = connected();
    connection.expectWithin(5000);
    connection.close();
    pass(60_000);
    assert.equal(sockets.length, 1);
    assert.equal(sockets[0].closed, true);
});
