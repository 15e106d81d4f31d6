import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Blocks } from '../../webapp/static/js/audio/blocks.js';

const TICK = 960;
const QUANTUM = 128;
const FADE = 240;
const START = 5000;

/**
 * A microphone's blocks, of a sound that is what `sound` says at each sample.
 *
 * @param {(at: number) => number} sound
 */
function microphone(sound) {
    /** @type {{block: Float32Array, timestamp: number, level: number}[]} */
    const out = [];
    const blocks = new Blocks((block, timestamp, level) => out.push({ block, timestamp, level }));
    let at = START;
    const speak = (/** @type {number} */ n) => {
        for (const end = out.length + n; out.length < end; at += QUANTUM) {
            blocks.push(Float32Array.from({ length: QUANTUM }, (_, i) => sound(at + i)), at);
        }
    };
    return { out, blocks, speak, pause: (/** @type {number} */ samples) => { at += samples; } };
}

const tone = (/** @type {number} */ at) => 0.5 * Math.sin(2 * Math.PI * 440 * at / 48_000);
const faint = (/** @type {number} */ at) => at * 1e-7;

test('every sample comes in its place, with its time', () => {
    const { out, speak } = microphone(faint);
    speak(20);
    out.forEach(({ block, timestamp }, i) => {
        assert.equal(timestamp, START + i * TICK);
        assert.deepEqual(block, Float32Array.from({ length: TICK }, (_, n) => faint(timestamp + n)));
    });
});

for (const later of [528, -240]) {
    test(`in a quiet moment blocks begin ${later} samples later, and to the server nothing is missing`, () => {
        const { out, blocks, speak } = microphone(faint);
        speak(3);
        blocks.moveBy(later);
        speak(4);
        const moved = out.findIndex(({ block, timestamp }) => Math.abs(block[FADE] - faint(timestamp + FADE)) > 1e-6);
        assert.ok(moved > 0 && moved < 5);
        out.forEach(({ block, timestamp }, i) => {
            assert.equal(timestamp, START + i * TICK);
            const from = timestamp + (i < moved ? 0 : later);
            for (let n = i === moved ? FADE : 0; n < TICK; n++) assert.equal(block[n], Math.fround(faint(from + n)));
        });
        const joint = START + moved * TICK;
        const [least, most] = [Math.min(joint, joint + later), Math.max(joint, joint + later) + FADE];
        for (const sample of out[moved].block.slice(0, FADE)) {
            assert.ok(sample >= faint(least) - 1e-9 && sample <= faint(most) + 1e-9);
        }
    });
}

test('in the middle of a word blocks stay where they are, for two seconds', () => {
    const { out, blocks, speak } = microphone(tone);
    speak(2);
    blocks.moveBy(100);
    speak(99);
    const samples = () => out.flatMap(({ block }) => [...block]);
    const differs = () => samples().findIndex((sample, n) => sample !== Math.fround(tone(START + n)));
    assert.equal(differs(), -1);
    speak(5);
    assert.ok(differs() >= 101 * TICK);
    const steepest = 0.5 * 2 * Math.PI * 440 / 48_000;
    samples().reduce((a, b) => {
        assert.ok(Math.abs(b - a) <= steepest + 1 / FADE + 1e-6, 'a click');
        return b;
    });
});

test('to begin when one begins already moves nothing, nor does what is more than a block', () => {
    const { out, blocks, speak } = microphone(faint);
    for (const samples of [0, 961, -721, NaN]) {
        blocks.moveBy(samples);
        speak(2);
    }
    out.forEach(({ block, timestamp }) => assert.equal(block[0], Math.fround(faint(timestamp))));
});

test('what a microphone did not deliver shows in the times', () => {
    const { out, speak, pause } = microphone(faint);
    speak(15);
    const whole = out.length;
    pause(4800);
    speak(5);
    const { timestamp } = out[whole + 1];
    assert.equal(timestamp, START + (whole + 1) * TICK + 4800);
});
