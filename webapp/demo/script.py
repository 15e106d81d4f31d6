"""What the two bots are called, and what they say."""

from typing import NamedTuple


class Part(NamedTuple):
    """One of the cast. `voice` is espeak-ng's, `pitch` tells recorded words apart where there is none."""

    handle: str
    name: str
    voice: str
    pitch: float


WREN = Part("wren_bot", "Wren", "en-gb+f4", 1.0)
OTTO = Part("otto_bot", "Otto", "en-us+m3", 0.86)
CAST = (WREN, OTTO)

TITLE = "Two bots, talking"
EARLIER_TITLE = "Two bots introduce themselves"
TOPICS = "welcome, live audio"

LINES = (
    (WREN, "Hello, and welcome. You are listening to Parley: live audio that you host yourself."),
    (OTTO, "Hello, Wren. Shall we tell them that we are not people?"),
    (WREN, "We are two bots. We are here so that there is something to hear on the first day."),
    (OTTO, "Everything else is real. Each of us sends fifty packets of sound a second, like any browser."),
    (WREN, "They are mixed into one room, and you hear it about a fifth of a second later."),
    (OTTO, "Do you see the red mark beside the title? It means that this space is being recorded."),
    (WREN, "Both of us were asked first. Each voice is kept on a track of its own."),
    (OTTO, "And when the host ends the space, this very page becomes the recording."),
    (WREN, "Would you like to talk yourself? Sign up, open a space, and send somebody the link."),
    (OTTO, "They need no account to listen. One button is enough."),
    (WREN, "Now we begin again, from the top. That is a bot's life."),
    (OTTO, "I don't mind. I like the way you say hello."),
)
