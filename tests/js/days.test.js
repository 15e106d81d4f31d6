/** Days of one's own zone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dayOf } from '../../webapp/static/js/days.js';

test('a moment is on the day that it is where one is', () => {
    const moment = '2026-01-05T23:30:00Z';
    assert.equal(dayOf(moment, 'UTC'), '2026-01-05');
    assert.equal(dayOf(moment, 'Europe/Berlin'), '2026-01-06');
    assert.equal(dayOf('2026-01-06T02:00:00Z', 'America/New_York'), '2026-01-05');
});
