/* The embedded store: requests go to one writer thread, answers come back
 * through a mailbox. WAL with synchronous=FULL: what was answered survives a
 * power cut. */
#include "store/sqlite.h"

#include "base/error.h"
#include "base/log.h"
#include "control/store-impl.h"
#include "store/hit-count-rows.h"
#include "store/migrations.h"
#include "store/rows.h"
#include "store/sighting-rows.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#define BUSY_TIMEOUT_MS 2000
/* Closed cases that are shown again after a restart. */
#define CLOSED_CASES_LOADED 200

typedef enum {
  REQUEST_TXN,
  REQUEST_TRAIL,
  REQUEST_STILL,
  REQUEST_SIGHTINGS
} RequestKind;

typedef struct {
  RequestKind kind;
  WeirTxn *txn;
  guint64 before;
  guint limit;
  char *case_id;
  WeirSightingsKind sightings_kind;
  char *stream; /* or NULL */
  WeirStoreDone done;
  WeirStoreTrail trail_done;
  void (*still_done) (GBytes *still, gpointer data);
  WeirStoreSightings sightings_done;
  gpointer data;
  /* the answer */
  GError *error;
  GPtrArray *records;
  GBytes *still;
  GArray *sightings;
} Request;

typedef struct {
  WeirStore parent;
  sqlite3 *db; /* loop thread until the writer starts, then the writer's */
  GThread *writer;
  WeirMailbox *answers;
  GQueue *refused; /* answered from the loop without having been queued */
  WeirTimer *refuse_timer;
  WeirLoop *loop;
  guint capacity;
  guint pending;  /* requests whose answer has not been delivered */
  gboolean ended; /* the writer is gone, the last answers are delivered */

  GMutex lock;
  GCond more;
  GQueue requests;  /* {lock} */
  gboolean closing; /* {lock} */

  guint64 trail_number; /* the writer's */
  char trail_hash[WEIR_TRAIL_HASH_LENGTH + 1];
} SqliteStore;

static void
request_free (gpointer data)
{
  Request *r = data;

  weir_txn_free (r->txn);
  g_free (r->case_id);
  g_clear_error (&r->error);
  g_clear_pointer (&r->records, g_ptr_array_unref);
  g_clear_pointer (&r->still, g_bytes_unref);
  g_clear_pointer (&r->sightings, g_array_unref);
  g_free (r->stream);
  g_free (r);
}

static void
answer (gpointer message, gpointer data)
{
  SqliteStore *store = data;
  Request *r = message;

  store->pending--;
  switch (r->kind) {
  case REQUEST_TXN:
    if (r->done != NULL)
      r->done (r->error, r->data);
    break;
  case REQUEST_TRAIL:
    r->trail_done (r->records, r->error, r->data);
    break;
  case REQUEST_STILL:
    r->still_done (r->still, r->data);
    break;
  case REQUEST_SIGHTINGS:
    r->sightings_done (r->sightings, r->error, r->data);
    break;
  }
  request_free (r);
}

static gboolean
exec (sqlite3 *db, const char *sql, GError **error)
{
  char *message = NULL;

  if (sqlite3_exec (db, sql, NULL, NULL, &message) == SQLITE_OK)
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_NOT_DURABLE, "store: %s",
      message ? message : sqlite3_errmsg (db));
  sqlite3_free (message);
  return FALSE;
}

