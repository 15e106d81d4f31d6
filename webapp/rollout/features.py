"""The features that can be rolled out, by the name they have in addresses and in the database."""

from webapp.errors import NotFound

RECORDING = "recording"

LABELS = {RECORDING: "Recording"}


def label_of(feature: str) -> str:
    """Returns a feature's name as it stands at the beginning of a sentence. NotFound."""
    if feature not in LABELS:
        raise NotFound(f"There is no feature called {feature}.")
    return LABELS[feature]
