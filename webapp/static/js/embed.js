/** The player in other sites' pages: plays what its space is at the moment, and looks now and then what that is. */

import { clockTime } from './format.js';
import { _ } from './words.js';

/** Frames a message, as for any audience. */
const PACE = 2;

/** What plays, and how to stop it. @type {() => void} */
let stop = () => {};
let etag = '';
let timer = 0;

/** @returns {HTMLElement} */
const main = () => find('main');

/** @param {string} selector @returns {any} */
function find(selector) {
    return document.querySelector(selector);
}

function tend() {
    const plays = main().dataset.plays ?? '';
    for (const time of document.querySelectorAll('time')) showInOwnZone(time);
    stop = () => {};
    if (main().dataset.scene === 'live') tendLive(plays);
    else if (plays) tendRecorded();
    lookLater();
}

/** @param {HTMLTimeElement} time */
function showInOwnZone(time) {
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
    time.textContent = format.format(new Date(time.dateTime));
}

// What it is now

function lookLater() {
    clearTimeout(timer);
    timer = setTimeout(look, 1000 * Number(main().dataset.lookS));
}

async function look() {
    clearTimeout(timer);
    try {
        const answer = await fetch(location.href, { headers: etag ? { 'If-None-Match': etag } : {}, cache: 'no-store' });
        if (answer.ok || answer.status === 404) {
            etag = answer.headers.get('ETag') ?? '';
            show(new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main'));
        }
    } catch {
        // Offline: the next look tells.
    }
    lookLater();
}

/** What plays goes on if it is still the same. @param {HTMLElement | null} next */
function show(next) {
    if (!next) return;
    if (next.dataset.scene === main().dataset.scene && next.dataset.plays === main().dataset.plays) {
        for (const part of ['header', '#about']) find(part).replaceWith(next.querySelector(part));
        main().dataset.lookS = next.dataset.lookS;
        for (const time of document.querySelectorAll('time')) showInOwnZone(time);
    } else {
        stop();
        main().replaceWith(next);
        tend();
    }
}

// A recording

function tendRecorded() {
    const [audio, button, at] = [find('audio'), find('#play'), find('#at')];
    audio.controls = false;
    find('.player').hidden = false;
    const length = Number(at.max);
    audio.currentTime = Number(new URLSearchParams(location.search).get('t')) || 0;
    const paint = () => {
        at.value = audio.currentTime;
        find('#time').textContent = `${clockTime(audio.currentTime)} / ${clockTime(length)}`;
        at.setAttribute('aria-valuetext', clockTime(audio.currentTime));
        button.setAttribute('aria-pressed', String(!audio.paused));
    };
    button.onclick = () => { if (audio.paused) audio.play().catch(look); else audio.pause(); };
    at.oninput = () => { audio.currentTime = at.value; };
    for (const event of ['timeupdate', 'seeking', 'play', 'pause', 'ended']) audio.addEventListener(event, paint);
    audio.onerror = look;
    stop = () => audio.pause();
    paint();
}

// Live: what is needed to hear it is loaded once somebody wants to.

/** @param {string} path */
function tendLive(path) {
    const button = find('#play');
    button.disabled = false;
    /** @type {AudioContext | null} */
    let context = null;
    button.onclick = () => {
        if (!context) context = begin(path);
        else if (context.state === 'running') context.suspend();
        else context.resume();
    };
}

/** Call in a gesture: only then may a page make itself heard. @param {string} path */
function begin(path) {
    const context = new AudioContext({ sampleRate: 48000, latencyHint: 'interactive' });
    const worker = new Worker(new URL('./audio/session.worker.js', import.meta.url), { type: 'module' });
    const { port1, port2 } = new MessageChannel();
    const button = find('#play');
    worker.onmessage = ({ data }) => take(data);
    worker.postMessage({ connect: `${location.origin.replace(/^http/, 'ws')}${path}` });
    worker.postMessage({ speakers: port1 }, [port1]);
    context.onstatechange = () => {
        const on = context.state === 'running';
        worker.postMessage({ listen: on, pace: PACE });
        button.textContent = on ? 'Pause' : 'Listen';
    };
    stop = () => { worker.terminate(); context.close(); };
    say(_('Connecting…'));
    import('./audio/player.js').then(async ({ Player }) => {
        window.parley = { room: await Player.create(context, port2) };
    });
    context.resume();
    return context;
}

/** @param {{connection?: any, levels?: {voice: boolean}[], deaf?: true}} message */
function take({ connection, levels, deaf }) {
    if (levels) main().classList.toggle('talking', levels.some(({ voice }) => voice));
    if (deaf) say(_('This browser is too old to listen live.'));
    if (!connection) return;
    say(connection.state === 'open' ? '' : _('Connecting…'));
    if (connection.state === 'closed' || (connection.state === 'waiting' && !connection.opened)) look();
}

/** @param {string} sentence */
function say(sentence) {
    const place = find('#said');
    if (place) place.textContent = sentence;
}

tend();
