"""The form that changes a stage."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from wtforms import DateTimeLocalField, DecimalField, Form, SelectMultipleField, ValidationError
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.languages import gettext as _
from webapp.languages import later
from webapp.rollout.platforms import Platform
from webapp.rollout.programme import Stage

FORMAT = "%Y-%m-%dT%H:%M"


class StageForm(Form):
    """A date in UTC, a share in percent and the platforms."""

    starts_at = DateTimeLocalField(
        later("Begins (UTC)"), [InputRequired(later("Say when it begins."))], format=[FORMAT]
    )
    percent = DecimalField(
        later("Share of the accounts, in percent"),
        [
            InputRequired(later("Say how many percent.")),
            NumberRange(0, 100, later("A share is between 0 and 100 percent.")),
        ],
        places=1,
    )
    platforms = SelectMultipleField(
        later("Platforms"),
        choices=[platform.value for platform in Platform],  # type: ignore[misc]  # older stubs
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    @classmethod
    def of(cls, stage: Stage) -> "StageForm":
        """Shows a stage as it is."""
        return cls(
            starts_at=stage.starts_at,
            percent=Decimal(stage.permille) / 10,
            platforms=[platform.value for platform in stage.platforms],
        )

    def validate_percent(self, field: DecimalField) -> None:
        if not field.errors and field.data is not None and field.data * 10 % 1:
            raise ValidationError(_("A tenth of a percent is the smallest step."))

    def validate_platforms(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one platform."))

    def changed(self, stage: Stage) -> Stage:
        """Returns the stage as a valid form has it. A minute that was left as it was keeps its seconds."""
        percent, starts_at = cast(Decimal, self.percent.data), cast(datetime, self.starts_at.data)
        starts_at = starts_at.replace(tzinfo=UTC)
        if starts_at == stage.starts_at.replace(second=0, microsecond=0):
            starts_at = stage.starts_at
        platforms = frozenset(map(Platform, self.platforms.data or ()))
        return replace(stage, starts_at=starts_at, permille=int(percent * 10), platforms=platforms)
