# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/traps.md: what destroys values in a migration, what happens to each here, and the tests that show it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from tools.docs.proofs import Proof, cases, cell, matrix, misfits, tests

Outcome = Literal["exact", "refused", "by rule", "reported", "not ours"]
TRAPS = "engine/test_traps.py"
CATALOG = "engine/test_catalog.py"
PLANNER = "unit/engine/test_planner.py"
FROZEN = "faults/test_frozen.py"
SETS = "types/test_charsets.py"
SET_RULES = "types/test_charset_rules.py"
MAIN = "engine/test_main_job.py"
MANY = "cases/test_many.py"
PLACES = "cases/test_places.py"


@dataclass(frozen=True)
class Trap:
    """One trap; no tests only where nothing of moving data is at stake."""

    name: str
    outcome: Outcome
    what: str
    proofs: tuple[Proof, ...] = ()


SECTIONS: dict[str, tuple[Trap, ...]] = {
    "Text": (
        Trap(
            "the connection's character set",
            "exact",
            "every session speaks utf8mb4",
            matrix("VARCHAR(200) to text"),
        ),
        Trap(
            "UTF-8 in latin1 columns",
            "refused",
            "or by rule: `keep`, `reinterpret`",
            misfits("double_encoded"),
        ),
        Trap(
            "latin1 is cp1252 with five undefined bytes",
            "exact",
            "MySQL's own map",
            matrix("every byte of latin1 VARCHAR(300) to text", "every byte of latin1 TEXT to text"),
        ),
        Trap(
            "invalid UTF-8 already stored",
            "refused",
            "or by rule: CESU-8, overlong and cut characters are found by key",
            (*misfits("invalid_bytes"), *tests(TRAPS, "test_invalid_utf8_already_stored_in_text")),
        ),
        Trap(
            "bytes without a character in any other set",
            "refused",
            "or by rule: every set of each server, by comparing what comes back; two codes of one character are exact",
            (
                *misfits("invalid_bytes", "broken_characters"),
                *tests(SETS, "test_every_value_is_exact_or_a_misfit_and_never_a_substitute"),
                *tests(SET_RULES, "test_no_pair_of_text_lets_a_substitute_through"),
            ),
        ),
        Trap(
            "text as a bound of a chunk",
            "exact",
            "bounds are the column's own bytes: in UTF-8 some would sort elsewhere",
            tests(
                SET_RULES, "test_bounds_of_a_range_are_the_values_themselves", "test_broken_text_is_no_bound"
            ),
        ),
        Trap("U+0000 in text", "refused", "or by rule: `strip`, `replace`, `null`", misfits("nul_character")),
        Trap(
            "unique keys that ignore case",
            "exact",
            "rows arrive; that the application may now add a twin is the application's matter",
            tests(TRAPS, "test_unique_keys_that_ignore_case"),
        ),
        Trap(
            "values that only the target calls equal",
            "refused",
            "found in the source, by the target's unique keys; citext too",
            tests(TRAPS, "test_values_that_only_the_target_calls_equal"),
        ),
        Trap(
            "collations that call emoji or accents equal",
            "exact",
            "no collation takes part in a comparison",
            matrix("utf8mb4_general_ci to text", "utf8mb4_unicode_ci to text", "utf8mb4_0900_ai_ci to text"),
        ),
        Trap(
            "PAD SPACE and NO PAD",
            "exact",
            "compared by bytes; a target that folds is compared by bytes as well",
            matrix("VARCHAR(200) to folding text", "utf8mb4_bin to text"),
        ),
        Trap(
            "CHAR(n) and trailing blanks",
            "exact",
            "from CHAR; refused from VARCHAR to char(n), which swallows blanks",
            (*matrix("CHAR(30) to char(30)", "CHAR(60) to text"), *misfits("trailing_blanks")),
        ),
        Trap("text longer than the target", "refused", "or by rule: `truncate`, `null`", misfits("too_long")),
        Trap("ORDER BY, LIKE and = behave otherwise", "not ours", "the application's matter"),
        Trap(
            "backslash, tab, line ends, \\N and quotes",
            "exact",
            "every byte, in both COPY formats",
            matrix("VARCHAR(200) to text", "LONGTEXT to text"),
        ),
        Trap(
            "'' and NULL",
            "exact",
            "never merged; refused where the target has no place for ''",
            (*matrix("VARCHAR(200) to text"), *misfits("empty_string", "null_value")),
        ),
    ),
    "Numbers": (
        Trap(
            "FLOAT prints six digits, and MySQL cuts a computed DOUBLE at 22 characters",
            "exact",
            "read as a double, its sign apart",
            matrix("FLOAT to real", "FLOAT to double precision"),
        ),
        Trap(
            "digits of DOUBLE differ between servers",
            "exact",
            "compared by bits",
            matrix("DOUBLE to double precision", "FLOAT(53) to double precision"),
        ),
        Trap(
            "minus zero",
            "exact",
            "also of a server that prints it as 0",
            (
                *matrix("DOUBLE to double precision"),
                *tests("types/test_negative_zero.py", "test_a_stored_minus_zero_keeps_its_sign"),
            ),
        ),
        Trap(
            "FLOAT(M,D) and DOUBLE(M,D) show rounded values",
            "exact",
            "the stored value travels",
            matrix("FLOAT(9,3) to real", "DOUBLE(22,4) to double precision"),
        ),
        Trap(
            "DECIMAL(65,30)",
            "exact",
            "zeros of the scale too",
            matrix("DECIMAL(65,30) to numeric", "DECIMAL(65,30) to numeric(70,35)"),
        ),
        Trap(
            "ZEROFILL and display width",
            "exact",
            "the padding is how a number is shown",
            matrix("INT(8) ZEROFILL to bigint", "DECIMAL(18,2) ZEROFILL to numeric"),
        ),
        Trap(
            "BIGINT UNSIGNED up to 2^64-1",
            "exact",
            "in numeric; refused above bigint",
            (*matrix("BIGINT UNSIGNED to numeric(20)"), *misfits("out_of_range")),
        ),
        Trap(
            "unsigned integers in a narrower target",
            "refused",
            "or by rule, each value that does not fit by its key",
            (*matrix("INT UNSIGNED to bigint"), *misfits("out_of_range")),
        ),
        Trap("tinyint(1) with 2 or -1", "refused", "or by rule; smallint takes them", misfits("not_boolean")),
        Trap("BIT(n)", "exact", "as many digits as bits", matrix("BIT(12) to bit(12)", "BIT(64) to bit(64)")),
        Trap("YEAR 0000", "exact", "never through a date", matrix("YEAR to smallint")),
        Trap(
            "numbers outside the target's range",
            "refused",
            "or by rule; fractions and single precision are classes of their own",
            misfits("out_of_range", "fraction_lost", "inexact"),
        ),
    ),
    "Dates and times": (
        Trap(
            "zero, partial and impossible dates",
            "refused",
            "or by rule, each class by itself",
            misfits("zero_date", "partial_date", "impossible_date"),
        ),
        Trap("drivers make NULL of zero dates", "exact", "dates are text on the way", matrix("DATE to text")),
        Trap(
            "DATETIME has no zone, TIMESTAMP is shown in the session's",
            "exact",
            "all sessions are in UTC; a TIMESTAMP into a type without zone is refused where the server's global zone "
            "is off UTC in any month from 1970 to 2106 (London in summer), unless a rule's expression says which wall "
            "clock is meant; a zone that the application sets in its own sessions cannot be seen",
            (
                *matrix("DATETIME(6) to timestamptz", "TIMESTAMP(6) to timestamptz"),
                *tests(PLANNER, "test_a_timestamp_of_a_server_off_utc_needs_a_zone_on_the_target"),
                *tests(
                    "types/test_zones.py",
                    "test_every_zone_is_exact_or_refused",
                    "test_summer_time_into_a_column_with_a_zone_is_exact",
                    "test_a_rule_can_say_which_wall_clock_is_meant",
                ),
            ),
        ),
        Trap(
            "hours that daylight saving time skips or doubles",
            "exact",
            "no zoned object on the way",
            matrix("DATETIME(6) to timestamp"),
        ),
        Trap(
            "PostgreSQL rounds fractions of a second",
            "refused",
            "or by rule: `truncate`, `round`",
            misfits("fraction_lost"),
        ),
        Trap(
            "TIME from -838:59:59 to 838:59:59",
            "exact",
            "in interval; refused for time",
            (*matrix("TIME(6) to interval at its bounds"), *misfits("not_a_time_of_day")),
        ),
        Trap(
            "TIMESTAMP after 2038",
            "exact",
            "MariaDB 11.5 and later",
            matrix("TIMESTAMP(6) to timestamptz after 2038"),
        ),
        Trap(
            "defaults '0000-00-00', ON UPDATE",
            "not ours",
            "the target's schema is the application's; a time of day for a date is refused",
            misfits("time_lost"),
        ),
    ),
    "ENUM, SET, JSON, bytes, geometry": (
        Trap(
            "ENUM index 0 and the member ''",
            "refused",
            "index 0, or by rule; '' as a member is exact",
            (*matrix("ENUM to text"), *misfits("not_a_label")),
        ),
        Trap(
            "ENUM order",
            "exact",
            "labels travel, not numbers",
            matrix("ENUM to an enum type in another order"),
        ),
        Trap(
            "SET order and the empty set",
            "exact",
            "the empty set is the empty array; an array of another shape is another value",
            matrix("SET to text[]", "SET to plain text"),
        ),
        Trap(
            "MySQL normalises JSON", "exact", "what MySQL returns is the value", matrix("MySQL JSON to json")
        ),
        Trap(
            "jsonb changes JSON again",
            "exact",
            "in meaning: read from both sides, compared with exact decimals",
            matrix("MariaDB JSON to jsonb", "MySQL JSON to jsonb"),
        ),
        Trap(
            "MariaDB's JSON is text",
            "exact",
            "byte for byte in json; refused where it is not JSON",
            (*matrix("MariaDB JSON to json"), *misfits("invalid_json", "json_dialect")),
        ),
        Trap(
            "\\u0000 and half surrogate pairs in JSON",
            "refused",
            "for jsonb, and for json that must_be_jsonb; strip and replace take U+0000 out of the document",
            (*matrix("JSON with escapes that jsonb refuses to json"), *misfits("json_nul", "json_surrogate")),
        ),
        Trap(
            "JSON numbers beyond 2^53 or beyond jsonb",
            "exact",
            "no binary number on the way; numbers beyond jsonb are refused",
            (*matrix("LONGTEXT to jsonb"), *misfits("json_number")),
        ),
        Trap(
            "BINARY(n) is padded with zero bytes, UUIDs in 16 bytes",
            "exact",
            "in stored order; other lengths are refused",
            (*matrix("BINARY(20) to bytea", "BINARY(16) to uuid"), *misfits("wrong_length")),
        ),
        Trap(
            "values larger than max_allowed_packet",
            "exact",
            "read without a copy and checked one by one; JSON that MySQL hands out as '' is refused",
            tests(
                TRAPS,
                "test_values_larger_than_max_allowed_packet",
                "test_a_misfit_larger_than_max_allowed_packet",
                "test_json_that_mysql_hands_out_as_an_empty_text",
            ),
        ),
        Trap(
            "bytes that hold text, text that holds bytes",
            "exact",
            "the target's type decides; undecodable bytes for text are refused; whiteboards have a converter",
            (
                *matrix("VARBINARY(400) holding text to varchar(200)", "LONGTEXT to bytea"),
                *misfits("invalid_bytes"),
            ),
        ),
        Trap(
            "geometry: SRID and the order of axes",
            "exact",
            "stored bytes, x before y; PostGIS is played by a stand-in type in the tests",
            matrix("GEOMETRY to bytea", "GEOMETRY to geometry"),
        ),
        Trap("empty collections", "exact", "stored bytes", matrix("GEOMETRY to bytea")),
    ),
    "Keys, columns, objects": (
        Trap(
            "AUTO_INCREMENT ahead of its rows",
            "exact",
            "the sequence goes on where the source would",
            tests(CATALOG, "test_the_next_value_of_a_counter"),
        ),
        Trap(
            "identity columns whose sequence stays at 1",
            "exact",
            "set and checked",
            (
                *matrix("INT UNSIGNED to bigint GENERATED ALWAYS AS IDENTITY", "INT to bigserial"),
                *tests(MAIN, "test_every_counter_goes_on_where_the_source_would"),
            ),
        ),
        Trap(
            "generated columns",
            "exact",
            "computed again by the target and compared; another formula is found",
            tests(
                TRAPS,
                "test_generated_columns_are_computed_again_and_compared",
                "test_a_generated_column_with_another_formula_is_found",
            ),
        ),
        Trap(
            "invisible columns, invisible primary keys",
            "exact",
            "by name; an invisible key that the target has not wants a rule",
            tests(
                TRAPS,
                "test_invisible_columns_travel_by_name",
                "test_a_generated_invisible_primary_key_wants_a_rule",
            ),
        ),
        Trap(
            "system-versioned tables, sequences, views",
            "reported",
            "present rows travel; histories, sequence objects and views are listed",
            tests(
                TRAPS,
                "test_system_versioned_tables_give_their_present_rows",
                "test_views_are_listed_and_left_alone",
            ),
        ),
        Trap(
            "partitions",
            "exact",
            "the target's layout is its own",
            tests(CATALOG, "test_rows_of_partitions_self_references_cycles_and_without_keys_arrive"),
        ),
        Trap(
            "tables without a primary key",
            "exact",
            "compared as a multiset",
            (
                *tests(CATALOG, "test_rows_of_partitions_self_references_cycles_and_without_keys_arrive"),
                *tests(TRAPS, "test_a_generated_invisible_primary_key_wants_a_rule"),
            ),
        ),
        Trap(
            "composite, text, binary and UUID keys",
            "exact",
            "cut along an index of the source in its own order",
            (
                *tests(PLANNER, "test_a_table_is_cut_along_an_index_that_orders_all_its_rows"),
                *tests(
                    "engine/test_resume.py",
                    "test_workers_and_chunks_leave_no_trace_in_the_evidence",
                ),
            ),
        ),
        Trap(
            "names of 64 characters",
            "refused",
            "until a rule renames them: PostgreSQL's names have 63 bytes",
            tests(TRAPS, "test_names_of_64_characters", "test_names_of_64_characters_by_rule"),
        ),
        Trap(
            "case, reserved words, dots, quotes, blanks in names",
            "exact",
            "matched where only one can be meant, else refused; always quoted",
            (
                *tests(TRAPS, "test_names_that_need_quotes"),
                *tests(PLANNER, "test_names_that_differ_in_case_meet_where_only_one_can_be_meant"),
            ),
        ),
        Trap(
            "index names are per schema in PostgreSQL", "not ours", "the target's schema is the application's"
        ),
        Trap(
            "prefix, fulltext, spatial, functional indexes",
            "not ours",
            "the target's schema is the application's",
        ),
        Trap(
            "values too large for an index of the target",
            "refused",
            "while the index comes back, by its name: only PostgreSQL knows what fits once it is packed",
            tests(TRAPS, "test_a_value_too_large_for_an_index_of_the_target_is_named"),
        ),
        Trap(
            "a thousand columns", "exact", "PostgreSQL takes 1,600", tests(TRAPS, "test_a_thousand_columns")
        ),
        Trap(
            "orphans of foreign keys",
            "refused",
            "found in the source; the target's keys are validated again",
            tests(TRAPS, "test_orphans_and_broken_checks_are_found_in_the_source"),
        ),
        Trap(
            "CHECK that the source never enforced",
            "refused",
            "found in the source",
            tests(TRAPS, "test_orphans_and_broken_checks_are_found_in_the_source"),
        ),
        Trap("DEFAULT expressions", "not ours", "the target's schema is the application's"),
        Trap(
            "NOT NULL with implicit defaults",
            "refused",
            "NULL for a NOT NULL target, or by rule",
            misfits("null_value"),
        ),
        Trap(
            "sql_mode of the server",
            "exact",
            "every session has its own",
            tests(TRAPS, "test_modes_of_the_source_do_not_matter"),
        ),
        Trap(
            "comments, privileges, definers, events",
            "not ours",
            "comments on the target's keys come back with them",
            tests(CATALOG, "test_the_catalog_is_as_it_was"),
        ),
        Trap(
            "triggers, row-level security, deferred constraints at the load",
            "exact",
            "taken off and put back as they were, also after a kill",
            (
                *tests(CATALOG, "test_nothing_stays_taken_off", "test_the_catalog_is_as_it_was"),
                *tests(TRAPS, "test_forced_row_level_security_on_the_target"),
            ),
        ),
        Trap(
            "time-outs during a long snapshot",
            "exact",
            "limits set for the accounts do not end a step",
            tests("faults/test_limits.py", "test_limits_set_for_the_accounts_do_not_end_a_step"),
        ),
        Trap(
            "engines without transactions",
            "exact",
            "while nobody writes: they are locked while the readers open, no snapshot holds them",
            tests(TRAPS, "test_engines_without_transactions"),
        ),
        Trap(
            "two databases at one point in time",
            "exact",
            "one moment for all readers; a write is refused by table",
            tests(
                FROZEN,
                "test_several_readers_see_one_moment_of_a_source_that_goes_on",
                "test_a_write_while_the_dump_reads_stops_it_and_names_the_table",
            ),
        ),
        Trap(
            "UNLOGGED, no statistics",
            "exact",
            "never unlogged; every table is analysed",
            tests(CATALOG, "test_every_table_has_fresh_statistics"),
        ),
        Trap(
            "dumps replayed through newer clients",
            "exact",
            "a dump file is read by the collection itself",
            tests("copies/test_restore.py", "test_a_dump_of_mysql_57"),
        ),
        Trap(
            "empty tables, empty databases",
            "exact",
            "and an account that merely sees nothing is refused",
            (
                *tests(TRAPS, "test_empty_tables_and_an_empty_database"),
                *tests("engine/test_bad_input.py", "test_a_source_account_without_any_privilege"),
            ),
        ),
    ),
    "As people met them": (
        Trap(
            "identifiers as 32 digits",
            "exact",
            "a uuid reads them",
            cases("01-uuid-32-digits"),
        ),
        Trap(
            "flags as letters, digits and words",
            "exact",
            "what PostgreSQL's boolean reads; any other text is a misfit",
            cases("02-flags-to-boolean"),
        ),
        Trap(
            "addresses in 4 or 16 bytes",
            "exact",
            "into inet",
            cases("03-address-bytes"),
        ),
        Trap(
            "a number that counts microseconds, or seconds since 1970",
            "refused",
            "until a rule says what it counts; then exact, whatever the server's time zone",
            cases("04-microseconds-to-interval", "80-epoch-columns"),
        ),
        Trap(
            "one field, another type of number on each server",
            "exact",
            "double, float, int, decimal, year, timestamp and tinyint(1) where an ORM chose another type",
            cases("05-number-pairs"),
        ),
        Trap(
            "points, vectors, domains over domains",
            "exact",
            "into point, bytea, and the type below the domains",
            cases("06-native-point", "65-vector", "31b-domain-over-domain"),
        ),
        Trap(
            "JSON in blobs, JSON arrays into arrays",
            "exact",
            "element by element, the text NULL and quotes included; one that the array cannot hold is a misfit",
            cases("07-json-in-blob", "75-json-array-to-array"),
        ),
        Trap(
            "JSON that is deep or large",
            "exact",
            "whatever the source's own functions can read, in linear time",
            cases("10-deep-json", "11-very-deep-json", "12-large-json-text"),
        ),
        Trap(
            "\\u0000 in JSON that has to be kept",
            "refused",
            "or by rule: `strip`, `replace` inside the document, `null`; a backslash before u0000 is text",
            cases("76-json-nul-kept"),
        ),
        Trap(
            "bytes without a character, summer time of the server",
            "refused",
            "or by rule",
            cases("08-bytes-without-a-character", "13-summer-time"),
        ),
        Trap(
            "names and labels with {braces}, % and quotes",
            "exact",
            "no name is a place of a template",
            (
                *cases("14-braces-and-percents"),
                *tests(PLACES, "test_a_database_with_a_name_of_this_kind_arrives"),
                *tests(MANY, "test_names_with_line_breaks_break_no_list"),
            ),
        ),
        Trap(
            "CHECK that means something else on the source: length(), <>, ||, blanks",
            "exact",
            "asked of the source only where it means the same there",
            (
                *cases("21-check-length", "23-check-blank"),
                *tests(MANY, "test_a_regular_expression_that_backtracks_for_ever_is_not_the_sources_to_try"),
            ),
        ),
        Trap(
            "CHECK under a source that folds",
            "refused",
            "labels are compared byte for byte, by key and constraint",
            (
                *cases("20-check-lower-case"),
                *tests(
                    MANY, "test_a_check_of_four_thousand_characters", "test_five_hundred_checks_on_a_table"
                ),
            ),
        ),
        Trap(
            "references that differ in case",
            "refused",
            "by key where the target compares bytes; exact where it folds too (citext)",
            cases("29b-orphan-by-case", "29-citext-foreign-key"),
        ),
        Trap(
            "unique over expressions, some rows or folded text, exclusion",
            "refused",
            "by key where the source can tell; else listed as untested, and by key in a trial on the target",
            cases("25-unique-lower", "26-unique-folding", "28-exclusion", "71-partial-unique-and-twins"),
        ),
        Trap(
            "CHECK of a domain, a row without a partition, a row too big for a page",
            "refused",
            "the same",
            (
                *cases("31-domain-check", "32-partition-missing", "33-row-too-big"),
                *tests(
                    MANY,
                    "test_a_row_without_a_place_at_the_second_level_is_named",
                    "test_a_tree_of_partitions_of_three_levels",
                ),
            ),
        ),
        Trap(
            "generated columns that fail for a row",
            "refused",
            "the same",
            cases("34-tsvector-too-long", "35-generated-cast-fails"),
        ),
        Trap(
            "sequences that nobody owns, or with bounds of their own",
            "exact",
            "found by the column's default; those that no column uses are listed",
            cases("40-sequence-not-owned", "41-sequence-bounds"),
        ),
        Trap(
            "tables that inherit, twins of columns that differ in case",
            "exact",
            "each table's own rows; a twin without a source column is refused",
            cases("42-inherited-tables", "43-twin-columns"),
        ),
        Trap(
            "functions that call others without a schema",
            "exact",
            "loaded under the search path of the application, seed rows put back under it too",
            (
                *cases("44-check-calls-a-function"),
                *tests(
                    "cases/test_functions.py",
                    "test_rows_from_before_come_back_under_a_check_that_calls_a_function",
                ),
            ),
        ),
        Trap(
            "a role that only reads or has a tablespace by default, a key that is NOT VALID, statistics of an index",
            "exact",
            "sessions of ours set what they need; what was taken off comes back as it was",
            cases(
                "45-role-reads-only-by-default",
                "49-default-tablespace",
                "57-index-statistics",
                "58-disabled-key-triggers",
            ),
        ),
        Trap(
            "event triggers, keys of somebody else's tables, revoked functions",
            "refused",
            "by name, before the target is touched, and in preflight",
            cases("46-event-trigger", "47-foreign-key-from-elsewhere", "53-no-control-functions"),
        ),
        Trap(
            "materialized views, columns that only a trigger fills",
            "reported",
            "or done by rule: `refresh_materialized_views`, `after_load`",
            cases("48-materialized-view", "50-column-kept-by-a-trigger"),
        ),
        Trap(
            "a login that is not the owner, a pooler, a plugin that the driver lacks",
            "refused",
            "with the way; a login that becomes the owner leaves nothing of its own",
            tests(
                PLACES,
                "test_a_login_without_the_owners_rights_is_refused_with_the_way_to_them",
                "test_a_login_that_becomes_the_owner_leaves_nothing_of_its_own",
                "test_the_address_of_a_pooler_is_told_to_be_one",
                "test_an_account_by_a_plugin_that_the_driver_has_not_is_named_with_the_way",
            ),
        ),
        Trap(
            "schemas with odd names, two databases into two schemas",
            "exact",
            "and public is left alone",
            (
                *cases("54-schema-with-blanks"),
                *tests("cases/test_two_schemas.py", "test_two_databases_arrive_in_two_schemas_of_one_target"),
            ),
        ),
        Trap(
            "limits and modes of hosters, a replica that only reads",
            "exact",
            "every variable that results depend on is the session's own",
            cases("60-select-limit", "61-big-selects", "62-read-only-replica"),
        ),
        Trap(
            "columns that MariaDB compresses",
            "exact",
            "as any other",
            cases("64-compressed-and-vector"),
        ),
        Trap(
            "a neighbour who writes to the same server",
            "exact",
            "the tables' own proof decides",
            tests(PLACES, "test_a_stopped_database_beside_one_that_is_written_to_is_moved_and_proved"),
        ),
        Trap(
            "dump files with Windows' line ends, warnings of the program, other encodings",
            "exact",
            "restored as they are, or refused for what they are",
            tests(
                "cases/test_dump_files.py",
                "test_a_dump_file_is_restored_exactly",
                "test_a_dump_file_is_refused_for_what_it_is",
            ),
        ),
        Trap(
            "rules in the other side's spelling",
            "exact",
            "both spellings mean one thing; a rule that is about nothing is refused with the nearest name",
            cases("74-rules-in-either-spelling"),
        ),
        Trap(
            "hundreds of tables, 1,600 columns, five million misfits",
            "exact",
            "counted, with ten examples, in little memory",
            tests(
                MANY,
                "test_four_hundred_tables_with_an_index_and_a_sequence_each",
                "test_a_table_of_sixteen_hundred_columns",
                "test_a_misfit_in_every_row_of_five_million",
            ),
        ),
    ),
}

