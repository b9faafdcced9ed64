# SPDX-License-Identifier: GPL-3.0-or-later
"""Tamperings with a loaded target (that of rich.py), as data: what is done, how it is undone, what is found.

Each is done by a superuser in the database, in a session whose default_tablespace is empty, after a load that was
proved. What a verification does not find has a reason instead of words.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tampering:
    """One of them. `found` stands in a problem of the verification; `unseen`: why nothing does."""

    name: str
    sql: tuple[str, ...]
    undo: tuple[str, ...]
    found: str = ""
    unseen: str = ""


def simple(name: str, sql: str, undo: str, found: str) -> Tampering:
    return Tampering(name, (sql,), (undo,), found)


_FOLLOW = "CREATE OR REPLACE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN {}; END$$"
_SYSTEM_TRIGGERS = "ALTER TABLE {} {} TRIGGER ALL"

TRIGGERS = (
    simple(
        "a user trigger disabled",
        "ALTER TABLE book DISABLE TRIGGER book_stop",
        "ALTER TABLE book ENABLE TRIGGER book_stop",
        "book: trigger book_stop",
    ),
    simple(
        "a disabled trigger enabled",
        "ALTER TABLE person ENABLE TRIGGER person_off",
        "ALTER TABLE person DISABLE TRIGGER person_off",
        "person: trigger person_off: before 'disabled",
    ),
    simple(
        "a trigger for replicas alone enabled for all",
        "ALTER TABLE person ENABLE TRIGGER person_replica",
        "ALTER TABLE person ENABLE REPLICA TRIGGER person_replica",
        "person: trigger person_replica: before 'replica",
    ),
    simple(
        "a trigger that is always on made an ordinary one",
        "ALTER TABLE book ENABLE TRIGGER book_always",
        "ALTER TABLE book ENABLE ALWAYS TRIGGER book_always",
        "book: trigger book_always: before 'always",
    ),
    simple(
        "the trigger of one partition disabled",
        "ALTER TABLE ONLY visit_rest DISABLE TRIGGER visit_row",
        "ALTER TABLE ONLY visit_rest ENABLE TRIGGER visit_row",
        "visit: partition public.visit_rest trigger visit_row: before nothing, now 'disabled'",
    ),
    simple(
        "the body of a trigger's function changed",
        _FOLLOW.format("OLD"),
        _FOLLOW.format("NEW"),
        "person: trigger person_replica",
    ),
    simple(
        "a trigger added",
        "CREATE TRIGGER surplus AFTER DELETE ON bare FOR EACH ROW EXECUTE FUNCTION follow()",
        "DROP TRIGGER surplus ON bare",
        "bare: trigger surplus: before nothing",
    ),
    Tampering(
        "a trigger dropped",
        ("DROP TRIGGER setting_emptied ON setting",),
        ("CREATE TRIGGER setting_emptied BEFORE TRUNCATE ON setting EXECUTE FUNCTION refuse()",),
        "setting: trigger setting_emptied",
    ),
    simple(
        "an INSTEAD rule added",
        "CREATE RULE surplus AS ON INSERT TO bare DO INSTEAD NOTHING",
        "DROP RULE surplus ON bare",
        "bare: rule surplus",
    ),
    simple(
        "a disabled rule enabled",
        "ALTER TABLE setting ENABLE RULE setting_off",
        "ALTER TABLE setting DISABLE RULE setting_off",
        "setting: rule setting_off",
    ),
)

KEYS = (
    simple(
        "the triggers of a foreign key disabled",
        _SYSTEM_TRIGGERS.format("archive.outsider", "DISABLE"),
        _SYSTEM_TRIGGERS.format("archive.outsider", "ENABLE"),
        "book: referenced by archive.outsider outsider_isbn",
    ),
    Tampering(
        "the triggers of a planned table's own foreign key disabled",
        (_SYSTEM_TRIGGERS.format("word", "DISABLE"), _SYSTEM_TRIGGERS.format("ONLY visit_rest", "DISABLE")),
        (_SYSTEM_TRIGGERS.format("word", "ENABLE"), _SYSTEM_TRIGGERS.format("ONLY visit_rest", "ENABLE")),
        "visit: partition public.visit_rest constraint",
    ),
    Tampering(
        "a foreign key dropped",
        ("ALTER TABLE person DROP CONSTRAINT person_boss",),
        (
            "ALTER TABLE person ADD CONSTRAINT person_boss FOREIGN KEY (boss_id) REFERENCES person (id)"
            " ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
            "COMMENT ON CONSTRAINT person_boss ON person IS 'who''s the \"boss\"? \\'",
        ),
        "person: constraint person_boss",
    ),
    simple(
        "a deferrable foreign key made immediate",
        "ALTER TABLE person ALTER CONSTRAINT person_boss NOT DEFERRABLE",
        "ALTER TABLE person ALTER CONSTRAINT person_boss DEFERRABLE INITIALLY DEFERRED",
        "person: constraint person_boss, definition",
    ),
    Tampering(
        "a key that was not valid validated",
        ("ALTER TABLE book VALIDATE CONSTRAINT book_person",),
        (
            "ALTER TABLE book DROP CONSTRAINT book_person",
            "ALTER TABLE book ADD CONSTRAINT book_person FOREIGN KEY (person_id) REFERENCES person (id)"
            " MATCH FULL ON UPDATE CASCADE NOT VALID",
        ),
        "book: constraint book_person, definition",
    ),
    Tampering(
        "a unique constraint turned into a bare index",
        (
            "ALTER TABLE book DROP CONSTRAINT book_isbn_alone CASCADE",
            "CREATE UNIQUE INDEX book_isbn_alone ON book (isbn)",
        ),
        (
            "ALTER TABLE book ADD CONSTRAINT book_isbn_alone UNIQUE USING INDEX book_isbn_alone",
            "ALTER TABLE archive.outsider ADD CONSTRAINT outsider_isbn FOREIGN KEY (isbn) REFERENCES book (isbn)",
            "COMMENT ON CONSTRAINT outsider_isbn ON archive.outsider IS 'from outside'",
        ),
        "book: index book_isbn_alone: before 'unique constraint book_isbn_alone', now nothing",
    ),
    Tampering(
        "a bare unique index turned into a constraint",
        ("ALTER TABLE word ADD CONSTRAINT word_identity UNIQUE USING INDEX word_identity",),
        (
            "ALTER TABLE word DROP CONSTRAINT word_identity",
            "CREATE UNIQUE INDEX word_identity ON word (id, low)",
        ),
        "word: index word_identity: before nothing",
    ),
    Tampering(
        "a unique constraint made deferrable",
        (
            "ALTER TABLE visit_rest DROP CONSTRAINT visit_rest_own",
            "ALTER TABLE visit_rest ADD CONSTRAINT visit_rest_own UNIQUE (person_id, id) DEFERRABLE",
        ),
        (
            "ALTER TABLE visit_rest DROP CONSTRAINT visit_rest_own",
            "ALTER TABLE visit_rest ADD CONSTRAINT visit_rest_own UNIQUE (person_id, id)",
        ),
        "visit: partition public.visit_rest index visit_rest_own",
    ),
    simple(
        "a CHECK added",
        "ALTER TABLE bare ADD CONSTRAINT surplus CHECK (a < 5)",
        "ALTER TABLE bare DROP CONSTRAINT surplus",
        "bare: constraint surplus",
    ),
    Tampering(
        "a CHECK dropped",
        ("ALTER TABLE word DROP CONSTRAINT word_checked",),
        ("ALTER TABLE word ADD CONSTRAINT word_checked CHECK (low <= high)",),
        "word: constraint word_checked",
    ),
    simple(
        "a comment on a constraint changed",
        "COMMENT ON CONSTRAINT word_ranges ON word IS 'overlap'",
        "COMMENT ON CONSTRAINT word_ranges ON word IS 'no overlap'",
        "word: index word_ranges",
    ),
)

INDEXES = (
    simple(
        "an index marked invalid",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bare_a'::regclass",
        "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'bare_a'::regclass",
        "bare: index bare_a: before nothing, now 'invalid'",
    ),
    Tampering(
        "an index dropped",
        ("DROP INDEX bare_a",),
        ("CREATE INDEX bare_a ON bare (a)",),
        "bare: index bare_a",
    ),
    simple("an index added", "CREATE INDEX surplus ON bare (a)", "DROP INDEX surplus", "bare: index surplus"),
    simple(
        "an index of a partition added",
        "CREATE INDEX surplus ON visit_rest (id)",
        "DROP INDEX surplus",
        "visit: partition public.visit_rest index surplus",
    ),
    simple(
        "options of an index changed",
        "ALTER INDEX book_brin SET (pages_per_range = 8)",
        "ALTER INDEX book_brin SET (pages_per_range = 16)",
        "book: index book_brin, definition",
    ),
    simple(
        "a statistics target of an index reset",
        "ALTER INDEX person_upper ALTER COLUMN 1 SET STATISTICS -1",
        "ALTER INDEX person_upper ALTER COLUMN 1 SET STATISTICS 1000",
        "person: index person_upper: before 'statistics 1:1000",
    ),
    simple(
        "an index moved to another tablespace",
        "ALTER INDEX book_price SET TABLESPACE pg_default",
        "ALTER INDEX book_price SET TABLESPACE {tablespace}",
        "book: index book_price: before 'tablespace",
    ),
    simple(
        "the clustered index forgotten",
        "ALTER TABLE book SET WITHOUT CLUSTER",
        "ALTER TABLE book CLUSTER ON book_plain",
        "book: index book_plain: before 'clustered'",
    ),
    Tampering(
        "NULLS NOT DISTINCT lost",
        (
            "DROP INDEX book_plain",
            "CREATE UNIQUE INDEX book_plain ON book (title, price)",
            "ALTER TABLE book CLUSTER ON book_plain",
        ),
        (
            "DROP INDEX book_plain",
            "CREATE UNIQUE INDEX book_plain ON book (title, price) NULLS NOT DISTINCT",
            "ALTER TABLE book CLUSTER ON book_plain",
        ),
        "book: index book_plain, definition",
    ),
)

TABLES = (
    simple(
        "UNLOGGED",
        "ALTER TABLE word SET UNLOGGED",
        "ALTER TABLE word SET LOGGED",
        "word: persistence: before nothing, now 'unlogged'",
    ),
    simple(
        "LOGGED",
        "ALTER TABLE cache SET LOGGED",
        "ALTER TABLE cache SET UNLOGGED",
        "cache: persistence: before 'unlogged', now nothing",
    ),
    simple(
        "row security enabled",
        "ALTER TABLE bare ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE bare DISABLE ROW LEVEL SECURITY",
        "bare: row security",
    ),
    simple(
        "row security forced",
        "ALTER TABLE setting FORCE ROW LEVEL SECURITY",
        "ALTER TABLE setting NO FORCE ROW LEVEL SECURITY",
        "setting: row security",
    ),
    simple(
        "a policy changed",
        "ALTER POLICY setting_all ON setting USING (true)",
        "ALTER POLICY setting_all ON setting USING (name <> 'secret')",
        "setting: policy setting_all",
    ),
    simple(
        "a policy added",
        "CREATE POLICY surplus ON bare USING (false)",
        "DROP POLICY surplus ON bare",
        "bare: policy surplus",
    ),
    simple(
        "the owner changed",
        "ALTER TABLE bare OWNER TO pg_monitor",
        "ALTER TABLE bare OWNER TO CURRENT_USER",
        "bare: owner",
    ),
    simple(
        "the owner of a partition changed",
        "ALTER TABLE visit_rest OWNER TO pg_monitor",
        "ALTER TABLE visit_rest OWNER TO CURRENT_USER",
        "visit: partition public.visit_rest owner",
    ),
    simple(
        "the replica identity changed",
        "ALTER TABLE bare REPLICA IDENTITY FULL",
        "ALTER TABLE bare REPLICA IDENTITY NOTHING",
        "bare: replica identity: before 'nothing', now 'full'",
    ),
    simple(
        "options of a table changed",
        "ALTER TABLE book SET (fillfactor = 70)",
        "ALTER TABLE book SET (fillfactor = 80)",
        "book: options",
    ),
    simple(
        "a comment on a table changed",
        "COMMENT ON TABLE person IS 'robots'",
        "COMMENT ON TABLE person IS 'people'",
        "person: comment: before 'people', now 'robots'",
    ),
    simple(
        "a table made a child of another",
        "ALTER TABLE bare INHERIT surplus_parent",
        "ALTER TABLE bare NO INHERIT surplus_parent",
        "bare: inherits",
    ),
    simple(
        "a table added", "CREATE TABLE surplus (a integer)", "DROP TABLE surplus", "table surplus: it is new"
    ),
    Tampering(
        "a partition detached",
        ("ALTER TABLE visit DETACH PARTITION archive.visit_old",),
        (
            "ALTER TABLE visit ATTACH PARTITION archive.visit_old FOR VALUES FROM (MINVALUE) TO ('2024-01-01')",
            "ALTER TABLE ONLY archive.visit_old ENABLE REPLICA TRIGGER visit_row",
        ),
        "visit: partition archive.visit_old bound",
    ),
    simple(
        "a partition attached",
        "CREATE TABLE surplus PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        "DROP TABLE surplus",
        "visit: partition public.surplus bound",
    ),
    simple(
        "extended statistics changed",
        "ALTER STATISTICS book_pairs SET STATISTICS 100",
        "ALTER STATISTICS book_pairs SET STATISTICS 250",
        "book: statistics book_pairs",
    ),
)

COLUMNS = (
    simple(
        "NOT NULL dropped",
        "ALTER TABLE person ALTER name DROP NOT NULL",
        "ALTER TABLE person ALTER name SET NOT NULL",
        "person: column name, nullable",
    ),
    simple(
        "a default set",
        "ALTER TABLE bare ALTER a SET DEFAULT 7",
        "ALTER TABLE bare ALTER a DROP DEFAULT",
        "bare: column a, default",
    ),
    simple(
        "the kind of an identity changed",
        "ALTER TABLE person ALTER id SET GENERATED ALWAYS",
        "ALTER TABLE person ALTER id SET GENERATED BY DEFAULT",
        "person: column id: before 'identity by default', now 'identity always'",
    ),
    simple(
        "the increment of a sequence changed",
        "ALTER SEQUENCE book_numbers INCREMENT 2",
        "ALTER SEQUENCE book_numbers INCREMENT 1",
        "book: sequence public.book_numbers",
    ),
    simple(
        "the maximum of a sequence changed",
        "ALTER SEQUENCE book_numbers MAXVALUE 77",
        "ALTER SEQUENCE book_numbers MAXVALUE 999999",
        "book: sequence public.book_numbers",
    ),
    simple(
        "a sequence made to cycle",
        "ALTER SEQUENCE book_numbers CYCLE",
        "ALTER SEQUENCE book_numbers NO CYCLE",
        "book: sequence public.book_numbers",
    ),
    simple(
        "the cache of a sequence changed",
        "ALTER SEQUENCE book_numbers CACHE 1",
        "ALTER SEQUENCE book_numbers CACHE 3",
        "book: sequence public.book_numbers",
    ),
    simple(
        "a sequence owned by nobody any more",
        "ALTER SEQUENCE book_numbers OWNED BY NONE",
        "ALTER SEQUENCE book_numbers OWNED BY book.id",
        "book: sequence public.book_numbers",
    ),
    simple(
        "the statistics target of a column changed",
        "ALTER TABLE person ALTER name SET STATISTICS 10",
        "ALTER TABLE person ALTER name SET STATISTICS 500",
        "person: column name",
    ),
    simple(
        "the storage of a column changed",
        "ALTER TABLE person ALTER note SET STORAGE EXTENDED",
        "ALTER TABLE person ALTER note SET STORAGE EXTERNAL",
        "person: column note",
    ),
    simple(
        "the compression of a column changed",
        "ALTER TABLE person ALTER note SET COMPRESSION default",
        "ALTER TABLE person ALTER note SET COMPRESSION pglz",
        "person: column note",
    ),
    simple(
        "a comment on a column changed",
        "COMMENT ON COLUMN person.name IS NULL",
        "COMMENT ON COLUMN person.name IS 'it''s a \\ name'",
        "person: column name",
    ),
    simple("a column added", "ALTER TABLE bare ADD b integer", "ALTER TABLE bare DROP b", "bare: column b"),
)

BESIDE = (
    Tampering(
        "a view changed",
        (
            "CREATE OR REPLACE VIEW people AS SELECT p.id, p.name, 0::bigint AS books FROM person p GROUP BY p.id",
        ),
        (
            "CREATE OR REPLACE VIEW people AS SELECT p.id, p.name, count(b.id) AS books FROM person p"
            " LEFT JOIN book b ON b.person_id = p.id GROUP BY p.id",
        ),
        "contract: view public.people, definition",
    ),
    simple(
        "a function that no trigger calls changed",
        "ALTER FUNCTION held(text) COST 3",
        "ALTER FUNCTION held(text) COST 100",
        "contract: function public.held(text), definition",
    ),
    simple(
        "a table that no plan names changed",
        "ALTER TABLE outsider ADD surplus integer",
        "ALTER TABLE outsider DROP surplus",
        "contract: column public.outsider.surplus: it is new",
    ),
    simple(
        "a sequence that no column uses added",
        "CREATE SEQUENCE surplus",
        "DROP SEQUENCE surplus",
        "contract: sequence public.surplus: it is new",
    ),
    simple(
        "an enum added",
        "CREATE TYPE surplus AS ENUM ('a')",
        "DROP TYPE surplus",
        "contract: enum public.surplus",
    ),
    simple(
        "an extension added",
        "CREATE EXTENSION hstore",
        "DROP EXTENSION hstore",
        "contract: extension hstore: it is new",
    ),
    simple(
        "a publication added",
        "CREATE PUBLICATION surplus FOR TABLE word",
        "DROP PUBLICATION surplus",
        "contract: publication surplus: it is new",
    ),
    simple(
        "the comment on the schema changed",
        "COMMENT ON SCHEMA public IS 'ours'",
        "COMMENT ON SCHEMA public IS 'standard public schema'",
        "contract: schema public, comment: before 'standard public schema', now 'ours'",
    ),
    simple(
        "an event trigger added",
        "CREATE FUNCTION surplus() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
        " CREATE EVENT TRIGGER surplus ON ddl_command_end EXECUTE FUNCTION surplus()",
        "DROP EVENT TRIGGER surplus; DROP FUNCTION surplus()",
        "contract: event trigger surplus: it is new",
    ),
)

SCHEMA = (*TRIGGERS, *KEYS, *INDEXES, *TABLES, *COLUMNS, *BESIDE)

UNSEEN = (
    Tampering(
        "a privilege granted",
        ("GRANT SELECT ON bare TO pg_monitor",),
        ("REVOKE SELECT ON bare FROM pg_monitor",),
        unseen="privileges are the operator's, who grants them after a load as he did before",
    ),
)

__all__ = (
    "BESIDE",
    "COLUMNS",
    "INDEXES",
    "KEYS",
    "SCHEMA",
    "TABLES",
    "TRIGGERS",
    "UNSEEN",
    "Tampering",
    "simple",
)
