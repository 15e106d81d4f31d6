"""The keys of sealed copies: a small file each, in a directory of their own.

They are in no database, since a database keeps what was deleted: in free pages, its log, its backups. For a
key to be gone when it is destroyed, this directory is never copied to where a file cannot be removed.
"""

import os
import re
from pathlib import Path
from typing import cast

from flask import current_app

from webapp.vault.sealing import KEY_BYTES, new_key

_REF = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_SUFFIX = ".key"


class KeyRing:
    """Keys by the ref of their copy."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def make(self, ref: str) -> bytes:
        """Returns the key of a copy: a new one, on the disk already, unless it has one."""
        key = self.find(ref)
        if key is None:
            key = new_key()
            self._write(self._path(ref), key)
        return key

    def find(self, ref: str) -> bytes | None:
        """Returns the key of a copy; None when it has none, or has it no more."""
        try:
            key = self._path(ref).read_bytes()
        except FileNotFoundError:
            return None
        return key if len(key) == KEY_BYTES else None

    def destroy(self, ref: str) -> None:
        """Overwrites and removes a key. One that is not there already was."""
        path = self._path(ref)
        try:
            with path.open("r+b", buffering=0) as file:
                file.write(bytes(KEY_BYTES))
                os.fsync(file.fileno())
            path.unlink()
        except FileNotFoundError:
            return
        self._sync()

    def refs(self) -> list[str]:
        """Returns the refs of all copies that have a key."""
        return sorted(path.name.removesuffix(_SUFFIX) for path in self._directory.glob(f"*{_SUFFIX}"))

    def _write(self, path: Path, key: bytes) -> None:
        new = path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        self._sync()

    def _path(self, ref: str) -> Path:
        if not _REF.fullmatch(ref):
            raise ValueError(f"{ref!r} names no copy.")
        return self._directory / f"{ref}{_SUFFIX}"

    def _sync(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def keyring() -> KeyRing:
    """Returns the keys of the application's vault."""
    return cast(KeyRing, current_app.extensions["keyring"])
