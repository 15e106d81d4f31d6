import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DelayControl } from '../../webapp/static/js/audio/delay_control.js';
import { PlayoutBuffer } from '../../webapp/static/js/audio/playout_buffer.js';

const TICK = 960;
const QUANTUM = 128;
const HZ = 300;
/** What neighbouring samples of the tone differ by at most. */
const STEP = 2 * Math.PI * HZ / 48_000;

/** @param {number} tick  a frame of one endless tone */
function tone(tick) {
    return Float32Array.from({ length: TICK }, (_, i) => Math.sin(STEP * (tick * TICK + i)));
}

/**
 * @param {PlayoutBuffer} buffer
 * @param {number} first
 * @param {number} count
 */
function putTones(buffer, first, count, source = 1) {
    for (let tick = first; tick < first + count; tick++) buffer.put(tick, source, tone(tick));
}

/**
 * @param {PlayoutBuffer} buffer
 * @param {number} samples
 */
function play(buffer, samples) {
    const heard = new Float32Array(samples);
    for (let at = 0; at < samples; at += QUANTUM) {
        buffer.read(heard.subarray(at, Math.min(at + QUANTUM, samples)));
    }
    return heard;
}

/** @param {Float32Array} pcm */
function steepest(pcm) {
    let most = 0;
    for (let i = 1; i < pcm.length; i++) most = Math.max(most, Math.abs(pcm[i] - pcm[i - 1]));
    return most;
}

/** @param {number[]} values */
const longest = (values) => values.reduce((a, b) => Math.max(a, b));

/** A fade over 240 samples adds at most this to a step of a signal within ±1. */
const NO_CLICK = 2 * STEP + 2 / 240;

/**
 * Plays a room whose frames arrive when `arrivalMs(tick)` says, through a card `drift` faster than the room's clock.
 *
 * @param {number} seconds
 * @param {(tick: number) => number} arrivalMs
 */
function simulate(seconds, arrivalMs, drift = 0, onStage = false) {
    const buffer = new PlayoutBuffer();
    buffer.onStage = onStage;
    const silence = new Float32Array(TICK);
    const block = new Float32Array(QUANTUM);
    const delaysMs = [];
    let tick = 0;
    for (let played = 0; played < seconds * 48_000; played += QUANTUM) {
        const nowMs = played / 48 / (1 + drift);
        while (arrivalMs(tick) <= nowMs) buffer.put(tick++, 1, silence);
        buffer.read(block);
        delaysMs.push(buffer.fill / 48);
    }
    return { counts: buffer.counts, delaysMs };
}

test('nothing is heard before sixty milliseconds wait, then everything in order', () => {
    const buffer = new PlayoutBuffer();
    putTones(buffer, 7, 2);
    assert.ok(play(buffer, 480).every((sample) => sample === 0));
    putTones(buffer, 9, 3);
    const heard = play(buffer, 5 * TICK);
    const sent = [7, 8, 9, 10, 11].flatMap((tick) => [...tone(tick)]);
    assert.deepEqual([...heard.subarray(240)], sent.slice(240));
    assert.ok(steepest(heard) <= NO_CLICK);
});

test('frames may come in any order and across the wrap of the clock', () => {
    const buffer = new PlayoutBuffer();
    const last = 2 ** 32 - 1;
    for (const tick of [last - 1, 1, 0, last]) buffer.put(tick, 1, new Float32Array(TICK).fill((tick + 3) % 2 ** 32 / 10));
    const heard = play(buffer, 4 * TICK);
    [0.1, 0.2, 0.3, 0.4].forEach((level, frame) => {
        assert.ok(Math.abs(heard[frame * TICK + 500] - level) < 1e-6, `frame ${frame} is in its place`);
    });
    assert.equal(buffer.counts.late, 0);
});

test('a frame that comes twice is played once, one that comes late is dropped', () => {
    const buffer = new PlayoutBuffer();
    putTones(buffer, 0, 4);
    putTones(buffer, 2, 1);
    assert.equal(buffer.fill, 4 * TICK);
    play(buffer, 2 * TICK);
    putTones(buffer, 1, 1);
    assert.equal(buffer.counts.late, 1);
    assert.equal(buffer.fill, 2 * TICK);
});

test('running dry fades out, and sound returns without a click', () => {
    const buffer = new PlayoutBuffer();
    putTones(buffer, 0, 3);
    const first = play(buffer, 5 * TICK);
    assert.equal(buffer.counts.underruns, 1);
    assert.ok(first.subarray(3 * TICK + 240).every((sample) => sample === 0));
    putTones(buffer, 3, 3);
    const then = play(buffer, 3 * TICK);
    assert.ok(steepest(Float32Array.of(...first, ...then)) <= NO_CLICK);
    assert.deepEqual([...then.subarray(240)], [3, 4, 5].flatMap((tick) => [...tone(tick)]).slice(240));
});

test('a hole is bridged while little waits, and cut out when much does', () => {
    const little = new PlayoutBuffer();
    putTones(little, 0, 2);
    putTones(little, 3, 2);
    const bridged = play(little, 5 * TICK);
    assert.equal(little.counts.concealed, 1);
    assert.deepEqual([...bridged.subarray(3 * TICK + 240)], [...tone(3), ...tone(4)].slice(240));

    const much = new PlayoutBuffer();
    putTones(much, 0, 2);
    putTones(much, 5, 6);
    const cut = play(much, 8 * TICK);
    assert.equal(much.counts.cut, 3);
    assert.deepEqual([...cut.subarray(2 * TICK + 240, 8 * TICK)], [5, 6, 7, 8, 9, 10].flatMap((tick) => [...tone(tick)]).slice(240));
    for (const heard of [bridged, cut]) assert.ok(steepest(heard) <= NO_CLICK);
});

