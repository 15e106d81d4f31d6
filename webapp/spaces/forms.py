"""The form that opens a space."""

from collections.abc import Callable

from wtforms import BooleanField, Form, StringField, ValidationError

from webapp.errors import Invalid
from webapp.spaces.states import clean_title, clean_topics


class SpaceForm(Form):
    """A title, topics with commas between them, and whether to record."""

    title = StringField("Title")
    topics = StringField("Topics")
    record = BooleanField("Record")
    cannot_record = ""
    """Tells a host who cannot record yet when to expect it; set by the view."""

    def validate_title(self, field: StringField) -> None:
        _check(lambda: clean_title(field.data or ""))

    def validate_record(self, field: BooleanField) -> None:
        if field.data and self.cannot_record:
            raise ValidationError("You cannot record yet. Open the space without recording, or wait for it.")

    def validate_topics(self, field: StringField) -> None:
        _check(lambda: clean_topics(field.data or ""))


def _check(clean: Callable[[], object]) -> None:
    try:
        clean()
    except Invalid as error:
        raise ValidationError(error.sentence) from error
