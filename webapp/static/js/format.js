/** Times as pages write them. Pure. */

/**
 * A position in a recording, as players write it: `0:07`, `12:31`, `1:02:03`.
 *
 * @param {number} seconds
 */
export function clockTime(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const parts = hours > 0 ? [hours, padded(minutes), padded(rest)] : [minutes, padded(rest)];
    return parts.join(':');
}

/** @param {number} number */
function padded(number) {
    return String(number).padStart(2, '0');
}