test('another stream takes over without a click', () => {
    const buffer = new PlayoutBuffer();
    putTones(buffer, 0, 3, 1);
    for (let tick = 3; tick < 6; tick++) buffer.put(tick, 2, new Float32Array(TICK).fill(-0.8));
    const heard = play(buffer, 6 * TICK);
    assert.ok(steepest(heard) <= NO_CLICK);
    assert.ok(Math.abs(heard[3 * TICK + 240] + 0.8) < 1e-6);
});

test('shedding delay is one short cross-fade', () => {
    const buffer = new PlayoutBuffer();
    putTones(buffer, 0, 100);
    const heard = play(buffer, 50 * TICK);
    assert.ok(buffer.counts.shed > 0);
    assert.ok(steepest(heard) <= NO_CLICK);
});

test('a new beginning forgets what waited, wherever its clock stands', () => {
    const buffer = new PlayoutBuffer();
    putTones(buffer, 1000, 10);
    play(buffer, TICK);
    buffer.reset();
    assert.equal(buffer.fill, 0);
    putTones(buffer, 3, 3);
    assert.deepEqual([...play(buffer, 3 * TICK).subarray(240)], [3, 4, 5].flatMap((tick) => [...tone(tick)]).slice(240));
});

test('a clock that leaps ahead is followed', () => {
    const buffer = new PlayoutBuffer();
    putTones(buffer, 0, 3);
    putTones(buffer, 100_000, 3);
    assert.equal(buffer.fill, 3 * TICK);
});

test('two stalls of 350 ms are forgotten three seconds later', () => {
    const stalls = [5000, 7000];
    const { counts, delaysMs } = simulate(12, (tick) => {
        const dueMs = tick * 20;
        const stall = stalls.find((startMs) => dueMs >= startMs && dueMs < startMs + 350);
        return stall === undefined ? dueMs : stall + 350;
    });
    assert.equal(counts.underruns, 2);
    assert.ok(longest(delaysMs.slice(-375 * 2)) <= 60);
});

test('a steady minute neither runs dry nor waits longer than it must', () => {
    const { counts, delaysMs } = simulate(60, (tick) => tick * 20 + (tick * 7919 % 13));
    assert.equal(counts.underruns, 0);
    assert.equal(counts.concealed + counts.cut + counts.late, 0);
    assert.ok(longest(delaysMs.slice(375 * 3)) <= 75);
});

test('where a network is calm, two frames are enough', () => {
    const { counts, delaysMs } = simulate(30, (tick) => tick * 20);
    assert.equal(counts.underruns, 0);
    assert.ok(longest(delaysMs.slice(375 * 3)) <= 45);
});

test('on the stage half of that is enough, and a person who leaves it waits longer again', () => {
    const { counts, delaysMs } = simulate(30, (tick) => tick * 20, 0, true);
    assert.equal(counts.underruns, 0);
    assert.ok(longest(delaysMs.slice(375 * 3)) <= 35);
    const control = new DelayControl();
    const kept = () => [...Array(375)].map(() => control.observe(2 * TICK, QUANTUM)).find((samples) => samples > 0);
    assert.equal(kept(), TICK);
    control.onStage = true;
    assert.equal(kept(), TICK * 3 / 2);
    control.onStage = false;
    assert.equal(kept(), TICK);
});

test('on the stage a hiccup of each second is met by a margin that grows', () => {
    const { counts } = simulate(120, (tick) => tick * 20 + (tick % 50 === 0 ? 15 : 0), 0, true);
    assert.ok(counts.underruns <= 1, `${counts.underruns} underruns`);
});

test('what once ran dry keeps half a frame more, until half a minute was calm', () => {
    const { counts, delaysMs } = simulate(90, (tick) => (tick >= 250 && tick < 268 ? 5350 : tick * 20));
    const most = (/** @type {number} */ from, /** @type {number} */ to) =>
        Math.round(longest(delaysMs.slice(375 * from, 375 * to)));
    assert.equal(counts.underruns, 1);
    assert.deepEqual([most(3, 5), most(10, 30), most(75, 90)].map((ms) => Math.round(ms / 10)), [4, 5, 4]);
});

for (const drift of [200e-6, -200e-6]) {
    test(`a sound card ${drift * 1e6} ppm off never runs dry`, () => {
        const { counts, delaysMs } = simulate(1200, (tick) => tick * 20, drift);
        assert.equal(counts.underruns, 0);
        assert.ok(longest(delaysMs.slice(375 * 3)) <= 75);
    });
}

test('messages of three frames are played through', () => {
    const { counts } = simulate(60, (tick) => Math.ceil((tick + 1) / 3) * 60);
    assert.ok(counts.underruns <= 1, `${counts.underruns} underruns`);
});

/**
 * When a frame arrives that shares its message with others: with the last of them.
 *
 * @param {number} tick
 * @param {number} pace
 */
const sharedMs = (tick, pace) => (Math.floor(tick / pace) + 1) * pace * 20;

for (const jitterMs of [0, 8]) {
    test(`a room that grows twice and shrinks again runs dry twice at most, with ${jitterMs} ms of jitter`, () => {
        const paces = [1, 2, 3, 2, 3, 1];
        const { counts, delaysMs } = simulate(360, (tick) => {
            const pace = paces[Math.min(Math.floor(tick / 3000), paces.length - 1)];
            return sharedMs(tick, pace) + (Math.floor(tick / pace) * 7919 % (jitterMs + 1));
        });
        assert.ok(counts.underruns <= 2, `${counts.underruns} underruns`);
        assert.equal(counts.concealed + counts.cut + counts.late, 0);
        assert.ok(longest(delaysMs.slice(-375 * 50)) <= 60);
    });
}
