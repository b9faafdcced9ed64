# SPDX-License-Identifier: GPL-3.0-or-later
"""Session variables of the servers: those that no result of ours depends on, and hostile values of all others.

The engine's tables (`settings`) say what our sessions set. Together they hold every variable that a session of each
server can have otherwise: a variable of a newer server fails a test here until somebody has decided about it.
"""

from __future__ import annotations

# --- MariaDB and MySQL ------------------------------------------------------------------------------

_COST = "only what a plan costs, and which of several plans with the same rows is taken"
_MEMORY = "only how much memory a step takes, or when it turns to the disk"
_LIMIT = "a limit of the administrator's: it ends in an error that names it, and changes no result"
_LOG = "only what is logged, traced or replicated"
_WRITE = "only what is written; the source is only read, and a restore sets what its dump needs"
_MADE = "only what a statement makes that we never send to the source"
_TEXT = "only how definitions are printed in statements that we do not send"
_OTHER = "only what statements do that we do not send"
_OWN = "of the session itself; it has no default that somebody could set"
_NET = "only how bytes travel; our client has not asked for what these change"
_APPLICATION = (
    "only functions that none of our statements calls; a rule that calls one means the application's"
)
_CLUSTER = "only how long a node waits for its cluster; what has not arrived is found by position and sums"
_FIXED = "a session cannot set it; the global value is read and counts"

