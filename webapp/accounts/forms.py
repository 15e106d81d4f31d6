"""The forms of accounts. Signing in uses Flask-Security's own."""

from collections.abc import Callable
from typing import Any

from flask_security.forms import ChangePasswordForm, RegisterFormV2
from wtforms import Form, PasswordField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import EqualTo, InputRequired

from webapp import languages
from webapp.accounts import services
from webapp.accounts.current import require_account
from webapp.accounts.names import clean_bio, clean_display_name, clean_handle, clean_token_name
from webapp.accounts.passwords import is_password_of, problems_of
from webapp.errors import Invalid
from webapp.languages import gettext as _
from webapp.languages import later


class SignUpForm(RegisterFormV2):
    """Asks for an e-mail address, a password, a handle and a name."""

    handle = StringField(later("Handle"), validators=[InputRequired(later("Choose a handle."))])
    display_name = StringField(later("Name"), validators=[InputRequired(later("Say what you are called."))])

    def validate_handle(self, field: StringField) -> None:
        field.data = _checked(clean_handle, field)
        if services.is_taken(field.data):
            raise ValidationError(_("That handle is taken."))

    def validate_display_name(self, field: StringField) -> None:
        field.data = _checked(clean_display_name, field)


class _PasswordTwice:
    """The fields for a password to come."""

    new_password = PasswordField(
        later("New password"), validators=[InputRequired(later("Choose a new password."))]
    )
    new_password_confirm = PasswordField(
        later("New password, once more"),
        validators=[EqualTo("new_password", later("The two are not the same."))],
    )


class NewPasswordForm(_PasswordTwice, ChangePasswordForm):
    """Asks for the password one has, and twice for the one to come."""

    password = PasswordField(later("Current password"))

    def validate_password(self, field: PasswordField) -> None:
        if not is_password_of(require_account(), field.data):
            raise ValidationError(_("That is not your password."))


class ForgottenForm(Form):
    """Whose password is forgotten."""

    email = StringField(
        later("E-mail address"), validators=[InputRequired(later("Type your e-mail address."))]
    )


class ResetForm(_PasswordTwice, Form):
    """Asks twice for the password to come."""

    def validate_new_password(self, field: PasswordField) -> None:
        for problem in problems_of(field.data or ""):
            raise ValidationError(problem)


class NameForm(Form):
    """What others see one called."""

    display_name = StringField(later("Name"))

    def validate_display_name(self, field: StringField) -> None:
        field.data = _checked(clean_display_name, field)


class BioForm(Form):
    """What one says of oneself."""

    bio = TextAreaField(later("About you"))

    def validate_bio(self, field: TextAreaField) -> None:
        field.data = _checked(clean_bio, field)


class TimeZoneForm(Form):
    """In which zone one is shown times."""

    time_zone = SelectField(later("Time zone"), filters=[lambda name: name or ""])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [SelectChoice(name, name.replace("_", " ")) for name in services.time_zones()]
        self.time_zone.choices = [SelectChoice("", later("As this device has it")), *names]


class LanguageForm(Form):
    """In which language one is spoken to."""

    language = SelectField(later("Language"), filters=[lambda tag: tag or ""])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = [SelectChoice(tag, languages.name_of(tag)) for tag in languages.offered()]
        self.language.choices = [SelectChoice("", later("As this browser asks for it")), *tags]


class TokenForm(Form):
    """What a new token is for."""

    name = StringField(later("What it is for"))

    def validate_name(self, field: StringField) -> None:
        field.data = _checked(clean_token_name, field)


class DeleteForm(Form):
    """Whether it is really this person who wants to be forgotten."""

    password = PasswordField(later("Your password"))
    confirmation = StringField(later("Your handle, so that this is no slip"))

    def validate_password(self, field: PasswordField) -> None:
        if not is_password_of(require_account(), field.data):
            raise ValidationError(_("That is not your password."))

    def validate_confirmation(self, field: StringField) -> None:
        handle = require_account().handle
        if (field.data or "").strip().removeprefix("@").lower() != handle:
            raise ValidationError(_("Type your handle: %(handle)s", handle=handle))


def _checked(clean: Callable[[str], str], field: StringField) -> str:
    try:
        return clean(field.data or "")
    except Invalid as error:
        raise ValidationError(error.sentence) from error
