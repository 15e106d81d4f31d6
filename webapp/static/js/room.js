/**
 * The live page of a space: one worker with the socket and the codecs, one audio context that a person's gesture starts,
 * a microphone while they may speak. What the server says goes; but to be muted takes effect here first.
 */

import { Microphone } from './audio/capture.js';
import { Player } from './audio/player.js';
import { Role, SAMPLE_RATE } from './audio/protocol.js';
import { REMOVED, connectionSentence, showInBar } from './connection_bar.js';
import { leaveMediaSession, setMicrophoneActive, setPlaybackState, showInMediaSession } from './media_session.js';
import { chosenMicrophone, microphoneProblem } from './mic_check.js';
import { watchNetwork } from './network.js';
import { announce, clearFlash, flash } from './notices.js';
import { TOO_OLD, whyNotListen, whyNotSpeak } from './support.js';
import { VoiceRings } from './voice_rings.js';
import { WakeLock } from './wake_lock.js';
import { _ } from './words.js';

/** Frames a message: on the stage every millisecond counts, in the audience the server's work does. */
const STAGE_PACE = 1;
const AUDIENCE_PACE = 2;

const ELSEWHERE = _('You are on the stage from a newer window or device. This one only listens.');

/** What a fragment may have changed while the connection was away. */
const MISSED = [
    'title-bar', 'links', 'room-notice', 'join-words', 'seats', 'audience', 'asking', 'queue', 'queue-count', 'stage-card',
    'notification-count',
];

export class Room {
    /** @param {HTMLElement} main  `#space`, live */
    constructor(main) {
        this.#main = main;
        this.#worker.onmessage = ({ data }) => this.#take(data);
        this.#worker.postMessage({ connect: socketAddress(main) });
        this.#listenToPage();
        this.#offerToListen();
    }

    #main;
    #worker = new Worker(new URL('./audio/session.worker.js', import.meta.url), { type: 'module' });
    #rings = new VoiceRings();
    #left = new AbortController();
    #screen = new WakeLock(this.#left.signal);
    /** @type {AudioContext | null} */
    #context = null;
    /** @type {Promise<Player> | null} */
    #player = null;
    /** @type {Microphone | null} */
    #microphone = null;
    #opening = false;
    /** @type {import('./audio/protocol.js').State | null} */
    #state = null;
    /** @type {import('./connection.js').ConnectionChange | null} */
    #connection = null;
    /** What the title says of the recording. */
    #recorded = false;
    /** Who leads, and which co-hosts could. */
    #leading = '';
    /** They muted themself here, whether or not the server knows yet. */
    #hushed = false;
    /** @type {((stats: any) => void)[]} */
    #asked = [];

    get main() {
        return this.#main;
    }

    /**
     * For tests and the console: hands over every block that is played, 48 kHz mono, with the audio context's time of
     * its first sample in seconds. Begins once there is something to play.
     *
     * @param {(pcm: Float32Array, time: number) => void} callback
     * @returns {Promise<() => void>} ends it
     */
    async tap(callback) {
        const player = await this.#player;
        if (!player) throw new Error('Nobody has pressed Listen yet.');
        return player.tap(callback);
    }

