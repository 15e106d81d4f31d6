import assert from 'node:assert/strict';
import { test } from 'node:test';

import { levelOf, loudness } from '../../webapp/static/js/audio/level.js';

/** @param {number} amplitude */
const square = (amplitude) => Float32Array.from({ length: 960 }, (_, i) => i % 2 ? amplitude : -amplitude);

test('levels are decibels below overload', () => {
    assert.equal(levelOf(square(1)), 0);
    assert.equal(levelOf(square(0.1)), 20);
    assert.equal(levelOf(square(0.001)), 60);
    assert.equal(levelOf(square(0)), 127);
    assert.equal(levelOf(square(2)), 0);
});

test('a ring stands out from nothing at a whisper to all at a shout', () => {
    assert.equal(loudness(127), 0);
    assert.equal(loudness(40), 0.5);
    assert.equal(loudness(0), 1);
});
