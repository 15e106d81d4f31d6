/**
 * A speaker's ring buffer: frames go in by tick, in any order; samples come out in time, without a click.
 *
 * Wherever what is played jumps (a frame is missing, delay is shed, another encoder takes over), the sound that would
 * have come next is faded out over 5 ms under what comes instead. Where nobody knows what would have come next, the last
 * 5 ms stand in for it, mirrored, which joins them without a step. Allocates nothing after construction, as the audio
 * thread wants. Lengths are in samples at 48 kHz.
 */

import { DelayControl } from './delay_control.js';
import { TICK_SAMPLES, ticksBetween } from './protocol.js';

const SLOTS = 128;
const FADE = 240;
const START = 3 * TICK_SAMPLES;
const NOBODY = -1;

/**
 * @typedef {object} PlayoutCounts  samples and frames since the beginning
 * @property {number} shed  samples left out to catch up
 * @property {number} repeated  samples played twice to gain time
 * @property {number} underruns  times the buffer ran dry
 * @property {number} concealed  frames that never came and were bridged
 * @property {number} cut  frames that never came and were left out
 * @property {number} late  frames that came after their time
 */

export class PlayoutBuffer {
    /** @type {PlayoutCounts} */
    counts = { shed: 0, repeated: 0, underruns: 0, concealed: 0, cut: 0, late: 0 };

    #slots = Array.from({ length: SLOTS }, () => ({ tick: -1, source: NOBODY, pcm: new Float32Array(TICK_SAMPLES) }));
    #delay = new DelayControl();
    #playing = false;
    #empty = true;
    #tick = 0;
    #offset = 0;
    #waiting = 0;
    #source = NOBODY;

    #past = new Float32Array(FADE);
    #pastAt = 0;
    #tail = new Float32Array(FADE);
    #tailAt = FADE;

    /** @param {boolean} onStage  whoever is heard is answered */
    set onStage(onStage) {
        this.#delay.onStage = onStage;
    }

    /** Samples that are here and not played yet. */
    get fill() {
        return this.#waiting * TICK_SAMPLES - (this.#has(this.#tick) ? this.#offset : 0);
    }

