import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connectionSentence } from '../../webapp/static/js/connection_bar.js';
import { countdownText } from '../../webapp/static/js/countdown.js';
import { clockTime, waitingTime, writers } from '../../webapp/static/js/format.js';
import { _, said } from '../../webapp/static/js/words.js';

test('positions are written as players write them', () => {
    assert.deepEqual([0, 7.9, 751, 3723, -1].map(clockTime), ['0:00', '0:07', '12:31', '1:02:03', '0:00']);
});

test('a countdown shows whole seconds, the last of them until it is over', () => {
    assert.deepEqual([57_000, 56_001, 1, 0, -5].map(countdownText), ['0:57', '0:57', '0:01', '0:00', '0:00']);
});

test('a wait is said as coarsely as one waits', () => {
    const [minute, hour, day] = [60, 3600, 86400];
    const waits = [-5, 0, 0.2, 59, hour - 1, hour, 3 * hour + 5 * minute + 1, day - 1, day, 2 * day + 4 * hour, 30 * day];
    assert.deepEqual(waits.map(waitingTime), [
        'any moment now', 'any moment now', 'in 0:01', 'in 0:59', 'in 59:59', 'in 1 h 0 min', 'in 3 h 6 min', 'in 1 day',
        'in 1 day', 'in 2 days 4 h', 'in 30 days',
    ]);
});

test('moments are written as the server writes them, where the reader is', () => {
    const [moment, berlin] = [new Date('2026-01-05T23:04:00Z'), writers('Europe/Berlin')];
    assert.equal(writers('UTC').moment(moment), '5 January 2026, 23:04');
    assert.equal(berlin.moment(moment), '6 January 2026, 00:04');
    assert.equal(berlin.planned(moment), 'Tuesday, 6 January 2026, 00:04');
    assert.equal(berlin.day(moment), 'Tuesday, 6 January 2026');
    assert.equal(berlin.time(moment), '00:04');
    assert.equal(writers('Not/AZone').time(moment), writers(undefined).time(moment));
});

test('the bar says what is lost and what is tried', () => {
    const waiting = /** @type {const} */ ({ state: 'waiting', delayMs: 500, opened: true, restarting: false });
    assert.match(connectionSentence(waiting, true), /Trying/);
    assert.match(connectionSentence(waiting, false), /offline/);
    assert.match(connectionSentence({ ...waiting, restarting: true }, true), /server restarts/);
    assert.match(connectionSentence({ ...waiting, restarting: true }, false), /offline/);
});

test('the bar names the reason for an end that nobody returns from', () => {
    assert.match(connectionSentence({ state: 'closed', code: 4001, reason: '' }, true), /removed/);
    assert.match(connectionSentence({ state: 'closed', code: 1008, reason: 'malformed TALK' }, true), /malformed TALK/);
});

test('the bar has nothing to say while all is well, or when the space has ended', () => {
    assert.equal(connectionSentence({ state: 'open', again: false }, true), '');
    assert.equal(connectionSentence({ state: 'closed', code: 1000, reason: '' }, true), '');
});

test('names are put where a translation has them, and nothing else is', () => {
    assert.equal(said('%(total)s, davon %(now)s', { now: '0:07', total: '1:00' }), '1:00, davon 0:07');
    assert.equal(said('%(now)s of %(then)s, 5 %', { now: '%(then)s' }), '%(then)s of %(then)s, 5 %');
    assert.equal(_('in %(time)s', { time: '0:07' }), 'in 0:07');
});
