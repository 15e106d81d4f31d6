/** A reviewer's player: a voice is chosen, or a reported moment sought, without loading the page again. */

/**
 * Where to go on in another voice's file: all of them have the timeline of the mix.
 *
 * @param {HTMLAudioElement} audio
 * @param {string} address
 */
function exchange(audio, address) {
    const { currentTime, paused } = audio;
    audio.src = address;
    audio.currentTime = currentTime;
    if (!paused) audio.play();
}

/** @param {HTMLElement} player */
function tend(player) {
    const audio = player.querySelector('audio');
    const form = player.querySelector('form');
    if (!audio || !form) return;
    form.addEventListener('change', ({ target }) => {
        const address = target instanceof HTMLSelectElement && target.selectedOptions[0].dataset.address;
        if (address) exchange(audio, address);
    });
    form.querySelector('button')?.remove();
    player.addEventListener('click', (event) => {
        const moment = event.target instanceof HTMLElement && event.target.dataset.atMs;
        if (!moment) return;
        event.preventDefault();
        audio.currentTime = Number(moment) / 1000;
        audio.play();
    });
}

const player = document.getElementById('review-player');
if (player) tend(player);
