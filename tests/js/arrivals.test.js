import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changes, sentence } from '../../webapp/static/js/arrivals.js';

/** @param {string} names  of one word each */
const people = (names) => new Map(names.split(' ').filter(Boolean).map((name) => [name.toLowerCase(), name]));

/**
 * @param {string} stage
 * @param {string} audience
 */
const crowd = (stage, audience, listeners = people(audience).size) =>
    ({ stage: people(stage), audience: people(audience), listeners });

test('who comes to listen is told from who comes down from the stage', () => {
    const { came, stepped } = changes(crowd('Ada Ben', 'Cleo'), crowd('Ada', 'Cleo Ben Dev'));
    assert.deepEqual([...came.values()], ['Dev']);
    assert.deepEqual([...stepped.values()], ['Ben']);
});

test('who takes the place of a face that left has not come', () => {
    const { came } = changes(crowd('Ada', 'Cleo Dev', 40), crowd('Ada', 'Dev Esra', 39));
    assert.equal(came.size, 0);
});

test('few are named, many are counted', () => {
    assert.equal(sentence(['Ben'], []), 'Ben came to listen.');
    assert.equal(sentence(['Ben', 'Cleo'], []), 'Ben and Cleo came to listen.');
    assert.equal(sentence(['Ben', 'Cleo', 'Dev', 'Esra'], ['Finn']), 'Ben and 3 others came to listen. Finn left the stage.');
});
