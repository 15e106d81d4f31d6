/**
 * What the page's own player makes of frames that arrived when they did. Reads
 * `{originMs, skipMs, listeners: [[[tick, ms], …], …]}` and prints a result for each listener: gaps that were heard, and
 * how long after it left the server sound was played, from `skipMs` after the first frame on. `originMs`: when tick 0
 * left the server.
 */

import { text } from 'node:stream/consumers';

import { PlayoutBuffer } from '../webapp/static/js/audio/playout_buffer.js';

const QUANTUM = 128;
const silence = new Float32Array(960);
const block = new Float32Array(QUANTUM);

/**
 * @param {[number, number][]} arrivals  ticks, in order, and when each was there
 * @param {number} originMs
 * @param {number} skipMs
 */
function play(arrivals, originMs, skipMs) {
    const buffer = new PlayoutBuffer();
    const begunMs = arrivals[0][1];
    const endMs = arrivals[arrivals.length - 1][1];
    /** @type {[number, number][]} */
    const behind = [];
    let next = 0;
    let before = { ...buffer.counts };
    let counting = false;
    for (let nowMs = begunMs; nowMs < endMs; nowMs += QUANTUM / 48) {
        for (; next < arrivals.length && arrivals[next][1] <= nowMs; next++) buffer.put(arrivals[next][0], 1, silence);
        buffer.read(block);
        if (nowMs < begunMs + skipMs) continue;
        if (!counting) before = { ...buffer.counts };
        counting = true;
        const playedMs = (arrivals[next - 1][0] + 1) * 20 - buffer.fill / 48;
        behind.push([nowMs, nowMs - originMs - playedMs]);
    }
    const { underruns, concealed, cut } = buffer.counts;
    const gaps = underruns + concealed + cut - before.underruns - before.concealed - before.cut;
    return { minutes: behind.length * QUANTUM / 48_000 / 60, gaps, behind: behind.filter((_, i) => i % 8 === 0) };
}

const { originMs, skipMs, listeners } = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(listeners.map((arrivals) => play(arrivals, originMs, skipMs))));
