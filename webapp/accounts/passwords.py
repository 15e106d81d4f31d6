"""Whether a password is somebody's."""

from flask_security import verify_password
from flask_security.proxies import _security

from webapp.accounts.models import User


def is_password_of(user: User, typed: str | None) -> bool:
    """Tells whether this is the password of this account, however it was composed when it was typed."""
    if not typed:
        return False
    return verify_password(_security.password_util.normalize(typed), user.password)
