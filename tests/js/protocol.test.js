import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MalformedMessage, decode, encode, ticksBetween } from '../../webapp/static/js/audio/protocol.js';

/** @param {...number} values */
const bytes = (...values) => Uint8Array.of(...values);

const messages = /** @type {[import('../../webapp/static/js/audio/protocol.js').Message, Uint8Array][]} */ ([
    [
        { kind: 'talk', sequence: 0xffff, timestamp: 0xfffffc40, packets: [bytes(0x58, 7), bytes(0x58)] },
        bytes(1, 2, 0xff, 0xff, 0xff, 0xff, 0xfc, 0x40, 0, 2, 0x58, 7, 0, 1, 0x58),
    ],
    [
        { kind: 'hear', stream: 1, fresh: true, unheard: false, tick: 0x01020304, packets: [bytes(0x58, 7, 9)] },
        bytes(2, 1, 1, 1, 1, 2, 3, 4, 0, 3, 0x58, 7, 9),
    ],
    [
        { kind: 'hear', stream: 0, fresh: false, unheard: true, tick: 7, packets: [bytes(0x58)] },
        bytes(2, 1, 0, 2, 0, 0, 0, 7, 0, 1, 0x58),
    ],
    [
        {
            kind: 'levels',
            levels: [{ seat: 0, voice: true, level: 23 }, { seat: 12, voice: false, level: 127 }],
        },
        bytes(3, 2, 0, 0x97, 12, 0x7f),
    ],
    [
        { kind: 'state', role: 1, muted: true, onTrack: false, elsewhere: true, seat: 12, tick: 0xfffffffe },
        bytes(4, 1, 5, 12, 0xff, 0xff, 0xff, 0xfe),
    ],
    [
        { kind: 'state', role: 0, muted: false, onTrack: true, elsewhere: false, seat: null, tick: 1 },
        bytes(4, 0, 2, 255, 0, 0, 0, 1),
    ],
    [{ kind: 'listen', on: true, pace: 2 }, bytes(5, 1, 2, 0)],
    [{ kind: 'aim', samples: 528 }, bytes(6, 0, 2, 16)],
    [{ kind: 'aim', samples: -2 }, bytes(6, 0, 255, 254)],
]);

for (const [message, wire] of messages) {
    test(`${message.kind} is written byte for byte`, () => assert.deepEqual(encode(message), wire));
    test(`${message.kind} is read back`, () => assert.deepEqual(decode(wire), message));
    test(`${message.kind} cut short at any byte is refused`, () => {
        for (let length = 1; length < wire.length; length++) {
            assert.throws(() => decode(wire.slice(0, length)), MalformedMessage);
        }
    });
}

test('a message is read where it lies in a larger buffer', () => {
    const wire = encode({ kind: 'hear', stream: 0, fresh: false, unheard: false, tick: 5, packets: [bytes(1, 2, 3)] });
    const larger = new Uint8Array(wire.length + 7);
    larger.set(wire, 7);
    assert.deepEqual(decode(larger.subarray(7)), decode(wire));
});

test('a kind nobody knows is skipped', () => {
    assert.equal(decode(bytes(0x7f, 1, 2)), null);
    assert.equal(decode(bytes()), null);
});

test('frames that do not add up are refused', () => {
    const extra = bytes(2, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0x58, 0x58);
    const none = bytes(2, 0, 0, 0, 0, 0, 0, 1);
    const empty = bytes(2, 1, 0, 0, 0, 0, 0, 1, 0, 0);
    const tooMany = encode({ kind: 'hear', stream: 0, fresh: false, unheard: false, tick: 0, packets: Array(51).fill(bytes(1)) });
    const tooLong = encode({ kind: 'hear', stream: 0, fresh: false, unheard: false, tick: 0, packets: [new Uint8Array(1276)] });
    for (const wire of [extra, none, empty, tooMany, tooLong]) {
        assert.throws(() => decode(wire), MalformedMessage);
    }
});

test('ticks are compared across their wrap', () => {
    assert.equal(ticksBetween(1, 0xffffffff), 2);
    assert.equal(ticksBetween(0xffffffff, 1), -2);
});
