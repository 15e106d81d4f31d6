"""Settings, read from the environment and from ``.env``; ``.env.example`` explains each one."""

import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MAX_BODY_BYTES = 65_536
"""Nothing that is sent to Parley over HTTP is larger."""


def _origin(url: str | None) -> str | None:
    """Checks an address such as ``https://parley.example`` and drops a slash at its end."""
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise ValueError("must be a scheme and a host, such as https://parley.example")
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class MailServer:
    """Where mails are taken to, and whom they are from."""

    host: str
    port: int
    tls_from_the_start: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def _mail_server(url: str, sender: str | None) -> MailServer:
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("PARLEY_SMTP_URL must be such as smtp://user:password@mail.example:587")
    if not sender or not all(parseaddr(sender)[1].rpartition("@")):
        raise ValueError("PARLEY_MAIL_FROM must be such as Parley <parley@example.org>")
    tls = parts.scheme == "smtps"
    port = parts.port or (465 if tls else 587)
    return MailServer(
        parts.hostname, port, tls, sender, unquote(parts.username or ""), unquote(parts.password or "")
    )


@dataclass(frozen=True)
class PushKeys:
    """What signs pushes, base64url; the public half that browsers are given; and who answers for them."""

    private: str = field(repr=False)
    public: str
    contact: str


def _push_keys(private: str, contact: str | None) -> PushKeys:
    if not contact or not contact.startswith(("mailto:", "https://")):
        raise ValueError("PARLEY_PUSH_CONTACT must be such as mailto:olga@example.org")
    try:
        number = int.from_bytes(urlsafe_b64decode(private + "=" * (-len(private) % 4)))
        point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise ValueError("PARLEY_PUSH_KEY must be one that flask notifications keys made") from error
    public = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return PushKeys(private, urlsafe_b64encode(public).rstrip(b"=").decode(), contact)


class Settings(BaseSettings):
    """Everything an operator can set, as ``PARLEY_<NAME>``; but ``PORT`` and ``DEMO`` go by those names."""

    model_config = SettingsConfigDict(
        env_prefix="PARLEY_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(8000, validation_alias="PORT", ge=0, le=65535)
    public_url: Annotated[str | None, AfterValidator(_origin)] = None
    proxies: int = Field(0, ge=0)
    secret_key: SecretStr | None = None
    database_url: str | None = None
    vault_keys_dir: Path | None = None
    s3_bucket: str | None = None
    s3_endpoint: str | None = None
    s3_region: str = "us-east-1"
    s3_access_key_id: SecretStr | None = None
    s3_secret_access_key: SecretStr | None = None
    metrics_token: SecretStr | None = None
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    push_key: SecretStr | None = None
    push_contact: str | None = None
    media_loops: int = Field(2, ge=1, le=16)
    media_mixers: int = Field(2, ge=1, le=16)
    large_room: int = Field(500, ge=0)
    real_time: bool = True
    encoder_application: Literal["voip", "audio", "low_delay"] = "audio"
    encoder_bitrate: int = Field(48_000, ge=6_000, le=128_000)
    encoder_complexity: int = Field(0, ge=0, le=10)
    demo: bool = Field(True, validation_alias="DEMO")

    @model_validator(mode="after")
    def _can_send_mails(self) -> Self:
        _ = self.mail_server
        return self

    @property
    def mail_server(self) -> MailServer | None:
        """Where mails go; None where none are sent."""
        return _mail_server(self.smtp_url.get_secret_value(), self.mail_from) if self.smtp_url else None

    @model_validator(mode="after")
    def _can_push(self) -> Self:
        _ = self.push_keys
        return self

    @cached_property
    def push_keys(self) -> PushKeys | None:
        """What signs pushes to browsers; None where none are sent."""
        return _push_keys(self.push_key.get_secret_value(), self.push_contact) if self.push_key else None

    @property
    def address(self) -> str:
        """Where people find this Parley, without a slash at the end."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def cookie_secure(self) -> bool:
        """Whether cookies travel over HTTPS only."""
        return self.address.startswith("https://")

    @property
    def recordings_dir(self) -> Path:
        """Where the recorder writes."""
        return self.data_dir.resolve() / "recordings"

    @property
    def vault_dir(self) -> Path:
        """Where sealed copies are kept, unless they are kept in S3."""
        return self.data_dir.resolve() / "vault"

    @property
    def keys_dir(self) -> Path:
        """Where the keys of sealed copies are kept: never where those are, nor in a backup."""
        return (self.vault_keys_dir or self.data_dir / "keys" / "vault").resolve()

    @property
    def sqlalchemy_url(self) -> str:
        """The database's address; SQLite in the data directory unless another was set."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'parley.sqlite3'}"

    def signing_key(self) -> str:
        """Returns the key that signs sessions: the one that was set, or one kept in the data directory."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        return self.kept_key("secret_key")

    def kept_key(self, name: str) -> str:
        """Returns a key that is made on the first run and kept in the data directory."""
        path = self.data_dir / "keys" / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _read_or_make(path)


def _read_or_make(path: Path) -> str:
    """Returns what the file holds, or makes it; of several processes that try at once, one makes it."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    made.write_text(secrets.token_urlsafe(48))
    made.chmod(0o600)
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path.read_text().strip()
