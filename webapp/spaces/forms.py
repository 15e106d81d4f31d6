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

    def validate_title(self, field: StringField) -> None:
        _check(lambda: clean_title(field.data or ""))

    def validate_topics(self, field: StringField) -> None:
        _check(lambda: clean_topics(field.data or ""))


def _check(clean: Callable[[], object]) -> None:
    try:
        clean()
    except Invalid as error:
        raise ValidationError(error.sentence) from error
