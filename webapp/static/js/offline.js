/** The page that is shown without a network becomes the one that was asked for as soon as there is one. */

window.addEventListener('online', () => location.reload());
