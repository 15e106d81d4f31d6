"""The form of signing up. Signing in uses Flask-Security's own."""

from collections.abc import Callable

from flask_security.forms import RegisterFormV2
from wtforms import StringField, ValidationError
from wtforms.validators import InputRequired

from webapp.accounts import services
from webapp.accounts.names import clean_display_name, clean_handle
from webapp.errors import Invalid


class SignUpForm(RegisterFormV2):
    """Asks for an e-mail address, a password, a handle and a name."""

    handle = StringField("Handle", validators=[InputRequired("Choose a handle.")])
    display_name = StringField("Name", validators=[InputRequired("Say what you are called.")])

    def validate_handle(self, field: StringField) -> None:
        field.data = _checked(clean_handle, field)
        if services.is_taken(field.data):
            raise ValidationError("That handle is taken.")

    def validate_display_name(self, field: StringField) -> None:
        field.data = _checked(clean_display_name, field)


def _checked(clean: Callable[[str], str], field: StringField) -> str:
    try:
        return clean(field.data or "")
    except Invalid as error:
        raise ValidationError(error.sentence) from error
