/** Loudness as RFC 6464 §3 writes it, so that one's own ring and the others' move alike. Pure. */

const SILENCE = 127;
const QUIET = 65;
const LOUD = 15;

/**
 * @param {Float32Array} pcm
 * @returns {number} −dBov of the block's RMS: 0 loudest, 127 silence
 */
export function levelOf(pcm) {
    const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
    const level = Math.round(-10 * Math.log10(power));
    return Math.min(SILENCE, Math.max(0, level));
}

/**
 * How far a ring or a meter stands out at this level.
 *
 * @param {number} level  −dBov
 * @returns {number} 0–1
 */
export function loudness(level) {
    return Math.min(1, Math.max(0, (QUIET - level) / (QUIET - LOUD)));
}
