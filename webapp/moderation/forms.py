"""The forms with which anybody reports, and a reviewer says why a post goes."""

from collections.abc import Callable
from typing import Any

from wtforms import Form, StringField, TextAreaField, ValidationError

from webapp.errors import Invalid
from webapp.languages import later
from webapp.moderation.kinds import REASON_MAX, WORDS_MAX, clean_kind, clean_position, clean_words


class ReportForm(Form):
    """What is wrong, in words, at which moment of a recording of ``duration_ms``."""

    longest = WORDS_MAX

    kind = StringField(later("What is wrong?"))
    words = TextAreaField(later("In your words"))
    at = StringField(later("When in the recording?"))

    def __init__(self, *args: Any, duration_ms: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.duration_ms = duration_ms

    def validate_kind(self, field: StringField) -> None:
        _check(lambda: clean_kind(field.data or ""))

    def validate_words(self, field: TextAreaField) -> None:
        _check(lambda: clean_words(field.data or "", self.kind.data or "", self.longest))

    def validate_at(self, field: StringField) -> None:
        if self.duration_ms:
            _check(lambda: clean_position(field.data or "", self.duration_ms))


class RemovalForm(ReportForm):
    """What is wrong with a post, in words that its author is told."""

    longest = REASON_MAX


def _check(clean: Callable[[], object]) -> None:
    try:
        clean()
    except Invalid as error:
        raise ValidationError(error.sentence) from error