    /**
     * @param {number} tick
     * @param {number} source  not negative: who decoded it. Frames of one source continue each other, those of two do not
     * @param {Float32Array} pcm  960 samples; copied
     */
    put(tick, source, pcm) {
        if (this.#empty) this.#beginAt(tick);
        const ahead = ticksBetween(tick, this.#tick);
        if (ahead >= SLOTS) {
            this.reset();
            this.#beginAt(tick);
        } else if (ahead < 0 || (ahead === 0 && this.#offset > 0)) {
            this.counts.late++;
            return;
        }
        const slot = this.#slots[tick % SLOTS];
        if (slot.tick === tick) return;
        slot.tick = tick;
        slot.source = source;
        slot.pcm.set(pcm);
        this.#waiting++;
    }

    /**
     * Fills `out` with what comes next: sound, or silence while there is none.
     *
     * @param {Float32Array} out
     */
    read(out) {
        let at = 0;
        while (at < out.length) at += this.#readSome(out, at);
        if (this.#playing) this.#correct(this.#delay.observe(this.fill, out.length));
    }

    /** Forgets all frames: what comes next has nothing to do with what came before. */
    reset() {
        if (this.#playing) this.#fade();
        this.#slots.forEach((slot) => { slot.tick = -1; });
        this.#waiting = 0;
        this.#offset = 0;
        this.#empty = true;
        this.#playing = false;
        this.#source = NOBODY;
    }

    /** @param {number} tick */
    #beginAt(tick) {
        this.#tick = tick;
        this.#empty = false;
    }

    /**
     * @param {Float32Array} out
     * @param {number} at
     * @returns {number} samples written, up to the end of a frame
     */
    #readSome(out, at) {
        if (!this.#playing && this.fill >= START) this.#start();
        const left = out.length - at;
        if (!this.#playing) return this.#emit(out, at, left, null);
        if (this.#offset === 0) this.#enterFrame();
        if (!this.#playing) return 0;
        const slot = this.#slots[this.#tick % SLOTS];
        const length = this.#emit(out, at, Math.min(left, TICK_SAMPLES - this.#offset),
            slot.tick === this.#tick ? slot.pcm : null);
        this.#advance(length);
        return length;
    }

    #start() {
        this.#playing = true;
        this.#delay.restart();
    }

    /** At a frame's first sample: does it continue what was played? */
    #enterFrame() {
        if (!this.#has(this.#tick)) this.#bridge();
        const source = this.#has(this.#tick) ? this.#slots[this.#tick % SLOTS].source : NOBODY;
        if (source !== this.#source) this.#fade();
        this.#source = source;
    }

    /** The next frame is not here: wait for more, stay silent for its length, or leave it out. */
    #bridge() {
        if (this.#waiting === 0) {
            this.counts.underruns++;
            this.#delay.ranDry();
            this.#playing = false;
        } else if (this.fill < START && this.#has(this.#tick + 1)) {
            this.counts.concealed++;
        } else {
            this.counts.cut += this.#skipMissing();
            this.#source = NOBODY;
        }
    }

    /** @returns {number} frames passed over to reach the next that is here */
    #skipMissing() {
        let skipped = 0;
        while (!this.#has(this.#tick)) {
            this.#tick = (this.#tick + 1) >>> 0;
            skipped++;
        }
        return skipped;
    }

    /** @param {number} samples  as DelayControl wants it: to leave out, or (negative) to play again */
    #correct(samples) {
        if (samples === 0 || !this.#has(this.#tick)) return;
        if (samples < 0 && this.#offset < -samples && !this.#has(this.#tick - 1)) return;
        this.counts[samples > 0 ? 'shed' : 'repeated'] += Math.abs(samples);
        this.#fade();
        this.#advance(samples);
        this.#source = this.#slots[this.#tick % SLOTS].source;
    }

    /** @param {number} samples  may be negative, by less than a frame */
    #advance(samples) {
        this.#offset += samples;
        while (this.#offset >= TICK_SAMPLES) {
            if (this.#has(this.#tick)) this.#waiting--;
            this.#tick = (this.#tick + 1) >>> 0;
            this.#offset -= TICK_SAMPLES;
        }
        if (this.#offset < 0) {
            this.#tick = (this.#tick - 1) >>> 0;
            this.#offset += TICK_SAMPLES;
            this.#waiting++;
        }
    }

    /** @param {number} tick */
    #has(tick) {
        return this.#slots[(tick >>> 0) % SLOTS].tick === tick >>> 0;
    }

    /** From the next sample on, what would have come fades out under what comes. */
    #fade() {
        const { tick, source, pcm } = this.#slots[this.#tick % SLOTS];
        const known = this.#playing && tick === this.#tick && source === this.#source
            && TICK_SAMPLES - this.#offset >= FADE;
        for (let i = 0; i < FADE; i++) {
            this.#tail[i] = known
                ? this.#underTail(this.#tailAt + i, pcm[this.#offset + i])
                : this.#past[(this.#pastAt + FADE - 1 - i) % FADE];
        }
        this.#tailAt = 0;
    }

    /**
     * @param {number} at  samples since the last jump
     * @param {number} sample
     */
    #underTail(at, sample) {
        if (at >= FADE) return sample;
        const gain = (at + 1) / FADE;
        return this.#tail[at] * (1 - gain) + sample * gain;
    }

    /**
     * @param {Float32Array} out
     * @param {number} at
     * @param {number} length
     * @param {Float32Array | null} pcm  null: silence
     * @returns {number} length
     */
    #emit(out, at, length, pcm) {
        for (let i = 0; i < length; i++) {
            const sample = this.#underTail(this.#tailAt, pcm ? pcm[this.#offset + i] : 0);
            if (this.#tailAt < FADE) this.#tailAt++;
            out[at + i] = sample;
            this.#past[this.#pastAt] = sample;
            this.#pastAt = (this.#pastAt + 1) % FADE;
        }
        return length;
    }
}
