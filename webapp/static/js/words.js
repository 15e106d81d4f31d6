/** What scripts say, in the language of the page. English is what they say themselves; others are fetched. */

export const LANGUAGE = globalThis.document?.documentElement.lang || 'en';
const catalogue = LANGUAGE === 'en' ? {} : await fetched(`/words/${LANGUAGE}.json`);

/**
 * @param {string} message  as translators know it, with names such as `%(time)s`
 * @param {Record<string, string | number>} [names]
 */
export function _(message, names = {}) {
    return said(catalogue[message] || message, names);
}

/**
 * Puts what they stand for in the place of names. Pure.
 *
 * @param {string} message
 * @param {Record<string, string | number>} names
 */
export function said(message, names) {
    return message.replace(/%\((\w+)\)s/g, (whole, name) => (name in names ? String(names[name]) : whole));
}

/**
 * @param {string} address
 * @returns {Promise<Record<string, string>>} nothing, where it does not come: then it stays English
 */
async function fetched(address) {
    try {
        const response = await fetch(address);
        return response.ok ? await response.json() : {};
    } catch {
        return {};
    }
}