_HEAD = """<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Made by "python -m tools.docs" from tools/docs/traps.py. -->

# Traps between MySQL or MariaDB and PostgreSQL

What destroys values in a migration, and what this collection does with each. The words:

- **exact**: the value arrives as it is.
- **refused**: the run stops, with table, column and class, before the target is touched. A policy can decide otherwise
  where the [type mapping](type-mapping.md) lists one; each change is then in `alterations.jsonl`.
- **reported**: listed, and left alone.
- **not ours**: no matter of moving data.

*Matrix* means `tests/types/test_matrix.py` with the case in quotes, *misfits* means
`tests/types/test_misfits.py` with the class, *case* a folder of `tests/cases/data`; other tests are named by their
function.

"""


def render() -> str:
    """The page."""
    counts = Counter(trap.outcome for traps in SECTIONS.values() for trap in traps)
    parts = [_HEAD, ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) + ".\n"]
    for name, traps in SECTIONS.items():
        parts.append(f"\n## {name}\n\n| trap | here | how | test |\n| --- | --- | --- | --- |\n")
        for trap in traps:
            proofs = ", ".join(proof.text for proof in trap.proofs) or "-"
            parts.append(f"| {cell(trap.name)} | {trap.outcome} | {cell(trap.what)} | {cell(proofs)} |\n")
    return "".join(parts)