    /** For tests and the console: what waits, what was lost, what it took to keep in time. */
    async stats() {
        const worker = await new Promise((answer) => {
            this.#asked.push(answer);
            this.#worker.postMessage({ stats: true });
        });
        const outputLatencyMs = (this.#context?.outputLatency ?? 0) * 1000;
        return { ...worker, ...await (await this.#player)?.stats(), outputLatencyMs };
    }

    /** The space is over, or the page has another main by now. */
    close() {
        if (this.#left.signal.aborted) return;
        this.#left.abort();
        this.#worker.terminate();
        this.#letMicrophoneGo();
        /** @type {HTMLDialogElement | null} */ (this.#main.querySelector('#mic-check'))?.close();
        this.#context?.close();
        this.#rings.clear();
        leaveMediaSession();
    }

    // The page

    #listenToPage() {
        const { signal } = this.#left;
        const on = (/** @type {string} */ event, /** @type {(event: any) => void} */ act) =>
            document.body.addEventListener(event, act, { signal });
        on('click', ({ target }) => {
            if (target.closest('#listen')) this.enter();
            if (target.closest('[data-action="mic"]')) this.#pressMicrophone();
        });
        on('htmx:oobAfterSwap', () => this.#repaint());
        on('htmx:afterSwap', () => this.#showMicrophone());
        this.#recorded = isRecorded();
        this.#leading = leading();
        document.addEventListener('visibilitychange', () => this.#wake(), { signal });
        watchNetwork((wasGone) => this.#worker.postMessage({ network: { wasGone } }), signal);
        for (const event of ['online', 'offline']) window.addEventListener(event, () => this.#showBar(), { signal });
        this.#repaint();
    }

    #repaint() {
        this.#rings.paint();
        this.#followRecording();
        this.#followLeading();
        const { person } = this.#main.dataset;
        for (const seat of document.querySelectorAll('#seats [data-person]')) {
            seat.classList.toggle('you', seat.getAttribute('data-person') === person);
        }
    }

    /** The dock of whoever is on the stage speaks of the recording of their voice. */
    #followRecording() {
        if (this.#recorded === isRecorded()) return;
        this.#recorded = isRecorded();
        if (this.#onStage) document.body.dispatchEvent(new CustomEvent('parley:recording'));
    }

    /** What the dock offers hosts and co-hosts depends on who leads, and on who could. */
    #followLeading() {
        if (this.#leading === leading()) return;
        this.#leading = leading();
        if (this.#state?.role === Role.HOST) document.body.dispatchEvent(new CustomEvent('parley:leading'));
    }

    /** The button waits for this moment: a press that nobody sees would be lost. */
    #offerToListen() {
        const button = /** @type {HTMLButtonElement | null} */ (document.getElementById('listen'));
        if (button) button.disabled = false;
        const reason = whyNotListen();
        if (reason) this.#offerPlainStream(reason);
    }

    /** @param {string} reason */
    #offerPlainStream(reason) {
        const sentence = document.createElement('p');
        sentence.textContent = reason;
        document.getElementById('listen')?.replaceWith(sentence);
        document.getElementById('plain')?.removeAttribute('hidden');
    }

    /** After a phone call, say: the system took the sound away and does not give it back by itself. */
    #wake() {
        const interrupted = /** @type {string | undefined} */ (this.#context?.state) === 'interrupted';
        if (document.visibilityState === 'visible' && interrupted) this.#context?.resume();
    }

    // Listening

    /** Call in a gesture: only then may a page make itself heard. */
    async enter() {
        if (this.#context) return;
        const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: 'interactive' });
        this.#context = context;
        context.onstatechange = () => this.#followContext();
        const { port1, port2 } = new MessageChannel();
        this.#worker.postMessage({ speakers: port1 }, [port1]);
        this.#player = Player.create(context, port2);
        await Promise.all([context.resume(), this.#player]);
        this.#entered();
    }

    #entered() {
        const join = document.getElementById('join');
        if (join) join.hidden = true;
        if (isRecorded()) announce(_('This space is being recorded.'));
        /** @type {HTMLElement | null} */ (document.querySelector('#dock button'))?.focus({ preventScroll: true });
        this.#showToSystem();
        this.#followContext();
        this.#updateVoice();
    }

    /** On the stage the lock screen mutes and leaves; to be silent to oneself there would be to fall silent for all. */
    #showToSystem() {
        const context = this.#context;
        if (!context) return;
        const pause = () => context.suspend();
        const forEar = { play: () => context.resume(), pause, stop: pause };
        const forVoice = { togglemicrophone: () => this.#pressMicrophone() };
        showInMediaSession(this.#main, { ...(this.#onStage ? forVoice : forEar), hangup: leave });
    }

    /** Whether sound is wanted is whether the context runs: a pause from the lock screen or a phone call stops both. */
    #followContext() {
        const on = this.#context?.state === 'running';
        const pace = this.#onStage ? STAGE_PACE : AUDIENCE_PACE;
        this.#worker.postMessage({ listen: on, pace });
        setPlaybackState(on);
    }

    // Speaking

    get #onStage() {
        return this.#state !== null && this.#state.role !== Role.LISTENER;
    }

    /** The server takes this page's voice, and the person has not just muted it. */
    get #maySpeak() {
        return this.#onStage && !this.#state?.muted && !this.#state?.elsewhere && !this.#hushed;
    }

    #pressMicrophone() {
        clearFlash();
        if (!this.#muted) this.#setMuted(true);
        else if (this.#microphone) this.#setMuted(false);
        else this.#openMicrophone().then((opened) => { if (opened) this.#setMuted(false); });
    }

    /**
     * To mute is done here at once. The server is told in the name of the main element, which outlives the dock: of
     * several words in a row the last.
     *
     * @param {boolean} muted
     */
    #setMuted(muted) {
        this.#hushed = muted;
        this.#updateVoice();
        this.#showMicrophone();
        const values = { muted: muted ? '1' : '0' };
        const main = this.#main;
        window.htmx.ajax('POST', main.dataset.mute ?? '', { source: main, target: main, swap: 'none', values });
    }

    get #muted() {
        return this.#hushed || this.#state?.muted !== false;
    }

    #showMicrophone() {
        if (this.#state) micButton()?.setAttribute('aria-pressed', String(!this.#muted));
    }

    async #openMicrophone() {
        const reason = whyNotSpeak();
        if (reason) flash(reason);
        if (reason || this.#opening) return false;
        this.#opening = true;
        try {
            await this.enter();
            this.#useMicrophone(await chosenMicrophone((deviceId) => Microphone.open(this.#running, deviceId)));
        } catch (error) {
            flash(microphoneProblem(error));
        } finally {
            this.#opening = false;
        }
        return this.#microphone !== null;
    }

    get #running() {
        if (!this.#context) throw new Error('The audio context starts before the microphone does.');
        return this.#context;
    }

    /** @param {Microphone | null} microphone */
    #useMicrophone(microphone) {
        if (!microphone) return;
        const tooLate = this.#left.signal.aborted || this.#state?.role === Role.LISTENER;
        if (tooLate) return microphone.close();
        this.#microphone = microphone;
        const { port1, port2 } = new MessageChannel();
        this.#worker.postMessage({ microphone: port1 }, [port1]);
        microphone.sendTo(port2);
        microphone.onLevel = (level) => this.#showOwnLevel(level);
        microphone.onLost = () => this.#loseMicrophone();
        this.#updateVoice();
    }

    /** @param {number} level */
    #showOwnLevel(level) {
        const seat = this.#state?.seat ?? null;
        if (this.#maySpeak && seat !== null) this.#rings.showOwn(seat, level);
    }

    /** Sends or does not, as things stand; opens the microphone where the server expects a voice that is not there. */
    #updateVoice() {
        const speak = this.#maySpeak && this.#microphone !== null;
        this.#worker.postMessage({ speak });
        if (this.#microphone) this.#microphone.enabled = speak;
        if (!speak) this.#rings.endOwn();
        setMicrophoneActive(speak);
        if (this.#maySpeak && !speak && this.#context) this.#speakOrMute();
    }

    async #speakOrMute() {
        if (this.#opening || await this.#openMicrophone() || !this.#maySpeak) return;
        this.#setMuted(true);
    }

    #loseMicrophone() {
        this.#letMicrophoneGo();
        flash(_('The microphone was disconnected.'));
        if (this.#maySpeak) this.#setMuted(true);
    }

    #letMicrophoneGo() {
        this.#microphone?.close();
        this.#microphone = null;
        setMicrophoneActive(false);
    }

    // The server

    /** @param {{text?: string, state?: any, levels?: any, connection?: any, stats?: any, deaf?: true}} message */
    #take({ text, state, levels, connection, stats, deaf }) {
        if (text !== undefined) this.#swap(text);
        if (state) this.#obey(state);
        if (levels) this.#rings.show(levels);
        if (connection) this.#connectionChanged(connection);
        if (stats) this.#asked.shift()?.(stats);
        if (deaf) this.#offerPlainStream(TOO_OLD);
    }

    /** @param {import('./audio/protocol.js').State} state */
    #obey(state) {
        const before = this.#state;
        this.#state = state;
        if (state.muted) this.#hushed = false;
        if (!this.#onStage) this.#letMicrophoneGo();
        this.#showBar();
        document.getElementById('report')?.toggleAttribute('hidden', state.role === Role.HOST);
        this.#screen.want(this.#onStage);
        if (this.#context) this.#followContext();
        this.#updateVoice();
        this.#showMicrophone();
        if (before?.role !== state.role) this.#showToSystem();
        const { role, muted, onTrack, seat } = state;
        const same = before?.role === role && before.muted === muted && before.onTrack === onTrack && before.seat === seat;
        if (same) return;
        document.body.dispatchEvent(new CustomEvent('parley:state', { detail: { role, muted, onTrack, seat } }));
    }

    /** @param {import('./connection.js').ConnectionChange} change */
    #connectionChanged(change) {
        this.#connection = change;
        this.#showBar();
        if (change.state !== 'open') this.#rings.clear();
        if (change.state === 'closed') this.close();
        if (change.state === 'closed' && change.code === REMOVED) this.#showTitleAlone();
        if (change.state === 'open' && change.again) this.#catchUp();
        // A socket that is refused may mean that the space is over: then its page says so.
        if (change.state === 'waiting' && !change.opened) this.#fetchPage();
    }

    /**
     * Nobody tells this page any more who is here and whether the room is live, so it does not say so. Hidden, not taken
     * away: what the dock has just asked for must find its place.
     */
    #showTitleAlone() {
        const stale = '#space > :not(#title-bar, #connection), #title-bar :is(.lit, .rec, #rec-notice)';
        for (const part of document.querySelectorAll(stale)) part.setAttribute('hidden', '');
    }

    #showBar() {
        const trouble = this.#connection ? connectionSentence(this.#connection, navigator.onLine) : '';
        showInBar(trouble || (this.#state?.elsewhere ? ELSEWHERE : ''), trouble !== '');
    }

    /** The space went on while this page was away. */
    async #catchUp() {
        const now = await this.#fetchPage();
        if (!now) return;
        const missed = MISSED.map((id) => now.getElementById(id)).filter((element) => element !== null);
        missed.forEach((element) => element.setAttribute('hx-swap-oob', 'around'));
        this.#swap(missed.map((element) => element.outerHTML).join(''));
        announce(_('You are back.'));
    }

    /** @param {string} html  fragments that know their places */
    #swap(html) {
        window.htmx.swap(document.body, html, { swapStyle: 'none' });
    }

    /** @returns {Promise<Document | null>} null: the page cannot be had, or it is no longer live and is being reloaded */
    async #fetchPage() {
        const response = await fetch(location.href).catch(() => null);
        if (!response || response.status === 429 || response.status >= 500) return null;
        const page = new DOMParser().parseFromString(await response.text(), 'text/html');
        if (page.getElementById('space')?.dataset.state === 'live') return page;
        location.reload();
        return null;
    }
}

function isRecorded() {
    return document.querySelector('#title-bar[data-recording]') !== null;
}

function leading() {
    const those = document.querySelectorAll('#seats [data-leads="1"], #seats [data-role="cohost"]:not(.away)');
    return [...those].map((seat) => `${seat.getAttribute('data-person')}:${seat.getAttribute('data-leads')}`).join();
}

/** As the dock's button does it; a host, who has none, goes, and the room waits for them. */
function leave() {
    const form = document.querySelector('#dock form[action$="/leave"]:not([action$="/stage/leave"])');
    if (form instanceof HTMLFormElement) form.requestSubmit();
    else location.assign('/spaces');
}

/** @returns {HTMLElement | null} */
function micButton() {
    return document.querySelector('[data-action="mic"]');
}

/** @param {HTMLElement} main */
function socketAddress(main) {
    const address = new URL(main.dataset.socket ?? '', location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    return address.href;
}