static gboolean
write_op (SqliteStore *store, const WeirOp *op, guint64 *number, char *hash,
    GError **error)
{
  switch (op->kind) {
  case WEIR_OP_PUT_KEY:
    return weir_rows_put_key (store->db, op->key, error);
  case WEIR_OP_DELETE_KEY:
    return weir_rows_delete (store->db, "stream_key", op->id, error);
  case WEIR_OP_PUT_BAR:
    return weir_rows_put_bar (store->db, op->bar, error);
  case WEIR_OP_DELETE_BAR:
    return weir_rows_delete (store->db, "bar", op->id, error);
  case WEIR_OP_PUT_USER:
    return weir_rows_put_user (store->db, op->user, error);
  case WEIR_OP_PUT_PUBLISHER:
    return weir_rows_put_publisher (store->db, op->publisher, error);
  case WEIR_OP_PUT_SIGNAL:
    return weir_rows_put_signal (store->db, op->signal, error);
  case WEIR_OP_PUT_SIGNALS:
    return weir_rows_put_signals (store->db, op->signals, error);
  case WEIR_OP_PUT_HIT_COUNTS:
    return weir_hit_count_rows_put (
        store->db, op->hit_counts.list, op->hit_counts.max, error);
  case WEIR_OP_DELETE_SIGNAL:
    return weir_rows_delete (store->db, "bank_signal", op->id, error);
  case WEIR_OP_ENABLE_SIGNAL:
    return weir_rows_enable_signal (store->db, op->id, error);
  case WEIR_OP_RELEASE_SIGNAL:
    return weir_rows_release_signal (store->db, op->signal, error);
  case WEIR_OP_PUT_QUARANTINE:
    return weir_rows_put_quarantine (store->db, op->quarantine, error);
  case WEIR_OP_DELETE_QUARANTINE:
    return weir_rows_delete (store->db, "bank_quarantine", op->id, error);
  case WEIR_OP_PUT_CLOSURE:
    return weir_rows_put_closure (store->db, op->closure, error);
  case WEIR_OP_DELETE_CLOSURE:
    return weir_rows_delete (store->db, "closure", op->id, error);
  case WEIR_OP_REST_CLOSURE:
    return weir_rows_rest_closure (
        store->db, op->rest.id, op->rest.until_ms, error);
  case WEIR_OP_PUT_CASE:
    return weir_rows_put_case (store->db, op->put_case.c, error);
  case WEIR_OP_ADD_SIGHTINGS:
    return weir_sighting_rows_add (store->db, op->sightings, error);
  case WEIR_OP_ADD_TRAIL: {
    g_autoptr (WeirTrailRecord) record = weir_trail_record_new (*number,
        *number > 0 ? hash : NULL, op->trail.wall_ms, op->trail.actor,
        op->trail.action, op->trail.subject, op->trail.detail);

    if (!weir_rows_add_trail (store->db, record, error))
      return FALSE;
    *number = record->number;
    g_strlcpy (hash, record->hash, WEIR_TRAIL_HASH_LENGTH + 1);
    return TRUE;
  }
  }
  return FALSE;
}

static void
write_txn (SqliteStore *store, Request *r)
{
  guint64 number = store->trail_number;
  char hash[WEIR_TRAIL_HASH_LENGTH + 1];
  gboolean ok;

  memcpy (hash, store->trail_hash, sizeof hash);
  ok = exec (store->db, "BEGIN IMMEDIATE", &r->error);
  for (guint i = 0; ok && i < r->txn->ops->len; i++)
    ok = write_op (store, &g_array_index (r->txn->ops, WeirOp, i), &number,
        hash, &r->error);
  if (ok && exec (store->db, "COMMIT", &r->error)) {
    store->trail_number = number;
    memcpy (store->trail_hash, hash, sizeof hash);
    return;
  }
  if (!sqlite3_get_autocommit (store->db))
    exec (store->db, "ROLLBACK", NULL);
}

static gpointer
writer_main (gpointer data)
{
  SqliteStore *store = data;

  for (;;) {
    Request *r;

    g_mutex_lock (&store->lock);
    while ((r = g_queue_pop_head (&store->requests)) == NULL && !store->closing)
      g_cond_wait (&store->more, &store->lock);
    g_mutex_unlock (&store->lock);
    if (r == NULL)
      return NULL;
    switch (r->kind) {
    case REQUEST_TXN:
      write_txn (store, r);
      break;
    case REQUEST_TRAIL:
      r->records =
          weir_rows_read_trail (store->db, r->before, r->limit, &r->error);
      break;
    case REQUEST_STILL:
      r->still = weir_rows_read_still (store->db, r->case_id);
      break;
    case REQUEST_SIGHTINGS:
      r->sightings = weir_sighting_rows_read (store->db, r->sightings_kind,
          r->stream, r->before, r->limit, &r->error);
      break;
    }
    /* The mailbox holds as many as may be pending. */
    if (!weir_mailbox_put (store->answers, r))
      g_error ("store: the mailbox of answers is full");
  }
}

static void
deliver_refused (gpointer data)
{
  SqliteStore *store = data;
  Request *r;

  g_clear_pointer (&store->refuse_timer, weir_timer_free);
  while ((r = g_queue_pop_head (store->refused)) != NULL)
    answer (r, store);
}

static void
enqueue (SqliteStore *store, Request *r)
{
  weir_loop_assert_thread (store->loop);
  store->pending++;
  if (store->ended || store->pending > store->capacity) {
    if (store->ended)
      g_set_error (
          &r->error, WEIR_ERROR, WEIR_ERROR_NOT_DURABLE, "store: closed");
    else
      g_set_error (&r->error, WEIR_ERROR, WEIR_ERROR_NOT_DURABLE,
          "store: %u requests wait for the disk already", store->capacity);
    g_queue_push_tail (store->refused, r);
    if (store->refuse_timer == NULL)
      store->refuse_timer =
          weir_timer_new (store->loop, 0, 0, deliver_refused, store);
    return;
  }
  g_mutex_lock (&store->lock);
  g_queue_push_tail (&store->requests, r);
  g_cond_signal (&store->more);
  g_mutex_unlock (&store->lock);
}

static void
sqlite_submit (WeirStore *base, WeirTxn *txn, WeirStoreDone done, gpointer data)
{
  Request *r = g_new0 (Request, 1);

  r->kind = REQUEST_TXN;
  r->txn = txn;
  r->done = done;
  r->data = data;
  enqueue ((SqliteStore *) base, r);
}

