import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Summary, chosen, parseCounts } from '../../webapp/static/js/reaction_counts.js';

test('a message is read, and what is not a count is passed over', () => {
    assert.deepEqual(parseCounts('heart:3 clap:1200 '), [{ kind: 'heart', count: 3 }, { kind: 'clap', count: 1200 }]);
    assert.deepEqual(parseCounts(''), []);
    assert.deepEqual(parseCounts('heart clap:x :3 wow:2'), [{ kind: 'wow', count: 2 }]);
});

test('a few are shown as they are', () => {
    assert.deepEqual(chosen([{ kind: 'heart', count: 1 }, { kind: 'clap', count: 2 }], 12), ['clap', 'heart', 'clap']);
});

test('of very many no more are shown than there is room for, and each kind is among them', () => {
    const kinds = chosen([{ kind: 'heart', count: 1 }, { kind: 'clap', count: 998 }, { kind: 'wow', count: 1 }], 12);
    assert.equal(kinds.length, 12);
    assert.deepEqual(new Set(kinds), new Set(['clap', 'heart', 'wow']));
    assert.equal(kinds.filter((kind) => kind === 'clap').length, 10);
});

test('without room none is shown, and the counts stay what they were', () => {
    const counts = [{ kind: 'heart', count: 5 }];
    assert.deepEqual(chosen(counts, 0), []);
    assert.deepEqual(chosen(counts, -1), []);
    chosen(counts, 3);
    assert.deepEqual(counts, [{ kind: 'heart', count: 5 }]);
});

test('reactions are said two seconds after the first, all together', () => {
    const summary = new Summary();
    assert.equal(summary.add(1, 500), 2_500);
    assert.equal(summary.add(13, 900), null);
    assert.equal(summary.take(2_500), '14 reactions');
});

test('they are said at most every ten seconds', () => {
    const summary = new Summary();
    summary.add(1, 0);
    assert.equal(summary.take(2_000), '1 reaction');
    assert.equal(summary.add(1_000, 2_100), 12_000);
    assert.equal(summary.take(12_000), '1,000 reactions');
    assert.equal(summary.add(2, 60_000), 62_000);
});

test('nothing is said of nothing', () => {
    assert.equal(new Summary().add(0, 0), null);
});
