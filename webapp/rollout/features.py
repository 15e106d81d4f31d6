"""The features that can be rolled out, by the name they have in addresses and in the database."""

from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.languages import marked

RECORDING = "recording"

LABELS = {RECORDING: marked("Recording")}


def label_of(feature: str) -> str:
    """Returns a feature's name as it stands at the beginning of a sentence. NotFound."""
    if feature not in LABELS:
        raise NotFound(_("There is no feature called %(feature)s.", feature=feature))
    return _(LABELS[feature])