MYSQL_FAMILY: dict[str, str] = {
    _COST: """
        eq_range_index_dive_limit expensive_subquery_limit in_predicate_conversion_threshold join_cache_level
        max_seeks_for_key optimizer_adjust_secondary_key_costs optimizer_disk_read_cost
        optimizer_extra_pruning_depth optimizer_join_limit_pref_ratio optimizer_max_sel_arg_weight
        optimizer_max_sel_args optimizer_prune_level optimizer_scan_setup_cost optimizer_search_depth
        optimizer_selectivity_sampling_limit optimizer_use_condition_selectivity optimizer_where_cost
        use_stat_tables histogram_size histogram_type analyze_max_length analyze_sample_percentage
        aria_stats_method myisam_stats_method max_rowid_filter_size thread_pool_priority
        optimizer_max_subgraph_pairs range_optimizer_max_mem_size secondary_engine_cost_threshold
        enable_secondary_engine_statistics innodb_parallel_read_threads set_operations_buffer_size
        external_table_secondary_storage_engine external_table_storage_engine
    """,
    _MEMORY: """
        big_tables bulk_insert_buffer_size join_buffer_size join_buffer_space_limit max_heap_table_size
        max_length_for_sort_data mrr_buffer_size preload_buffer_size query_alloc_block_size query_prealloc_size
        range_alloc_block_size read_buffer_size read_rnd_buffer_size rowid_merge_buff_size tmp_memory_table_size
        tmp_table_size transaction_alloc_block_size transaction_prealloc_size internal_tmp_mem_storage_engine
        connection_memory_chunk_size global_connection_memory_tracking histogram_generation_max_mem_size
        aria_sort_buffer_size myisam_sort_buffer_size aria_repair_threads myisam_repair_threads
        innodb_tmpdir innodb_ddl_buffer_size innodb_ddl_threads default_tmp_storage_engine
        select_into_buffer_size
    """,
    _LIMIT: """
        max_session_mem_used max_tmp_session_space_usage tmp_disk_table_size connection_memory_limit
        parser_max_mem_size max_user_connections max_points_in_geometry cte_max_recursion_depth
        max_sp_recursion_depth
    """,
    _LOG: """
        binlog_alter_two_phase binlog_annotate_row_events binlog_direct_non_transactional_updates binlog_format
        binlog_row_image binlog_row_value_options binlog_rows_query_log_events binlog_transaction_compression
        binlog_transaction_compression_level_zstd gtid_domain_id log_disabled_statements
        log_queries_not_using_indexes log_slow_admin_statements log_slow_always_query_time
        log_slow_disabled_statements log_slow_filter log_slow_max_warnings log_slow_min_examined_row_limit
        log_slow_query log_slow_query_time log_slow_rate_limit log_slow_slave_statements log_slow_verbosity
        log_warnings long_query_time min_examined_row_limit optimizer_trace optimizer_trace_features
        optimizer_trace_limit optimizer_trace_max_mem_size optimizer_trace_offset profiling
        profiling_history_size slow_query_log sql_log_bin sql_log_off skip_replication
        skip_parallel_replication sql_slave_skip_counter max_relay_log_size server_id
        default_master_connection rbr_exec_mode query_cache_strip_comments
    """,
    _WRITE: """
        alter_algorithm auto_increment_increment auto_increment_offset check_constraint_checks
        foreign_key_checks unique_checks innodb_strict_mode low_priority_updates explicit_defaults_for_timestamp
        innodb_snapshot_isolation system_versioning_alter_history system_versioning_insert_history
        default_storage_engine storage_engine enforce_storage_engine default_table_encryption
        sql_require_primary_key sql_generate_invisible_primary_key restrict_fk_on_non_standard_key
        enable_cascade_triggers old_alter_table keep_files_on_create innodb_compression_default
        innodb_default_encryption_key_id column_compression_threshold column_compression_zlib_level
        column_compression_zlib_strategy column_compression_zlib_wrap updatable_views_with_limit
        max_delayed_threads max_insert_delayed_threads mhnsw_default_distance mhnsw_default_m
        generated_random_password_length transaction_allow_batching select_into_disk_sync
        select_into_disk_sync_delay xa_detach_on_prepare sql_if_exists old_passwords
    """,
    _MADE: """
        character_set_database character_set_server character_set_filesystem collation_database collation_server
    """,
    _TEXT: """
        sql_quote_show_create show_create_table_skip_secondary_engine show_create_table_verbosity
        print_identified_with_as_hex explain_format explain_json_format_version end_markers_in_json
        terminology_use_previous note_verbosity sql_warnings progress_report_time
    """,
    _OTHER: """
        innodb_ft_enable_stopword innodb_ft_user_stopword_table mhnsw_ef_search innodb_table_locks
        deadlock_search_depth_long deadlock_search_depth_short deadlock_timeout_long deadlock_timeout_short
        idle_write_transaction_timeout interactive_timeout
    """,
    _OWN: """
        error_count warning_count external_user proxy_user gtid_seq_no gtid_next identity insert_id
        last_insert_id in_transaction last_gtid pseudo_slave_mode pseudo_replica_mode pseudo_thread_id
        rand_seed1 rand_seed2 wsrep_gtid_seq_no immediate_server_version original_server_version
        original_commit_timestamp require_row_format statement_id
    """,
    _NET: """
        net_retry_count tcp_nodelay redirect_url session_track_gtids session_track_schema
        session_track_state_change session_track_system_variables session_track_transaction_info
        resultset_metadata
    """,
    _APPLICATION: "block_encryption_mode",
    _CLUSTER: """
        wsrep_on wsrep_osu_method wsrep_retry_autocommit wsrep_sync_wait wsrep_trx_fragment_size
        wsrep_trx_fragment_unit group_replication_consistency
    """,
    _FIXED: "max_allowed_packet net_buffer_length",
    "the old names of transaction_isolation and transaction_read_only": "tx_isolation tx_read_only",
}

