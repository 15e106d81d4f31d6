/** Times as pages write them. Pure. */

import { _, LANGUAGE } from './words.js';

/** English is written as in Britain, as the server writes it: a page says dates in one way. */
const WRITTEN_AS = LANGUAGE === 'en' ? 'en-GB' : LANGUAGE;
const FROM_NOW = new Intl.RelativeTimeFormat(LANGUAGE);

/**
 * What writes moments in a zone, in the device's own where there is none or this browser does not know it.
 *
 * @param {string | undefined} zone
 */
export function writers(zone) {
    const [date, weekday] = [inZone({ dateStyle: 'long' }, zone), inZone({ weekday: 'long' }, zone)];
    const clock = inZone({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, zone);
    const day = (/** @type {Date} */ at) => `${weekday.format(at)}, ${date.format(at)}`;
    const time = (/** @type {Date} */ at) => clock.format(at);
    return {
        day,
        time,
        moment: (/** @type {Date} */ at) => `${date.format(at)}, ${time(at)}`,
        planned: (/** @type {Date} */ at) => `${day(at)}, ${time(at)}`,
    };
}

/** @param {Intl.DateTimeFormatOptions} options @param {string | undefined} zone */
function inZone(options, zone) {
    try {
        return new Intl.DateTimeFormat(WRITTEN_AS, { ...options, timeZone: zone });
    } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return new Intl.DateTimeFormat(WRITTEN_AS, options);
    }
}

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

/**
 * How long it is until something, as coarse as one waits for it: `in 3 days 4 h`, `in 2 h 5 min`, `in 12:31`.
 *
 * @param {number} seconds
 */
export function waitingTime(seconds) {
    const whole = Math.ceil(seconds);
    if (whole <= 0) return _('any moment now');
    if (whole < 3600) return _('in %(time)s', { time: clockTime(whole) });
    const minutes = Math.ceil(whole / 60);
    const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
    if (days === 0) return _('in %(hours)s h %(minutes)s min', { hours, minutes: minutes % 60 });
    const inDays = FROM_NOW.format(days, 'day');
    return hours > 0 ? _('%(in_days)s %(hours)s h', { in_days: inDays, hours }) : inDays;
}

/** @param {number} number */
function padded(number) {
    return String(number).padStart(2, '0');
}