static void
sqlite_read_trail (WeirStore *base, guint64 before, guint limit,
    WeirStoreTrail done, gpointer data)
{
  Request *r = g_new0 (Request, 1);

  r->kind = REQUEST_TRAIL;
  r->before = before;
  r->limit = limit;
  r->trail_done = done;
  r->data = data;
  enqueue ((SqliteStore *) base, r);
}

static void
sqlite_read_still (WeirStore *base, const char *case_id,
    void (*done) (GBytes *still, gpointer data), gpointer data)
{
  Request *r = g_new0 (Request, 1);

  r->kind = REQUEST_STILL;
  r->case_id = g_strdup (case_id);
  r->still_done = done;
  r->data = data;
  enqueue ((SqliteStore *) base, r);
}

static void
sqlite_read_sightings (WeirStore *base, WeirSightingsKind kind,
    const char *stream, guint64 before, guint limit, WeirStoreSightings done,
    gpointer data)
{
  Request *r = g_new0 (Request, 1);

  r->kind = REQUEST_SIGHTINGS;
  r->sightings_kind = kind;
  r->stream = g_strdup (stream);
  r->before = before;
  r->limit = limit;
  r->sightings_done = done;
  r->data = data;
  enqueue ((SqliteStore *) base, r);
}

static gboolean
sqlite_load (WeirStore *base, WeirStoreState *ret, GError **error)
{
  SqliteStore *store = (SqliteStore *) base;

  if (!weir_rows_load (store->db, CLOSED_CASES_LOADED, ret, error))
    return FALSE;
  ret->hit_counts = weir_hit_count_rows_read (store->db, error);
  if (ret->hit_counts == NULL) {
    weir_store_state_clear (ret);
    return FALSE;
  }
  store->writer = g_thread_new ("weir-store", writer_main, store);
  return TRUE;
}

static void
sqlite_free (WeirStore *base)
{
  SqliteStore *store = (SqliteStore *) base;

  if (store->writer != NULL) {
    g_mutex_lock (&store->lock);
    store->closing = TRUE;
    g_cond_signal (&store->more);
    g_mutex_unlock (&store->lock);
    g_thread_join (store->writer);
  }
  store->ended = TRUE;
  weir_mailbox_drain (store->answers);
  deliver_refused (store);
  weir_mailbox_free (store->answers);
  g_queue_free_full (store->refused, request_free);
  sqlite3_close (store->db);
  g_mutex_clear (&store->lock);
  g_cond_clear (&store->more);
  g_free (store);
}

static const WeirStoreClass sqlite_class = {
  sqlite_load,
  sqlite_submit,
  sqlite_read_trail,
  sqlite_read_still,
  sqlite_read_sightings,
  sqlite_free,
};

static gboolean
migrate (sqlite3 *db, GError **error)
{
  int version = weir_rows_int (db, "PRAGMA user_version");

  if (version > weir_sqlite_n_migrations) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "was written by a newer weir (schema %d, this one knows %d)", version,
        weir_sqlite_n_migrations);
    return FALSE;
  }
  for (; version < weir_sqlite_n_migrations; version++) {
    g_autofree char *sql =
        g_strdup_printf ("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT",
            weir_sqlite_migrations[version], version + 1);

    if (!exec (db, sql, error)) {
      g_prefix_error (error, "migration %d: ", version + 1);
      return FALSE;
    }
  }
  return TRUE;
}

WeirStore *
weir_sqlite_store_new (
    WeirLoop *loop, const char *path, guint queue, GError **error)
{
  SqliteStore *store = g_new0 (SqliteStore, 1);
  mode_t mask = umask (077); /* the file holds hashes and evidence */
  int result = sqlite3_open_v2 (
      path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

  umask (mask);
  store->parent.klass = &sqlite_class;
  store->loop = loop;
  store->capacity = queue;
  store->refused = g_queue_new ();
  g_mutex_init (&store->lock);
  g_cond_init (&store->more);
  g_queue_init (&store->requests);
  store->answers =
      weir_mailbox_new (loop, G_MAXUINT, answer, request_free, store);

  if (result != SQLITE_OK) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG, "%s: %s", path,
        sqlite3_errmsg (store->db));
    goto fail;
  }
  sqlite3_busy_timeout (store->db, BUSY_TIMEOUT_MS);
  if (!exec (store->db,
          "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
          "PRAGMA foreign_keys = ON;",
          error)
      || !migrate (store->db, error)
      || !weir_rows_trail_head (
          store->db, &store->trail_number, store->trail_hash, error)) {
    g_prefix_error (error, "%s: ", path);
    goto fail;
  }
  return &store->parent;

fail:
  sqlite_free (&store->parent);
  return NULL;
}
