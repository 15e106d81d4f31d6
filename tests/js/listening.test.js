import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Listening } from '../../webapp/static/js/audio/listening.js';

const VOICE = Uint8Array.of(0x78, 1, 2);
const SILENCE = Uint8Array.of(0x78);

/** Decoders that answer at once, and what came out of them: [tick, source]. */
function studio() {
    const decoders = /** @type {any[]} */ ([]);
    const heard = /** @type {number[][]} */ ([]);
    const listening = new Listening((tick, source) => heard.push([tick, source]), (deliver) => {
        const decoder = {
            broken: false,
            finished: false,
            decode: (/** @type {number} */ tick) => deliver(tick, new Float32Array(960)),
            finish() { this.finished = true; },
        };
        decoders.push(decoder);
        return decoder;
    });
    const hear = (/** @type {object} */ message) =>
        listening.hear({ kind: 'hear', stream: 0, fresh: false, unheard: false, tick: 0, packets: [VOICE], ...message });
    return { decoders, heard, listening, hear };
}

test('the frames of a message have consecutive ticks, across the wrap', () => {
    const { heard, hear } = studio();
    hear({ tick: 2 ** 32 - 1, packets: [VOICE, VOICE] });
    assert.deepEqual(heard, [[2 ** 32 - 1, 1], [0, 1]]);
});

test('each stream keeps a decoder of its own', () => {
    const { decoders, heard, hear } = studio();
    hear({ tick: 0, stream: 0 });
    hear({ tick: 1, stream: 1 });
    hear({ tick: 2, stream: 1 });
    assert.equal(decoders.length, 2);
    assert.deepEqual(heard.map(([, source]) => source), [1, 2, 2]);
});

test('a stream that went on unheard is joined with a new decoder', () => {
    const { decoders, heard, hear } = studio();
    hear({ tick: 2 ** 32 - 1, stream: 0 });
    hear({ tick: 0, stream: 0 });
    hear({ tick: 1, stream: 1 });
    hear({ tick: 2, stream: 0 });
    assert.deepEqual(decoders.map(({ finished }) => finished), [true, false, false]);
    assert.deepEqual(heard.map(([, source]) => source), [1, 1, 2, 3]);
});

test('what is unheard keeps its decoder in step and is not delivered', () => {
    const { decoders, heard, hear } = studio();
    hear({ tick: 0, stream: 0 });
    hear({ tick: 1, stream: 1, fresh: true });
    hear({ tick: 1, stream: 0, unheard: true });
    hear({ tick: 2, stream: 0, unheard: true, packets: [SILENCE] });
    hear({ tick: 3, stream: 0 });
    assert.equal(decoders.length, 2);
    assert.deepEqual(heard, [[0, 1], [1, 2], [3, 1]]);
});

test('an encoder that began anew gets a new decoder, and the old one may finish', () => {
    const { decoders, heard, hear } = studio();
    hear({ tick: 0 });
    hear({ tick: 1, fresh: true });
    assert.deepEqual(decoders.map(({ finished }) => finished), [true, false]);
    assert.deepEqual(heard, [[0, 1], [1, 2]]);
});

test('a decoder that broke is replaced', () => {
    const { decoders, hear } = studio();
    hear({ tick: 0 });
    decoders[0].broken = true;
    hear({ tick: 1 });
    hear({ tick: 2 });
    assert.equal(decoders.length, 2);
});

test('silence needs no decoder', () => {
    const { decoders, heard, hear } = studio();
    hear({ tick: 5, packets: [SILENCE] });
    assert.equal(decoders.length, 0);
    assert.deepEqual(heard, [[5, 0]]);
});

test('another connection begins with new decoders', () => {
    const { decoders, listening, hear } = studio();
    hear({ tick: 0, stream: 0 });
    hear({ tick: 1, stream: 1 });
    listening.reset();
    hear({ tick: 2, stream: 1 });
    assert.deepEqual(decoders.map(({ finished }) => finished), [true, true, false]);
});
