/** A recording's page: the browser's own audio element, driven by the page's controls, its waveform and its turns. */

import { clockTime } from './format.js';
import { leaveMediaSession, setPlaybackState, setPosition, showInMediaSession } from './media_session.js';
import { announce, flash } from './notices.js';
import { Progress } from './progress.js';
import { nextSpeaker, previousSpeaker, turnAt } from './turns.js';
import { _ } from './words.js';

const BACK_S = 15;
const FORWARD_S = 30;

/** Seconds by which a key moves the waveform's slider. @type {Record<string, number>} */
const KEYS = {
    ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5,
    PageDown: -60, PageUp: 60, Home: -Infinity, End: Infinity,
};

export class Replay {
    /** @param {HTMLElement} main  `#space`, with a `#replay` in it */
    constructor(main) {
        this.#main = main;
        this.#section = find(main, '#replay');
        this.#audio = /** @type {HTMLAudioElement} */ (find(main, '#player'));
        this.#waveform = find(main, '#waveform');
        this.#bars = [...this.#waveform.querySelectorAll('rect')];
        this.#resume = /** @type {HTMLElement | null} */ (main.querySelector('#resume'));
        this.#turns = [...main.querySelectorAll('#turns [data-seek-ms]')].map(turnOf);
        this.#duration = Number(this.#section.dataset.durationMs) / 1000;
        this.#takeOver();
        this.#startWhereAsked();
        this.#progress = new Progress(this.#audio, this.#section.dataset.positionUrl ?? '', () => this.#lookAgain());
        this.#show();
    }

    #main;
    #section;
    #audio;
    #waveform;
    #bars;
    #resume;
    #turns;
    #duration;
    #progress;
    #closed = false;

    close() {
        this.#closed = true;
        this.#progress.close();
        this.#audio.pause();
        leaveMediaSession();
    }

    /** Its own controls stay where this module cannot run. */
    #takeOver() {
        this.#audio.controls = false;
        this.#audio.preload = 'metadata'; // not before the page is drawn
        this.#audio.preservesPitch = true;
        find(this.#main, '#player-controls').hidden = false;
        this.#tendButtons();
        this.#tendWaveform();
        for (const event of ['timeupdate', 'seeking', 'play', 'pause', 'ended']) {
            this.#audio.addEventListener(event, () => this.#show());
        }
        this.#audio.addEventListener('play', () => this.#showToSystem(), { once: true });
        this.#audio.addEventListener('error', () => this.#explain());
    }

    #tendButtons() {
        const onClick = (/** @type {string} */ selector, /** @type {() => void} */ act) =>
            find(this.#section, selector).addEventListener('click', act);
        onClick('[data-play]', () => this.#toggle());
        onClick('[data-back]', () => this.#seekBy(-BACK_S));
        onClick('[data-forward]', () => this.#seekBy(FORWARD_S));
        if (this.#resume) onClick('[data-start-over]', () => this.#playFrom(0));
        if (this.#turns.length > 0) {
            onClick('[data-previous-speaker]', () => this.#playTurn(previousSpeaker(this.#turns, this.#now)));
            onClick('[data-next-speaker]', () => this.#playTurn(nextSpeaker(this.#turns, this.#now)));
        }
        const speed = /** @type {HTMLSelectElement} */ (find(this.#section, '[data-speed]'));
        speed.addEventListener('change', () => this.#setSpeed(Number(speed.value)));
        this.#main.querySelector('#report-link')?.addEventListener('click', ({ currentTarget }) => {
            const link = /** @type {HTMLAnchorElement} */ (currentTarget);
            link.search = `?t=${Math.floor(this.#audio.currentTime)}`;
        });
        this.#main.addEventListener('click', ({ target }) => this.#jump(/** @type {Element} */ (target)));
    }

    /** @param {Element} target  in a turn, a link or a mark, of which some come later than the page */
    #jump(target) {
        const button = /** @type {HTMLElement | null} */ (target.closest('[data-seek-ms]'));
        if (button) this.#playFrom(Number(button.dataset.seekMs) / 1000);
    }

    #tendWaveform() {
        const waveform = this.#waveform;
        waveform.addEventListener('pointerdown', (event) => {
            waveform.setPointerCapture(event.pointerId);
            this.#seekTo(this.#secondUnder(event));
        });
        waveform.addEventListener('pointermove', (event) => {
            if (waveform.hasPointerCapture(event.pointerId)) this.#seekTo(this.#secondUnder(event));
        });
        waveform.addEventListener('keydown', (event) => {
            if (!(event.key in KEYS)) return;
            event.preventDefault();
            this.#seekBy(KEYS[event.key]);
        });
    }

    /** `?t=90` in the address: from that second. Otherwise from where the same person stopped the last time. */
    #startWhereAsked() {
        const asked = new URLSearchParams(location.search).get('t');
        if (asked !== null) {
            this.#seekTo(Number(asked) || 0);
        } else if (this.#resume) {
            this.#seekTo(Number(this.#section.dataset.resumeMs) / 1000);
            this.#resume.hidden = false;
        }
    }

    get #now() {
        return this.#audio.currentTime;
    }

    /** It did not load: either it is there no more, and the page becomes what says so, or something is in the way. */
    async #explain() {
        if (await this.#lookAgain() || this.#closed) return;
        flash(_('The recording did not load. Reload the page to try again.'));
    }

    /** @returns {Promise<boolean>} whether the page has become another */
    async #lookAgain() {
        const main = await pageNow();
        if (this.#closed || !main || main.dataset.state === this.#main.dataset.state) return false;
        window.htmx.swap(this.#main, main.outerHTML, { swapStyle: 'outerHTML' });
        announce(main.querySelector('.room-words')?.textContent?.trim() ?? '');
        return true;
    }

    #toggle() {
        if (this.#audio.paused) this.#play();
        else this.#audio.pause();
    }

    async #play() {
        try {
            await this.#audio.play();
        } catch (error) {
            // Paused again before it began: as the person wishes.
            if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
        }
    }

    /** @param {number} second */
    #playFrom(second) {
        if (this.#resume) this.#resume.hidden = true;
        this.#seekTo(second);
        this.#play();
    }

    /** @param {{start: number} | undefined} turn */
    #playTurn(turn) {
        if (turn) this.#playFrom(turn.start);
    }

    /** @param {number} second */
    #seekTo(second) {
        this.#audio.currentTime = Math.min(this.#duration, Math.max(0, second));
        this.#show();
    }

    /** @param {number} seconds */
    #seekBy(seconds) {
        this.#seekTo(this.#audio.currentTime + seconds);
    }

