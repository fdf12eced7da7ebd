/* Records to rows and back. Whatever thread owns DB. */
#pragma once

#include "control/store.h"

#include <sqlite3.h>

gboolean weir_rows_put_key (sqlite3 *db, const WeirKey *key, GError **error);
gboolean weir_rows_put_bar (sqlite3 *db, const WeirBar *bar, GError **error);
gboolean weir_rows_put_user (sqlite3 *db, const WeirUser *user, GError **error);
/* And removes those beyond WEIR_STORE_MAX_PUBLISHERS. */
gboolean weir_rows_put_publisher (
    sqlite3 *db, const WeirPublisherRecord *record, GError **error);
gboolean
weir_rows_put_signal (sqlite3 *db, const WeirSignal *signal, GError **error);
/* WeirSignal elements. */
gboolean
weir_rows_put_signals (sqlite3 *db, const GPtrArray *signals, GError **error);
gboolean weir_rows_enable_signal (sqlite3 *db, const char *id, GError **error);
gboolean weir_rows_release_signal (
    sqlite3 *db, const WeirSignal *signal, GError **error);
gboolean weir_rows_put_quarantine (
    sqlite3 *db, const WeirQuarantine *quarantine, GError **error);
gboolean
weir_rows_put_closure (sqlite3 *db, const WeirClosure *closure, GError **error);
gboolean weir_rows_rest_closure (
    sqlite3 *db, const char *id, gint64 until_ms, GError **error);
/* Writes the picture too when C has one. */
gboolean weir_rows_put_case (sqlite3 *db, const WeirCase *c, GError **error);
gboolean weir_rows_add_trail (
    sqlite3 *db, const WeirTrailRecord *record, GError **error);
/* TABLE is one of ours, never from outside. */
gboolean weir_rows_delete (
    sqlite3 *db, const char *table, const char *id, GError **error);

gboolean weir_rows_load (
    sqlite3 *db, guint closed_cases, WeirStoreState *ret, GError **error);
/* 0 and "" when the trail is empty. */
gboolean weir_rows_trail_head (sqlite3 *db, guint64 *ret_number,
    char ret_hash[WEIR_TRAIL_HASH_LENGTH + 1], GError **error);
GPtrArray *
weir_rows_read_trail (sqlite3 *db, guint64 before, guint limit, GError **error);
GBytes *weir_rows_read_still (sqlite3 *db, const char *case_id);
int weir_rows_int (sqlite3 *db, const char *sql);
