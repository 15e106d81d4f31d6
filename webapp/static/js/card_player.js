/**
 * Plays recordings where their cards are. One audio element for all of them, outside the posts: it goes on while one
 * scrolls, and while posts come and cards are replaced. Cards only show what it does.
 */

import { clockTime } from './format.js';
import { setPlaybackState, showInMediaSession } from './media_session.js';
import { announce, flash } from './notices.js';
import { Progress } from './progress.js';
import { _ } from './words.js';

const BACK_S = 15;
const FORWARD_S = 30;
const SHOWS = ['timeupdate', 'seeking', 'play', 'pause', 'ended', 'ratechange'];

export class CardPlayer {
    /**
     * @param {HTMLElement} body
     * @param {() => void} onDoubt  something is wrong with the recording: its cards are to be looked at
     */
    constructor(body, onDoubt) {
        this.#body = body;
        this.#onDoubt = onDoubt;
        body.addEventListener('click', (event) => this.#onClick(event));
        body.addEventListener('input', (event) => this.#onInput(event));
        body.addEventListener('change', (event) => this.#onChange(event));
        addEventListener('scroll', () => this.#showBar(), { passive: true });
    }

    #body;
    #onDoubt;
    /** @type {HTMLAudioElement | null} */
    #audio = null;
    /** @type {Progress | null} */
    #progress = null;
    /** The card that was pressed: which recording, and from where. */
    #key = '';
    #src = '';

    /** Whether this card's recording is the one that plays, or is paused. @param {HTMLElement} card */
    holds(card) {
        return this.#src !== '' && card.dataset.audio === this.#src;
    }

    /** Shows on cards that have just come what they have to show. */
    refresh() {
        if (this.#src) this.#show();
    }

    /** Stops if no card plays this recording any more: the last one said that it is gone. */
    settle() {
        if (!this.#src || this.#cards().length > 0) return this.refresh();
        this.#stop();
        announce(_('This recording is no longer available.'));
    }

    /** @param {MouseEvent} event */
    #onClick({ target }) {
        if (!(target instanceof Element)) return;
        const card = cardOf(target);
        if (card && target.closest('[data-card-play]')) this.#press(card);
        const skip = target.closest('[data-card-skip]')?.getAttribute('data-card-skip');
        if (card && skip) this.#skip(card, Number(skip));
        if (target.closest('[data-card-pause]')) this.#toggle();
        if (target.closest('[data-card-stop]')) this.#stop();
    }

    /** @param {Event} event */
    #onInput({ target }) {
        if (!(target instanceof HTMLInputElement) || !target.matches('[data-card-seek]')) return;
        const card = cardOf(target);
        if (!card) return;
        if (this.holds(card)) this.#seekTo(Number(target.value));
        else showTime(card, Number(target.value));
    }

    /** @param {Event} event */
    #onChange({ target }) {
        if (!(target instanceof HTMLSelectElement) || !target.matches('[data-card-speed]')) return;
        const card = cardOf(target);
        if (this.#audio && card && this.holds(card)) this.#audio.playbackRate = Number(target.value);
    }

    /** @param {HTMLElement} card */
    #press(card) {
        if (this.holds(card) && card.dataset.card === this.#key) this.#toggle();
        else this.#begin(card);
    }

    /** @param {HTMLElement} card */
    #begin(card) {
        const audio = this.#element();
        if (!audio) return;
        const { audio: src = '', positionUrl = '' } = card.dataset;
        this.#key = card.dataset.card ?? '';
        if (src !== this.#src) {
            audio.pause();
            this.#progress?.close();
            this.#src = audio.src = src;
            this.#progress = new Progress(audio, positionUrl, this.#onDoubt);
        }
        audio.currentTime = Number(seekerOf(card)?.value ?? 0);
        audio.playbackRate = Number(speedOf(card)?.value ?? 1);
        this.#describe(card);
        this.#play();
    }

    #element() {
        if (this.#audio) return this.#audio;
        this.#audio = /** @type {HTMLAudioElement | null} */ (document.getElementById('card-audio'));
        for (const event of SHOWS) this.#audio?.addEventListener(event, () => this.#show());
        this.#audio?.addEventListener('error', () => this.#fail());
        return this.#audio;
    }

    #fail() {
        if (!this.#src) return;
        flash(_('The recording did not load. Look at your connection, then press play again.'));
        this.#onDoubt();
    }

    #toggle() {
        if (this.#audio?.paused) this.#play();
        else this.#audio?.pause();
    }

    async #play() {
        try {
            await this.#audio?.play();
        } catch (error) {
            // Paused again before it began, or it did not load, which is told where it is noticed.
            if (!(error instanceof DOMException)) throw error;
        }
    }

    #stop() {
        this.#audio?.pause();
        this.#progress?.close();
        for (const card of this.#cards()) pressed(card, false);
        this.#src = this.#key = '';
        this.#audio?.removeAttribute('src');
        this.#showBar();
    }

    /**
     * @param {HTMLElement} card
     * @param {number} seconds
     */
    #skip(card, seconds) {
        if (this.holds(card)) return this.#seekBy(seconds);
        const seeker = seekerOf(card);
        if (!seeker) return;
        seeker.value = String(Number(seeker.value) + seconds);
        showTime(card, Number(seeker.value));
    }

    /** @param {number} seconds */
    #seekBy(seconds) {
        this.#seekTo((this.#audio?.currentTime ?? 0) + seconds);
    }

