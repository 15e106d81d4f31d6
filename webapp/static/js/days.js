/** Groups what somebody was told by days of their own zone, where the server knew only of UTC. */

/** @param {string} moment @param {string | undefined} [zone] @returns {string} such as 2026-01-05 */
export function dayOf(moment, zone) {
    return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
        .format(new Date(moment));
}

export function regroupByDay() {
    const told = document.getElementById('told-by-day');
    if (!told || told.dataset.grouped || document.documentElement.dataset.zone) return;
    told.dataset.grouped = 'yes';
    const [pattern] = told.children;
    /** @type {Map<string, HTMLElement[]>} */
    const days = new Map();
    for (const item of told.querySelectorAll('li')) {
        const day = dayOf(item.querySelector('time')?.dateTime ?? '');
        days.set(day, [...days.get(day) ?? [], item]);
    }
    const sections = [...days.values()].map((of) => section(/** @type {HTMLElement} */ (pattern), of));
    told.replaceChildren(...sections);
}

/** @param {HTMLElement} pattern @param {HTMLElement[]} items */
function section(pattern, items) {
    const made = /** @type {HTMLElement} */ (pattern.cloneNode(true));
    const heading = made.querySelector('h2 time');
    heading?.setAttribute('datetime', items[0].querySelector('time')?.dateTime ?? '');
    heading?.setAttribute('data-local', 'day');
    made.querySelector('ol')?.replaceChildren(...items);
    return made;
}
