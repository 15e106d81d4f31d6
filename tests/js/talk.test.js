import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode } from '../../webapp/static/js/audio/protocol.js';
import { Talk } from '../../webapp/static/js/audio/talk.js';

const PACKET = Uint8Array.of(0x78, 1, 2);

/** @param {Uint8Array | null} message */
function talkOf(message) {
    assert.ok(message);
    return /** @type {import('../../webapp/static/js/audio/protocol.js').Talk} */ (decode(message));
}

test('each frame goes out alone, numbered one more than the last, across the wrap', () => {
    const talk = new Talk({ bitrate: 32_000, sequence: 0xffff });
    const first = talkOf(talk.next(PACKET, 960, 0));
    const second = talkOf(talk.next(PACKET, 1920, 0));
    assert.deepEqual([first.sequence, second.sequence], [0xffff, 0]);
    assert.deepEqual([first.timestamp, second.timestamp], [960, 1920]);
    assert.deepEqual(first.packets, [PACKET]);
});

test('a timestamp wraps as the wire does', () => {
    const talk = new Talk({ bitrate: 32_000, sequence: 0 });
    assert.equal(talkOf(talk.next(PACKET, 2 ** 32 + 960, 0)).timestamp, 960);
});

test('what the network does not take is left out, and the gap in the sequence says so', () => {
    const talk = new Talk({ bitrate: 32_000, sequence: 10 });
    assert.equal(talkOf(talk.next(PACKET, 0, 1350)).sequence, 10);
    assert.equal(talk.next(PACKET, 960, 1351), null);
    assert.equal(talk.next(PACKET, 1920, 5000), null);
    const after = talkOf(talk.next(PACKET, 2880, 0));
    assert.deepEqual([after.sequence, after.timestamp, talk.held], [13, 2880, 2]);
});
