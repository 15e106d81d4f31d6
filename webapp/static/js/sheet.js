/** The sheet: opens when a fragment is put into it, closes after what was done in it, unless that `data-stays`, or on a click beside it. */

/** @returns {HTMLDialogElement | null} */
function sheet() {
    return /** @type {HTMLDialogElement | null} */ (document.getElementById('sheet'));
}

/** @param {HTMLElement} body */
export function tendSheets(body) {
    body.addEventListener('htmx:afterSwap', ({ target }) => { if (target === sheet()) open(); });
    body.addEventListener('htmx:afterRequest', (event) => onRequest(/** @type {CustomEvent} */ (event)));
    body.addEventListener('click', ({ target }) => {
        if (target instanceof HTMLDialogElement && target.matches('.sheet')) target.close();
    });
}

function open() {
    const dialog = sheet();
    if (dialog && !dialog.open) dialog.showModal();
}

/** @param {CustomEvent<{elt: Element, successful: boolean, requestConfig: {verb: string, elt: Element}}>} event */
function onRequest({ detail: { elt, successful, requestConfig } }) {
    const done = successful && requestConfig.verb !== 'get' && !requestConfig.elt.matches('[data-stays]');
    if (done && sheet()?.contains(elt)) sheet()?.close();
}
