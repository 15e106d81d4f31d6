"""What every application would compile anew, compiled once for all the applications of a run."""

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


def share_rules() -> None:
    """Has werkzeug compile the rule of an address once: every application has all the same rules."""
    Rule.compile = _compile_once  # type: ignore[method-assign]


def _compile_once(rule: Rule) -> None:
    key = rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults)
    if key not in RULES:
        COMPILE(rule)
        RULES[key] = {name: rule.__dict__[name] for name in COMPILED}
    rule.__dict__.update(RULES[key])


TEMPLATES = Templates()
STATEMENTS = Statements()
COMPILED = "arguments", "_parts", "_trace", "_converters", "_build", "_build_unknown"
"""What compiling sets of a rule. Its converters know the map of the first; those that we use never ask it."""
RULES: dict[tuple[object, ...], dict[str, Any]] = {}
COMPILE = Rule.compile
