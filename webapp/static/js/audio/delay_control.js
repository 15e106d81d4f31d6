/**
 * How much later than necessary do we play? Whatever has lain in the buffer for a whole second was not needed by any
 * stall of that second: what of it exceeds a margin is given up. A buffer that came close to running dry is lengthened
 * a little instead, which also absorbs two sound cards whose clocks differ. The margin is small where a network is calm:
 * it grows a step when it was nearly used up or sound ran out, and half a minute without either takes a step back.
 * On the stage, where people wait for each other's answers, it is half of what it is in the audience, where nobody does.
 * Pure; all lengths in samples at 48 kHz.
 */

const WINDOW = 48_000;
const AUDIENCE_MARGIN = 960;
const STAGE_MARGIN = 480;
const MOST_MARGIN = 1_920;
const CALM_WINDOWS = 30;
const WORTH_A_CUT = 240;

export class DelayControl {
    #elapsed = 0;
    #least = Infinity;
    #calmMargin = AUDIENCE_MARGIN;
    #margin = AUDIENCE_MARGIN;
    #calmWindows = 0;

    /** @param {boolean} onStage */
    set onStage(onStage) {
        const calmMargin = onStage ? STAGE_MARGIN : AUDIENCE_MARGIN;
        this.#margin += calmMargin - this.#calmMargin;
        this.#calmMargin = calmMargin;
    }

    /** How much more is kept, or played again, at a time. */
    get #step() {
        return this.#calmMargin / 2;
    }

    /** With so little left, the next hiccup would have been heard. */
    get #lowWater() {
        return 0.4 * this.#calmMargin;
    }

    /**
     * Call after each block that was played.
     *
     * @param {number} fill  samples still waiting
     * @param {number} played  samples in this block
     * @returns {number} samples to leave out (positive) or to play again (negative); mostly 0
     */
    observe(fill, played) {
        this.#least = Math.min(this.#least, fill);
        this.#elapsed += played;
        if (this.#elapsed < WINDOW) return 0;
        const least = this.#least;
        this.restart();
        if (least < this.#lowWater) {
            this.#widen();
            return -this.#step;
        }
        this.#relax();
        const excess = least - this.#margin;
        return excess >= WORTH_A_CUT ? excess : 0;
    }

    /** Begins a new second, because what was seen so far no longer says anything. */
    restart() {
        this.#elapsed = 0;
        this.#least = Infinity;
    }

    /** Nothing was left to play. */
    ranDry() {
        this.#widen();
    }

    #widen() {
        this.#margin = Math.min(this.#margin + this.#step, MOST_MARGIN);
        this.#calmWindows = 0;
    }

    #relax() {
        if (++this.#calmWindows < CALM_WINDOWS) return;
        this.#margin = Math.max(this.#margin - this.#step, this.#calmMargin);
        this.#calmWindows = 0;
    }
}
