"""Whether a password is somebody's, and what may become one."""

from flask_security import hash_password, verify_password
from flask_security.proxies import _security

from webapp.accounts.models import User


def is_password_of(user: User, typed: str | None) -> bool:
    """Tells whether this is the password of this account, however it was composed when it was typed."""
    if not typed:
        return False
    return verify_password(_security.password_util.normalize(typed), user.password)


def problems_of(typed: str) -> list[str]:
    """Says what keeps this from being anybody's password."""
    problems, _composed = _security.password_util.validate(typed, False)
    return [str(problem) for problem in problems or ()]


def hashed(typed: str) -> str:
    """Returns what is kept of a password."""
    return hash_password(_security.password_util.normalize(typed))