HOSTILE_SOURCE: dict[str, str] = {
    "sql_select_limit": "1",
    "sql_big_selects": "0",
    "character_set_client": "latin1",
    "character_set_results": "latin1",
    "character_set_connection": "latin1",
    "collation_connection": "latin1_general_cs",
    "character_set_collations": "'utf8mb4=utf8mb4_turkish_ci'",
    "default_collation_for_utf8mb4": "utf8mb4_general_ci",
    "sql_mode": "'ANSI,TRADITIONAL,PAD_CHAR_TO_FULL_LENGTH,NO_UNSIGNED_SUBTRACTION,HIGH_NOT_PRECEDENCE'",
    "old_mode": "'ZERO_DATE_TIME_CAST,UTF8_IS_UTF8MB3'",
    "old": "1",
    "new_mode": "'FIX_DISK_TMPTABLE_COSTS'",
    "time_zone": "'+05:30'",
    "timestamp": "86400",
    "show_old_temporals": "1",
    "lc_time_names": "tr_TR",
    "default_week_format": "7",
    "div_precision_increment": "0",
    "group_concat_max_len": "4",
    "default_regex_flags": "'EXTENDED,UNGREEDY,DOTALL'",
    "windowing_use_high_precision": "0",
    "max_recursive_iterations": "0",
    "standard_compliant_cte": "0",
    "max_sort_length": "64",
    "sort_buffer_size": "32768",
    "sql_auto_is_null": "1",
    "system_versioning_asof": "'2001-01-01 00:00:00'",
    "transaction_isolation": "'READ-UNCOMMITTED'",
    "transaction_read_only": "1",
    "autocommit": "0",
    "completion_type": "'RELEASE'",
    "query_cache_type": "ON",
    "query_cache_wlock_invalidate": "0",
    "wsrep_dirty_reads": "1",
    "use_secondary_engine": "FORCED",
    "information_schema_stats_expiry": "31536000",
    "show_gipk_in_create_table_and_information_schema": "0",
    "sql_safe_updates": "1",
    "max_join_size": "1",
    "sql_buffer_result": "1",
    "optimizer_switch": "'derived_merge=on'",
    "max_error_count": "0",
    "sql_notes": "0",
    "lc_messages": "de_DE",
    "max_statement_time": "1",
    "max_execution_time": "200",
    "wait_timeout": "1",
    "net_write_timeout": "1",
    "net_read_timeout": "1",
    "idle_transaction_timeout": "1",
    "idle_readonly_transaction_timeout": "1",
    "lock_wait_timeout": "1",
    "innodb_lock_wait_timeout": "1",
}

# --- PostgreSQL ---------------------------------------------------------------------------------------

