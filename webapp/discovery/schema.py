"""The search index of each database, and the triggers that keep it.

Triggers, because spaces and people change in many places, some of them in one statement for many rows: what
is committed is found, and what is rolled back is not, whoever wrote it. SQLite loses a table's triggers when
a migration makes the table anew; whatever runs migrations repairs that.

Everything is found by title, topics and host, or by name and handle. Who may see it is asked when searching.
"""

from sqlalchemy import Connection, MetaData, event

from webapp.db import Model
from webapp.discovery import models  # noqa: F401 -- the triggers write into its table

SQLITE = (
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS search_spaces USING fts5 (
        title, topics, host, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
    )
    """,
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS search_people USING fts5 (
        name, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
    )
    """,
    """
    CREATE TRIGGER IF NOT EXISTS search_space_added AFTER INSERT ON spaces BEGIN
        INSERT INTO search_spaces (rowid, title, topics, host)
        SELECT NEW.id, NEW.title,
            coalesce((SELECT group_concat(value, ' ') FROM json_each(NEW.topics)), ''),
            display_name || ' ' || handle
        FROM users WHERE users.id = NEW.host_id;
        INSERT OR IGNORE INTO space_topics (space_id, topic, label)
        SELECT NEW.id, lower(value), value FROM json_each(NEW.topics);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS search_space_changed AFTER UPDATE OF title, topics, host_id ON spaces BEGIN
        DELETE FROM search_spaces WHERE rowid = OLD.id;
        DELETE FROM space_topics WHERE space_id = OLD.id;
        INSERT INTO search_spaces (rowid, title, topics, host)
        SELECT NEW.id, NEW.title,
            coalesce((SELECT group_concat(value, ' ') FROM json_each(NEW.topics)), ''),
            display_name || ' ' || handle
        FROM users WHERE users.id = NEW.host_id;
        INSERT OR IGNORE INTO space_topics (space_id, topic, label)
        SELECT NEW.id, lower(value), value FROM json_each(NEW.topics);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS search_space_deleted AFTER DELETE ON spaces BEGIN
        DELETE FROM search_spaces WHERE rowid = OLD.id;
        DELETE FROM space_topics WHERE space_id = OLD.id;
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS search_person_added AFTER INSERT ON users BEGIN
        INSERT INTO search_people (rowid, name) VALUES (NEW.id, NEW.display_name || ' ' || NEW.handle);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS search_person_changed AFTER UPDATE OF display_name, handle ON users BEGIN
        DELETE FROM search_people WHERE rowid = OLD.id;
        INSERT INTO search_people (rowid, name) VALUES (NEW.id, NEW.display_name || ' ' || NEW.handle);
        UPDATE search_spaces SET host = NEW.display_name || ' ' || NEW.handle
        WHERE rowid IN (SELECT id FROM spaces WHERE host_id = NEW.id);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS search_person_deleted AFTER DELETE ON users BEGIN
        DELETE FROM search_people WHERE rowid = OLD.id;
    END
    """,
)
SQLITE_ENTRIES = (
    """
    INSERT INTO search_spaces (rowid, title, topics, host)
    SELECT spaces.id, title,
        coalesce((SELECT group_concat(value, ' ') FROM json_each(topics)), ''),
        display_name || ' ' || handle
    FROM spaces JOIN users ON users.id = host_id
    """,
    """
    INSERT OR IGNORE INTO space_topics (space_id, topic, label)
    SELECT spaces.id, lower(value), value FROM spaces, json_each(topics)
    """,
    "INSERT INTO search_people (rowid, name) SELECT id, display_name || ' ' || handle FROM users",
)
POSTGRESQL = (
    """
    CREATE TABLE IF NOT EXISTS search_spaces (
        space_id integer PRIMARY KEY REFERENCES spaces ON DELETE CASCADE, document tsvector NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS search_people (
        user_id integer PRIMARY KEY REFERENCES users ON DELETE CASCADE, document tsvector NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_search_spaces_document ON search_spaces USING gin (document)",
    "CREATE INDEX IF NOT EXISTS ix_search_people_document ON search_people USING gin (document)",
    # Without accents, and without the signs of which the parser would make addresses, numbers and paths.
    r"""
    CREATE OR REPLACE FUNCTION search_words(said text) RETURNS tsvector LANGUAGE sql STABLE STRICT AS $$
        SELECT to_tsvector('simple', regexp_replace(
            normalize(
                regexp_replace(said, '[!-/:-@\[-`{-~“”„‘’‚«»‹›–—…·¡¿]', ' ', 'g'), NFD
            ), '[\u0300-\u036f]', '', 'g'
        ))
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION search_put_space(number integer) RETURNS void LANGUAGE sql AS $$
        INSERT INTO search_spaces (space_id, document)
        SELECT spaces.id, setweight(search_words(title), 'A') || search_words(
            coalesce((SELECT string_agg(value, ' ') FROM json_array_elements_text(topics)), '')
            || ' ' || display_name || ' ' || handle
        )
        FROM spaces JOIN users ON users.id = host_id WHERE spaces.id = number
        ON CONFLICT (space_id) DO UPDATE SET document = excluded.document;
        DELETE FROM space_topics WHERE space_id = number;
        INSERT INTO space_topics (space_id, topic, label)
        SELECT id, lower(value), value FROM spaces, json_array_elements_text(topics) WHERE id = number
        ON CONFLICT DO NOTHING
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION search_put_person(number integer) RETURNS void LANGUAGE sql AS $$
        INSERT INTO search_people (user_id, document)
        SELECT id, search_words(display_name || ' ' || handle) FROM users WHERE id = number
        ON CONFLICT (user_id) DO UPDATE SET document = excluded.document
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION search_note_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM search_put_space(NEW.id);
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION search_note_person() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM search_put_person(NEW.id);
        PERFORM search_put_space(id) FROM spaces WHERE host_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER search_space AFTER INSERT OR UPDATE OF title, topics, host_id ON spaces
    FOR EACH ROW EXECUTE FUNCTION search_note_space()
    """,
    """
    CREATE OR REPLACE TRIGGER search_person AFTER INSERT OR UPDATE OF display_name, handle ON users
    FOR EACH ROW EXECUTE FUNCTION search_note_person()
    """,
)
POSTGRESQL_ENTRIES = (
    "SELECT search_put_space(id) FROM spaces",
    "SELECT search_put_person(id) FROM users",
)
_NO_ENTRIES = ("DELETE FROM search_spaces", "DELETE FROM search_people", "DELETE FROM space_topics")
_TRIGGERS = {statement.split()[5] for statement in SQLITE if "CREATE TRIGGER" in statement}


def install(connection: Connection) -> None:
    """Makes what is missing of the index and its triggers, in the caller's transaction."""
    _run(connection, SQLITE, POSTGRESQL)


def fill(connection: Connection) -> None:
    """Makes all entries anew from the tables, in the caller's transaction."""
    _run(connection, _NO_ENTRIES, _NO_ENTRIES)
    _run(connection, SQLITE_ENTRIES, POSTGRESQL_ENTRIES)


def repair(connection: Connection) -> None:
    """Makes triggers again that went with a table, and every entry that they may have missed."""
    if connection.dialect.name != "sqlite":
        return
    found = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE name LIKE 'search\\_%' ESCAPE '\\'"
    )
    there = {name for (name,) in found}
    if "search_spaces" in there and not there >= _TRIGGERS:
        install(connection)
        fill(connection)


def _run(connection: Connection, sqlite: tuple[str, ...], postgresql: tuple[str, ...]) -> None:
    for statement in sqlite if connection.dialect.name == "sqlite" else postgresql:
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})  # a % is a %


@event.listens_for(Model.metadata, "after_create")
def _install_with_tables(_metadata: MetaData, connection: Connection, **_: object) -> None:
    install(connection)