    /** @param {number} second */
    #seekTo(second) {
        if (!this.#audio) return;
        this.#audio.currentTime = Math.max(0, second);
        this.#show();
    }

    // What is shown

    /** @param {HTMLElement} card */
    #describe(card) {
        const title = /** @type {HTMLAnchorElement | null} */ (document.getElementById('playing-title'));
        if (title) [title.textContent, title.href] = [card.dataset.title ?? '', card.dataset.url ?? ''];
        showInMediaSession(card, {
            play: () => this.#play(),
            pause: () => this.#audio?.pause(),
            seekbackward: ({ seekOffset }) => this.#seekBy(-(seekOffset ?? BACK_S)),
            seekforward: ({ seekOffset }) => this.#seekBy(seekOffset ?? FORWARD_S),
            seekto: ({ seekTime }) => this.#seekTo(seekTime ?? 0),
        });
    }

    #show() {
        const { paused = true, currentTime = 0, playbackRate = 1 } = this.#audio ?? {};
        for (const card of this.#cards()) {
            pressed(card, !paused);
            showTime(card, currentTime);
            const [seeker, speed] = [seekerOf(card), speedOf(card)];
            if (seeker) seeker.value = String(Math.floor(currentTime));
            if (speed) speed.value = String(playbackRate);
        }
        const time = document.getElementById('playing-time');
        if (time) time.textContent = clockTime(currentTime);
        setPlaybackState(!paused);
        this.#showBar();
    }

    /** The bar stands in for a card that has gone out of sight. */
    #showBar() {
        const bar = document.getElementById('playing');
        if (!bar) return;
        bar.hidden = !this.#src || this.#cards().some(isInSight);
        pressed(bar, !(this.#audio?.paused ?? true));
    }

    #cards() {
        const cards = /** @type {NodeListOf<HTMLElement>} */ (this.#body.querySelectorAll('[data-audio]'));
        return [...cards].filter((card) => this.holds(card));
    }
}

/** @param {Element} element */
export function isInSight(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
}

/** @param {Element} element */
function cardOf(element) {
    return /** @type {HTMLElement | null} */ (element.closest('[data-audio]'));
}

/** @param {Element} card */
function seekerOf(card) {
    return /** @type {HTMLInputElement | null} */ (card.querySelector('[data-card-seek]'));
}

/** @param {Element} card */
function speedOf(card) {
    return /** @type {HTMLSelectElement | null} */ (card.querySelector('[data-card-speed]'));
}

/**
 * @param {Element} within
 * @param {boolean} playing
 */
function pressed(within, playing) {
    within.querySelector('[data-card-play], [data-card-pause]')?.setAttribute('aria-pressed', String(playing));
}

/**
 * @param {HTMLElement} card
 * @param {number} second
 */
function showTime(card, second) {
    const duration = Number(card.dataset.durationMs) / 1000;
    const now = card.querySelector('[data-card-now]');
    if (now) now.textContent = clockTime(second);
    seekerOf(card)?.setAttribute('aria-valuetext', `${clockTime(second)} of ${clockTime(duration)}`);
    const bars = [...card.querySelectorAll('rect')];
    bars.forEach((bar, i) => bar.classList.toggle('played', (i + 1) / bars.length <= second / duration));
}
