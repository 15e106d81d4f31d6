/** Who speaks when in a recording, and who did before and does after. Pure. */

/** @typedef {{start: number, person: string | undefined}} Turn  seconds, in the order in which they begin */

/** A seek may end this many seconds before where it was asked to. */
const SLACK_S = 0.05;

/**
 * The last turn that has begun.
 *
 * @template {Turn} T
 * @param {T[]} turns
 * @param {number} now
 * @returns {T | undefined}
 */
export function turnAt(turns, now) {
    return turns.findLast(({ start }) => start <= now + SLACK_S);
}

/**
 * The next turn by somebody else than who speaks now.
 *
 * @template {Turn} T
 * @param {T[]} turns
 * @param {number} now
 * @returns {T | undefined}
 */
export function nextSpeaker(turns, now) {
    const current = turnAt(turns, now);
    return turns.slice(current ? turns.indexOf(current) + 1 : 0).find(({ person }) => person !== current?.person);
}

/**
 * The latest turn by somebody else before whoever speaks now.
 *
 * @template {Turn} T
 * @param {T[]} turns
 * @param {number} now
 * @returns {T | undefined}
 */
export function previousSpeaker(turns, now) {
    const current = turnAt(turns, now);
    if (!current) return undefined;
    return turns.slice(0, turns.indexOf(current)).findLast(({ person }) => person !== current.person);
}
