"""Finds spaces and people by words, with whichever index the database has: one interface over two.

All words must be there, the last as the beginning of one. Case and accents do not matter. The order is no
engine's score, which would depend on entries that the visitor may not see: what has all words in its title
comes first.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Integer, Select, bindparam, column, select, text

from webapp.db import db

_ACCENTS = re.compile("[\u0300-\u036f]")


class Engine(Protocol):
    """Selects numbers by words (``webapp.discovery.words``), of which there is at least one."""

    def spaces(self, words: Sequence[str]) -> Select[int]:
        """Selects the spaces with these words in title, topics, and name and handle of the host."""

    def titles(self, words: Sequence[str]) -> Select[int]:
        """Selects the spaces with these words in their title."""

    def people(self, words: Sequence[str]) -> Select[int]:
        """Selects the people with these words in name and handle."""


class Fts5:
    """SQLite's."""

    def spaces(self, words: Sequence[str]) -> Select[int]:
        return self._select("search_spaces", self._query(words))

    def titles(self, words: Sequence[str]) -> Select[int]:
        return self._select("search_spaces", f"title : ({self._query(words)})")

    def people(self, words: Sequence[str]) -> Select[int]:
        return self._select("search_people", self._query(words))

    def _query(self, words: Sequence[str]) -> str:
        return " AND ".join(f'"{word}"' for word in words) + "*"

    def _select(self, table: str, query: str) -> Select[int]:
        return _numbers(f"SELECT rowid AS id FROM {table} WHERE {table} MATCH :query", query)  # noqa: S608


class Tsvector:
    """PostgreSQL's."""

    def spaces(self, words: Sequence[str]) -> Select[int]:
        return self._select("space_id", "search_spaces", words)

    def titles(self, words: Sequence[str]) -> Select[int]:
        return self._select("space_id", "search_spaces", words, "A")

    def people(self, words: Sequence[str]) -> Select[int]:
        return self._select("user_id", "search_people", words)

    def _select(self, key: str, table: str, words: Sequence[str], weight: str = "") -> Select[int]:
        quoted = [f"'{_ACCENTS.sub('', unicodedata.normalize('NFD', word))}':{weight}" for word in words]
        query = " & ".join([*(word.removesuffix(":") for word in quoted[:-1]), f"{quoted[-1]}*"])
        fits = f"SELECT {key} AS id FROM {table} WHERE document @@ to_tsquery('simple', :query)"  # noqa: S608
        return _numbers(fits, query)


def _numbers(statement: str, query: str) -> Select[int]:
    found = text(statement).bindparams(bindparam("query", query, unique=True)).columns(column("id", Integer))
    return select(found.subquery().c.id)


def engine() -> Engine:
    """Returns the one of this database."""
    return Fts5() if db.engine.dialect.name == "sqlite" else Tsvector()