    /** @param {number} speed */
    #setSpeed(speed) {
        this.#audio.playbackRate = speed;
        this.#showPosition();
    }

    /** @param {PointerEvent} event */
    #secondUnder({ clientX }) {
        const { left, width } = this.#waveform.getBoundingClientRect();
        return (clientX - left) / width * this.#duration;
    }

    // What is shown

    #show() {
        const now = this.#audio.currentTime;
        this.#showButton();
        this.#showTime(now);
        this.#showTurn(now);
        setPlaybackState(!this.#audio.paused);
    }

    #showButton() {
        find(this.#section, '[data-play]').setAttribute('aria-pressed', String(!this.#audio.paused));
    }

    /** @param {number} now */
    #showTime(now) {
        const part = now / this.#duration;
        find(this.#section, '#time-now').textContent = clockTime(now);
        this.#bars.forEach((bar, i) => bar.classList.toggle('played', (i + 1) / this.#bars.length <= part));
        this.#waveform.style.setProperty('--at', part.toFixed(4));
        this.#waveform.setAttribute('aria-valuenow', String(Math.floor(now)));
        this.#waveform.setAttribute('aria-valuetext', _('%(now)s of %(total)s', { now: clockTime(now), total: clockTime(this.#duration) }));
    }

    /** @param {number} now */
    #showTurn(now) {
        const current = turnAt(this.#turns, now);
        this.#offer('[data-previous-speaker]', previousSpeaker(this.#turns, now));
        this.#offer('[data-next-speaker]', nextSpeaker(this.#turns, now));
        for (const { button } of this.#turns) {
            if (button === current?.button) button.setAttribute('aria-current', 'true');
            else button.removeAttribute('aria-current');
        }
        const speaker = this.#audio.paused ? undefined : current?.person;
        for (const seat of this.#main.querySelectorAll('#cast [data-person]')) {
            seat.classList.toggle('talking', seat.getAttribute('data-person') === speaker);
        }
    }

    /**
     * It keeps its focus where it leads nowhere.
     *
     * @param {string} selector
     * @param {unknown} target
     */
    #offer(selector, target) {
        this.#section.querySelector(selector)?.setAttribute('aria-disabled', String(!target));
    }

    /** The lock screen, the headset and the keyboard can do what the page can. */
    #showToSystem() {
        showInMediaSession(this.#main, {
            play: () => this.#play(),
            pause: () => this.#audio.pause(),
            stop: () => this.#audio.pause(),
            seekbackward: ({ seekOffset }) => this.#seekBy(-(seekOffset ?? BACK_S)),
            seekforward: ({ seekOffset }) => this.#seekBy(seekOffset ?? FORWARD_S),
            seekto: ({ seekTime }) => this.#seekTo(seekTime ?? 0),
            previoustrack: () => this.#playTurn(previousSpeaker(this.#turns, this.#now)),
            nexttrack: () => this.#playTurn(nextSpeaker(this.#turns, this.#now)),
        });
        this.#audio.addEventListener('seeked', () => this.#showPosition());
        this.#showPosition();
    }

    #showPosition() {
        setPosition({
            duration: this.#duration,
            playbackRate: this.#audio.playbackRate,
            position: Math.min(this.#duration, this.#audio.currentTime),
        });
    }
}

/** This page's main, as it would be if it were loaded now. @returns {Promise<HTMLElement | null>} */
async function pageNow() {
    try {
        const answer = await fetch(location.pathname, { headers: { Accept: 'text/html' } });
        return new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main#space');
    } catch {
        return null;
    }
}

/** @param {Element} button */
function turnOf(button) {
    const { seekMs, person } = /** @type {HTMLElement} */ (button).dataset;
    return { button, start: Number(seekMs) / 1000, person };
}

/**
 * @param {Element} within
 * @param {string} selector
 * @returns {HTMLElement}
 */
function find(within, selector) {
    const element = within.querySelector(selector);
    if (!element) throw new Error(`The replay's page has no ${selector}.`);
    return /** @type {HTMLElement} */ (element);
}
