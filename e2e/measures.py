"""What has to fit on a phone, and under a thumb."""

from e2e.people import Person

PHONE = {"width": 390, "height": 844}
THUMB_PX = 44

_TOO_SMALL = """thumb => {
    const controls = 'a:not(.skip), button, summary, select, textarea, input:not([type=hidden])';
    const inWords = (link) => getComputedStyle(link).display === 'inline'
        && link.parentElement.innerText.trim() !== link.innerText.trim();
    const coversItsCard = (link) => getComputedStyle(link, '::after').position === 'absolute';
    const target = (control) =>
        control.matches('[type=checkbox], [type=radio]') && control.closest('label') || control;
    const isSmall = (element) => {
        const { width, height } = element.getBoundingClientRect();
        return Math.min(width, height) < thumb - 0.1;
    };
    return [...document.querySelectorAll(controls)]
        .filter((control) => control.checkVisibility({ visibilityProperty: true }))
        .filter((control) => !(control.matches('a') && (inWords(control) || coversItsCard(control))))
        .map(target)
        .filter(isSmall)
        .map((element) => element.outerHTML.slice(0, 200));
}"""


def assert_fits(person: Person) -> None:
    """Nothing sticks out sideways, and all that can be pressed can be hit; but for links in a sentence."""
    person.page.wait_for_load_state()  # its styles have come
    wide = person.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{person.page.url} is {wide} px wider than the phone."
    small = person.page.evaluate(_TOO_SMALL, THUMB_PX)
    assert small == [], f"Too small for a thumb on {person.page.url}: {small}"
