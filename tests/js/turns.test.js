import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nextSpeaker, previousSpeaker, turnAt } from '../../webapp/static/js/turns.js';

const TURNS = [
    { start: 1, person: 'a' },
    { start: 5, person: 'b' },
    { start: 9, person: 'b' },
    { start: 12, person: 'a' },
    { start: 20, person: 'c' },
];

test('a turn lasts until the next begins', () => {
    assert.deepEqual([0, 1, 4.9, 5, 99].map((now) => turnAt(TURNS, now)?.start), [undefined, 1, 1, 5, 20]);
});

test('the next speaker is somebody else', () => {
    assert.deepEqual([0, 1, 5, 9, 13, 20].map((now) => nextSpeaker(TURNS, now)?.start), [1, 5, 12, 12, 20, undefined]);
});

test('the previous speaker is somebody else, at their latest turn', () => {
    assert.deepEqual([0, 3, 6, 10, 13, 99].map((now) => previousSpeaker(TURNS, now)?.start), [undefined, undefined, 1, 1, 9, 12]);
});

test('one steps through them all, also where a seek ends a little early', () => {
    const steps = [];
    for (let turn = nextSpeaker(TURNS, 0); turn; turn = nextSpeaker(TURNS, turn.start - 0.02)) steps.push(turn.person);
    assert.deepEqual(steps, ['a', 'b', 'a', 'c']);
});

test('nobody speaks and nobody is next where there are no turns', () => {
    assert.equal(turnAt([], 3) ?? nextSpeaker([], 3) ?? previousSpeaker([], 3), undefined);
});
