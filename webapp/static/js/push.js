/** Has this browser told things while no page of Parley is open in it. Asked for by a click, and never before. */

const WORKER = '/sw.js';

/** @typedef {'unsupported' | 'denied' | 'on' | 'off'} PushState */

/** @param {HTMLElement} section @returns {Promise<PushState>} */
async function stateOf(section) {
    if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) return 'unsupported';
    if (Notification.permission === 'denied') return 'denied';
    const subscription = await subscriptionHere();
    return subscription && section.dataset.on === 'yes' ? 'on' : 'off';
}

async function subscriptionHere() {
    const registration = await navigator.serviceWorker.getRegistration(WORKER);
    return registration?.pushManager.getSubscription();
}

/** @param {HTMLElement} section */
async function show(section) {
    const state = await stateOf(section);
    section.dataset.state = state;
    for (const part of section.querySelectorAll('[data-when]')) {
        if (part instanceof HTMLElement) part.hidden = part.dataset.when !== state;
    }
}

/** @param {HTMLElement} section */
async function turnOn(section) {
    if (await Notification.requestPermission() !== 'granted') return;
    const registration = await navigator.serviceWorker.register(WORKER);
    await navigator.serviceWorker.ready;
    await (await registration.pushManager.getSubscription())?.unsubscribe(); // it may be another account's, or key's
    const applicationServerKey = section.dataset.key ?? '';
    const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
    await tellServer(section, subscription);
    section.dataset.on = 'yes';
}

/** @param {HTMLElement} section @param {PushSubscription} subscription */
async function tellServer(section, subscription) {
    const { endpoint = '', keys = {} } = subscription.toJSON();
    const body = new URLSearchParams({ endpoint, p256dh: keys.p256dh ?? '', auth: keys.auth ?? '' });
    body.set('csrf_token', section.querySelector('input')?.value ?? '');
    const answer = await fetch('/settings/notifications/push', { method: 'POST', body });
    if (!answer.ok) {
        await subscription.unsubscribe();
        throw new Error(`The server answered ${answer.status}.`);
    }
}

/** @param {HTMLElement} section @param {MouseEvent} click */
async function onClick(section, { target }) {
    if (!(target instanceof HTMLButtonElement) || target.type !== 'button') return;
    const failed = /** @type {HTMLElement} */ (section.querySelector('#push-failed'));
    failed.hidden = true;
    target.disabled = true;
    try {
        await turnOn(section);
    } catch (error) {
        console.error(error);
        failed.hidden = false;
    }
    target.disabled = false;
    await show(section);
}

/** Before the server forgets this browser, its push service does. @param {SubmitEvent} event */
async function onTurnOff(event) {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    try {
        await (await subscriptionHere())?.unsubscribe();
    } finally {
        form.submit();
    }
}

export function tendPush() {
    const section = document.getElementById('push');
    if (!section) return;
    section.addEventListener('click', (event) => onClick(section, event));
    section.querySelector('#push-off')?.addEventListener('submit', (event) => onTurnOff(/** @type {SubmitEvent} */ (event)));
    show(section);
}