POSTGRESQL: dict[str, str] = {
    _COST: """
        constraint_exclusion cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost cursor_tuple_fraction
        default_statistics_target effective_cache_size effective_io_concurrency enable_async_append
        enable_bitmapscan enable_gathermerge enable_group_by_reordering enable_hashagg enable_hashjoin
        enable_incremental_sort enable_indexonlyscan enable_indexscan enable_material enable_memoize
        enable_mergejoin enable_nestloop enable_parallel_append enable_parallel_hash enable_partition_pruning
        enable_partitionwise_aggregate enable_partitionwise_join enable_presorted_aggregate enable_seqscan
        enable_sort enable_tidscan from_collapse_limit geqo geqo_effort geqo_generations geqo_pool_size
        geqo_seed geqo_selection_bias geqo_threshold ignore_system_indexes io_combine_limit jit jit_above_cost
        jit_debugging_support jit_dump_bitcode jit_expressions jit_inline_above_cost jit_optimize_above_cost
        jit_profiling_support jit_tuple_deforming join_collapse_limit maintenance_io_concurrency
        max_parallel_maintenance_workers max_parallel_workers max_parallel_workers_per_gather
        min_parallel_index_scan_size min_parallel_table_scan_size parallel_leader_participation
        parallel_setup_cost parallel_tuple_cost plan_cache_mode random_page_cost recursive_worktable_factor
        seq_page_cost debug_parallel_query compute_query_id stats_fetch_consistency
        backend_flush_after commit_delay commit_siblings deadlock_timeout wal_skip_threshold
    """,
    _MEMORY: """
        work_mem hash_mem_multiplier maintenance_work_mem temp_buffers temp_tablespaces logical_decoding_work_mem
        gin_pending_list_limit
    """,
    _LIMIT: "temp_file_limit max_stack_depth",
    _LOG: """
        application_name backtrace_functions client_min_messages debug_discard_caches
        debug_logical_replication_streaming debug_pretty_print debug_print_parse debug_print_plan
        debug_print_rewritten log_connections log_disconnections log_duration log_error_verbosity
        log_executor_stats log_lock_waits log_min_duration_sample log_min_duration_statement
        log_min_error_statement log_min_messages log_parameter_max_length log_parser_stats log_planner_stats
        log_replication_commands log_statement log_statement_sample_rate log_statement_stats log_temp_files
        log_transaction_sample_rate trace_notify trace_sort track_activities track_counts track_functions
        track_io_timing track_wal_io_timing update_process_title wal_compression wal_consistency_checking
        wal_init_zero wal_recycle wal_sender_timeout event_triggers post_auth_delay lc_messages
    """,
    "how vacuum works, which we do not send": """
        vacuum_buffer_usage_limit vacuum_cost_delay vacuum_cost_limit vacuum_cost_page_dirty vacuum_cost_page_hit
        vacuum_cost_page_miss vacuum_failsafe_age vacuum_freeze_min_age vacuum_freeze_table_age
        vacuum_multixact_failsafe_age vacuum_multixact_freeze_min_age vacuum_multixact_freeze_table_age
    """,
    "how rows are packed, not what they hold: the database's own choice stays": "default_toast_compression",
    "the order of rows that have none, which nothing of ours relies on": "synchronize_seqscans",
    "only what a function or a role is, which we do not make": """
        check_function_bodies createrole_self_grant password_encryption scram_iterations icu_validation_level
        lo_compat_privileges
    """,
    "only warnings about statements": "escape_string_warning",
    "an administrator's own hands, which our statements do not need": """
        allow_in_place_tablespaces allow_system_table_mods composite_type_mismatch output_plugin_libraries
    """,
    "which libraries the server finds or loads: code of an administrator's": """
        dynamic_library_path extension_destdir local_preload_libraries session_preload_libraries
    """,
    "only searches in text; the application's own triggers keep what its database says": "default_text_search_config",
    "of the transaction itself; it begins with the default, which is set": """
        transaction_deferrable transaction_isolation transaction_read_only
    """,
    "set where the connection is one over TCP, and where the system can": """
        client_connection_check_interval tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval
        tcp_user_timeout
    """,
}

HOSTILE_TARGET: dict[str, str] = {
    "search_path": "hostile, public, pg_catalog",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "transform_null_equals": "on",
    "quote_all_identifiers": "on",
    "array_nulls": "off",
    "xmloption": "document",
    "TimeZone": "America/New_York",
    "timezone_abbreviations": "Australia",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "bytea_output": "escape",
    "xmlbinary": "hex",
    "extra_float_digits": "-15",
    "lc_monetary": "C.UTF-8",
    "lc_numeric": "C.UTF-8",
    "lc_time": "C.UTF-8",
    "row_security": "on",
    "gin_fuzzy_search_limit": "1",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "restrict_nonsystem_relation_kind": "view, foreign-table",
    "default_tablespace": "nowhere",
    "default_table_access_method": "heap",
    "synchronous_commit": "off",
    "statement_timeout": "300",
    "idle_in_transaction_session_timeout": "300",
    "idle_session_timeout": "300",
    "lock_timeout": "1",
    "exit_on_error": "on",
    "log_parameter_max_length_on_error": "-1",
    "transaction_timeout": "300",
    "session_replication_role": "replica",
    "zero_damaged_pages": "on",
    "ignore_checksum_failure": "on",
}


def names(lists: dict[str, str]) -> dict[str, str]:
    """Each variable of the lists with its reason; every one of them stands there once."""
    found: dict[str, str] = {}
    for reason, text in lists.items():
        for name in text.split():
            assert name not in found, name
            found[name] = reason
    return found
