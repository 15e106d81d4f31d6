/** Where the page tells a person something: at the top, and to those who listen to the page. */

/** @param {string} sentence  what happened and what to do */
export function flash(sentence) {
    const notice = document.createElement('p');
    notice.className = 'notice';
    notice.textContent = sentence;
    document.getElementById('flash')?.replaceChildren(notice);
}

export function clearFlash() {
    document.getElementById('flash')?.replaceChildren();
}

/** @param {string} sentence  said politely by a screen reader */
export function announce(sentence) {
    const region = document.getElementById('announce');
    if (region) region.textContent = sentence;
}
