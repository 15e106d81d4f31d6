"""The form that opens a space, or changes one that has not started."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from wtforms import BooleanField, Form, StringField, ValidationError

from webapp.errors import Invalid
from webapp.spaces.states import clean_title, clean_topics
from webapp.spaces.times import Plan, zones_by_region

NOW, LATER = "now", "later"


class SpaceForm(Form):
    """A title, topics with commas between them, whether to record, and when it starts if that is known."""

    title = StringField("Title")
    topics = StringField("Topics")
    record = BooleanField("Record")
    when = StringField("When", default=NOW)
    starts_at = StringField("Day and time")
    zone = StringField("Zone")
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
            raise ValidationError("You cannot record yet. Open the space without recording, or wait for it.")

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
