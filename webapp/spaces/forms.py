"""The forms that open a space, and say who may join it."""

from collections.abc import Callable

from wtforms import BooleanField, Form, RadioField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from webapp.errors import Invalid
from webapp.spaces.states import Door, OpenTo, clean_title, clean_topics

OPEN_TO = [
    SelectChoice(OpenTo.ANYONE, "Anyone"),
    SelectChoice(OpenTo.FOLLOWED, "People I follow"),
    SelectChoice(OpenTo.LINK, "Anyone with the link"),
]


class DoorForm(Form):
    """Who may join."""

    open_to = RadioField("Who may join", choices=OPEN_TO, default=OpenTo.ANYONE)
    members_only = BooleanField("Only people with an account")

    @property
    def door(self) -> Door:
        return Door(OpenTo(self.open_to.data), not self.members_only.data)


class SpaceForm(DoorForm):
    """A title, topics with commas between them, whether to record, and who may join."""

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
