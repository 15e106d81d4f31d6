"""The forms that open a space or change one that has not started, and say who may join it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from wtforms import BooleanField, Form, RadioField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from webapp.errors import Invalid
from webapp.languages import gettext as _
from webapp.languages import later
from webapp.spaces.states import Door, OpenTo, clean_title, clean_topics
from webapp.spaces.times import Plan, zones_by_region

NOW, LATER = "now", "later"
OPEN_TO = [
    SelectChoice(OpenTo.ANYONE, later("Anyone")),
    SelectChoice(OpenTo.FOLLOWED, later("People I follow")),
    SelectChoice(OpenTo.LINK, later("Anyone with the link")),
]


class DoorForm(Form):
    """Who may join."""

    open_to = RadioField(later("Who may join"), choices=OPEN_TO, default=OpenTo.ANYONE)
    members_only = BooleanField(later("Only people with an account"))

    @property
    def door(self) -> Door:
        return Door(OpenTo(self.open_to.data), not self.members_only.data)


class SpaceForm(DoorForm):
    """A title, topics with commas between them, whether to record, who may join, and when it starts."""

    title = StringField(later("Title"))
    topics = StringField(later("Topics"))
    record = BooleanField(later("Record"))
    when = StringField(later("When"), default=NOW)
    starts_at = StringField(later("Day and time"))
    zone = StringField(later("Zone"))
    zones = zones_by_region()
    listed = frozenset(name for places in zones.values() for name, _ in places)
    cannot_record = ""
    """Tells a host who cannot record yet when to expect it; set by the view."""
    cannot_plan = ""
    """Tells a host who has enough spaces planned; set by the view."""
    plan: Plan | None = None
    """When it starts, once the form is valid; None for as soon as the host is ready."""

    def __init__(self, *args: Any, now: datetime, current: Plan | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = current
        """When the space is planned for already: it keeps a time, and this one may have come."""
        self._now = now
        if current:
            self.when.data = LATER

    def validate_title(self, field: StringField) -> None:
        _check(lambda: clean_title(field.data or ""))

    def validate_record(self, field: BooleanField) -> None:
        if field.data and self.cannot_record:
            raise ValidationError(
                _("You cannot record yet. Open the space without recording, or wait for it.")
            )

    def validate_topics(self, field: StringField) -> None:
        _check(lambda: clean_topics(field.data or ""))

    def validate_when(self, field: StringField) -> None:
        if field.data == LATER and self.cannot_plan:
            raise ValidationError(self.cannot_plan)

    def validate_starts_at(self, field: StringField) -> None:
        if self.when.data == LATER:
            self.plan = self._unchanged or _check(self._read_plan)

    @property
    def _unchanged(self) -> Plan | None:
        said = self.starts_at.data, self.zone.data
        return self.current if self.current and said == (self.current.local, self.current.zone) else None

    def _read_plan(self) -> Plan:
        return Plan.read(self.starts_at.data or "", self.zone.data or "", self._now)


def _check(clean: Callable[[], Any]) -> Any:
    try:
        return clean()
    except Invalid as error:
        raise ValidationError(error.sentence) from error
