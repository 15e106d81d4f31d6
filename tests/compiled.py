"""What every application would compile anew, compiled once for all the applications of a run."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from webapp.db import db


def share_compiled(app: Flask) -> None:
    """Has an application use what others compiled. In its context."""
    app.jinja_env.bytecode_cache = TEMPLATES
    db.engine.update_execution_options(compiled_cache=STATEMENTS)


class Templates(BytecodeCache):
    """By their names and sources."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


class Statements(dict[Any, Any]):
    """By the name of their dialect, of which each engine has an instance of its own, and their structure."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_shared(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_shared(key), compiled)


def _shared(key: Any) -> Any:
    dialect, *structure = key
    return dialect.name, *structure


def build_addresses_lazily() -> None:
    """Has werkzeug compile how the addresses of a rule are built when one is: most tests need few of them."""
    Rule._compile_builder = _lazy_builder  # type: ignore[method-assign]


def _lazy_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    built: list[Callable[..., tuple[str, str]]] = []

    def build(*args: Any, **values: Any) -> tuple[str, str]:
        if not built:
            built.append(COMPILE_BUILDER(rule, append_unknown))
        return built[0](*args, **values)

    return build


TEMPLATES = Templates()
STATEMENTS = Statements()
COMPILE_BUILDER = Rule._compile_builder
