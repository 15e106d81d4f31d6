"""On what somebody uses Parley, as far as their browser says. Pure."""

from enum import StrEnum

from webapp.languages import gettext as _


class Platform(StrEnum):
    """What a stage of a roll-out can be limited to."""

    IOS = "ios"
    ANDROID = "android"
    WEB = "web"

    @property
    def label(self) -> str:
        """Its name, as it stands in a sentence after "on"."""
        return {Platform.IOS: "iOS", Platform.ANDROID: "Android"}.get(self, _("the web"))

    @property
    def title(self) -> str:  # type: ignore[override]
        """Its name, as it stands alone."""
        return {Platform.IOS: "iOS", Platform.ANDROID: "Android"}.get(self, _("The web"))


_SAYS_IOS = ("iPhone", "iPad", "iPod")


def platform_of(user_agent: str, client_hint: str = "") -> Platform:
    """Tells the platform from the ``User-Agent`` and the ``Sec-CH-UA-Platform`` of a request.

    It is enough that one of the two names it. Since iPadOS 13, Safari on an iPad says that it is a Macintosh;
    only its touch screen gives it away, which no header tells. Such an iPad counts as the web, unless its
    owner asks for the mobile page.
    """
    hint = client_hint.strip().strip('"').lower()
    if hint == "ios" or any(word in user_agent for word in _SAYS_IOS):
        return Platform.IOS
    if hint == "android" or "Android" in user_agent:
        return Platform.ANDROID
    return Platform.WEB
