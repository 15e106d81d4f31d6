/** The question before one first speaks: is this the right microphone, and does it hear you? */

import { loudness } from './audio/level.js';
import { _ } from './words.js';

/** @typedef {import('./audio/capture.js').Microphone} Microphone */
/** @typedef {(deviceId: string | null) => Promise<Microphone>} OpenMicrophone */

/** For this tab, so that a reload does not ask again. */
const REMEMBERED = 'parley.microphone';

/** @type {Record<string, string>} */
const PROBLEMS = {
    NotAllowedError: _('The browser does not let this page use the microphone. Allow it in the address bar, then try again.'),
    NotFoundError: _('There is no microphone. Plug one in, then try again.'),
    NotReadableError: _('Another program is using the microphone. Close it there, then try again.'),
};

/** @param {unknown} error */
export function microphoneProblem(error) {
    const name = error instanceof DOMException ? error.name : '';
    return PROBLEMS[name] ?? _('The microphone did not start. Choose another one, or reload the page.');
}

/**
 * The microphone to speak with: the one agreed on earlier in this tab, or the outcome of the check.
 *
 * @param {OpenMicrophone} open
 * @returns {Promise<Microphone | null>} null: they thought better of it
 * @throws what `open` throws for the first attempt
 */
export async function chosenMicrophone(open) {
    const remembered = sessionStorage.getItem(REMEMBERED);
    const microphone = await open(remembered);
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById('mic-check'));
    if (remembered !== null || !dialog) return microphone;
    const chosen = await new MicCheck(dialog, open).run(microphone);
    if (chosen) sessionStorage.setItem(REMEMBERED, chosen.deviceId ?? '');
    return chosen;
}

class MicCheck {
    /**
     * @param {HTMLDialogElement} dialog
     * @param {OpenMicrophone} open
     */
    constructor(dialog, open) {
        this.#dialog = dialog;
        this.#open = open;
        this.#devices = /** @type {HTMLSelectElement} */ (dialog.querySelector('#mic-device'));
        this.#meter = /** @type {HTMLMeterElement} */ (dialog.querySelector('#mic-level'));
        this.#done = /** @type {HTMLButtonElement} */ (dialog.querySelector('#mic-check-done'));
        this.#problem = /** @type {HTMLElement | null} */ (dialog.querySelector('#mic-problem'));
    }

    #dialog;
    #open;
    #devices;
    #meter;
    #done;
    #problem;
    /** @type {Microphone | null} */
    #microphone = null;

    /**
     * @param {Microphone} microphone
     * @returns {Promise<Microphone | null>}
     */
    async run(microphone) {
        this.#listenTo(microphone);
        await this.#listDevices();
        this.#devices.onchange = () => this.#change();
        this.#done.onclick = () => this.#dialog.close('speak');
        this.#dialog.returnValue = '';
        this.#dialog.showModal();
        await new Promise((closed) => this.#dialog.addEventListener('close', closed, { once: true }));
        return this.#outcome();
    }

    #outcome() {
        if (this.#dialog.returnValue === 'speak') return this.#microphone;
        this.#microphone?.close();
        return null;
    }

    async #listDevices() {
        const devices = await navigator.mediaDevices.enumerateDevices();
        const inputs = devices.filter(({ kind }) => kind === 'audioinput');
        this.#devices.replaceChildren(...inputs.map(({ label, deviceId }, i) =>
            new Option(label || _('Microphone %(number)s', { number: i + 1 }), deviceId, false, deviceId === this.#microphone?.deviceId)));
    }

    async #change() {
        this.#microphone?.close();
        this.#microphone = null;
        this.#meter.value = 0;
        this.#done.disabled = true;
        try {
            const microphone = await this.#open(this.#devices.value);
            if (!this.#dialog.open) return microphone.close();
            this.#listenTo(microphone);
            this.#say('');
        } catch (error) {
            this.#say(microphoneProblem(error));
        }
    }

    /** @param {Microphone} microphone */
    #listenTo(microphone) {
        this.#microphone = microphone;
        this.#done.disabled = false;
        microphone.onLevel = (level) => { this.#meter.value = loudness(level); };
    }

    /** @param {string} sentence */
    #say(sentence) {
        if (!this.#problem) return;
        this.#problem.textContent = sentence;
        this.#problem.hidden = sentence === '';
    }
}
