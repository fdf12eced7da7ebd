/* A list in order of coming, and a table over it: every stream that begins is
 * looked up. */
#include "control/closures.h"

#include "base/ids.h"
#include "base/log.h"
#include "control/describe.h"
#include "control/stream.h"

#include <string.h>

#define LOOK_MS 1000

typedef struct {
  WeirClosure *closure;
  GList *link;           /* in ORDER */
  guint64 stream_number; /* of the stream it was closed on; 0: of an earlier
                            run */
} Entry;

struct _WeirClosures {
  WeirControl *control;
  GQueue order;                           /* Entry, owns; the oldest first */
  GHashTable *by_key[WEIR_CLOSURE_KINDS]; /* path → Entry */
  WeirTimer *expiry;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  weir_closure_free (entry->closure);
  g_free (entry);
}

static Entry *
find (const WeirClosures *closures, const char *path, WeirClosureKind kind)
{
  return g_hash_table_lookup (closures->by_key[kind], path);
}

/* Takes CLOSURE. */
static Entry *
add (WeirClosures *closures, WeirClosure *closure, guint64 stream_number)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->closure = closure;
  entry->stream_number = stream_number;
  g_queue_push_tail (&closures->order, entry);
  entry->link = closures->order.tail;
  g_hash_table_insert (closures->by_key[closure->kind], closure->stream, entry);
  return entry;
}

static void
drop (WeirClosures *closures, Entry *entry)
{
  g_hash_table_remove (
      closures->by_key[entry->closure->kind], entry->closure->stream);
  g_queue_delete_link (&closures->order, entry->link);
  entry_free (entry);
}

/* When what rests from now on is over; 0: never. */
static gint64
rest_until_ms (const WeirClosures *closures, const char *path)
{
  const char *slash = strchr (path, '/');
  g_autofree char *app =
      g_strndup (path, slash != NULL ? (gsize) (slash - path) : strlen (path));
  gint64 rest_s = weir_settings_app_int (
      closures->control->settings, app, "gate", "blank_rest_s");

  return rest_s > 0 ? weir_wall_ms () + rest_s * 1000 : 0;
}

static void
on_stored (const GError *error, gpointer data)
{
  weir_control_note_store (data, error);
}

/* Adds a record about CLOSURE to TXN and hands it over; takes TXN and MORE. */
static void
record (WeirClosures *closures, WeirTxn *txn, const char *action,
    const WeirClosure *closure, json_t *more)
{
  g_autofree char *subject = g_strconcat ("stream:", closure->stream, NULL);
  g_autofree char *detail = NULL;
  json_t *json = json_pack ("{s:s, s:s, s:I}", "kind",
      weir_closure_kind_name (closure->kind), "by", closure->by, "since_ms",
      (json_int_t) closure->since_ms);

  if (more != NULL)
    json_object_update_new (json, more);
  detail = weir_describe_dump (json);
  weir_txn_add_trail (txn, "weir", action, subject, detail);
  weir_store_submit (
      closures->control->store, txn, on_stored, closures->control);
}

static void
on_look (gpointer data)
{
  weir_closures_expire (data);
}

WeirClosures *
weir_closures_new (WeirControl *control, const GPtrArray *loaded)
{
  WeirClosures *closures = g_new0 (WeirClosures, 1);

  closures->control = control;
  g_queue_init (&closures->order);
  for (guint i = 0; i < WEIR_CLOSURE_KINDS; i++)
    closures->by_key[i] = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; loaded != NULL && i < loaded->len; i++) {
    WeirClosure *closure = weir_closure_copy (g_ptr_array_index (loaded, i));

    add (closures, closure, 0);
    if (closure->until_ms == 0)
      closure->until_ms = rest_until_ms (closures, closure->stream);
  }
  closures->expiry =
      weir_timer_new_aside (control->loop, LOOK_MS, LOOK_MS, on_look, control);
  return closures;
}

void
weir_closures_free (WeirClosures *closures)
{
  if (closures == NULL)
    return;
  weir_timer_free (closures->expiry);
  for (guint i = 0; i < WEIR_CLOSURE_KINDS; i++)
    g_hash_table_unref (closures->by_key[i]);
  g_queue_clear_full (&closures->order, entry_free);
  g_free (closures);
}

static gboolean
is_over (const WeirClosure *closure)
{
  return closure->until_ms > 0 && weir_wall_ms () >= closure->until_ms;
}

const WeirClosure *
weir_closures_find (
    const WeirClosures *closures, const char *path, WeirClosureKind kind)
{
  const Entry *entry = find (closures, path, kind);

  return entry != NULL && !is_over (entry->closure) ? entry->closure : NULL;
}

static gboolean
is_streamed (
    const WeirClosures *closures, const char *path, const WeirStream *but)
{
  const GPtrArray *list = weir_streams_list (closures->control->streams);

  for (guint i = 0; i < list->len; i++) {
    const WeirStream *stream = g_ptr_array_index (list, i);

    if (stream != but && strcmp (stream->path, path) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
make_room (WeirClosures *closures)
{
  for (GList *l = closures->order.head;
       l != NULL && g_queue_get_length (&closures->order) >= WEIR_CLOSURES_MAX;
       l = l->next) {
    Entry *entry = l->data;
    WeirTxn *txn;

    if (is_streamed (closures, entry->closure->stream, NULL))
      continue;
    weir_warn ("gate", entry->closure->stream,
        "%d names are closed: this one, the oldest that nobody streams, opens",
        WEIR_CLOSURES_MAX);
    txn = weir_txn_new ();
    weir_txn_delete_closure (txn, entry->closure->id);
    record (closures, txn, "closure.give_way", entry->closure, NULL);
    drop (closures, entry);
    return;
  }
}

void
weir_closures_put (WeirClosures *closures, const WeirStream *stream,
    WeirClosureKind kind, const char *by, const char *reason, WeirTxn *txn)
{
  Entry *entry = find (closures, stream->path, kind);
  g_autofree char *id = NULL;

  if (entry != NULL && is_over (entry->closure)) {
    weir_txn_delete_closure (txn, entry->closure->id);
    drop (closures, entry);
    entry = NULL;
  }
  if (entry == NULL) {
    id = weir_id_new ();
    make_room (closures);
    entry = add (closures,
        weir_closure_copy (&(WeirClosure){
            .id = id,
            .stream = stream->path,
            .kind = kind,
            .by = (char *) by,
            .reason = (char *) reason,
            .since_ms = weir_wall_ms (),
        }),
        stream->number);
  }
  weir_txn_put_closure (txn, entry->closure);
}

void
weir_closures_remove (
    WeirClosures *closures, const char *path, WeirClosureKind kind)
{
  Entry *entry = find (closures, path, kind);

  if (entry != NULL)
    drop (closures, entry);
}

void
weir_closures_store (
    WeirClosures *closures, const char *path, WeirClosureKind kind)
{
  const Entry *entry = find (closures, path, kind);
  WeirTxn *txn;

  if (entry == NULL)
    return;
  txn = weir_txn_new ();
  weir_txn_put_closure (txn, entry->closure);
  weir_store_submit (
      closures->control->store, txn, on_stored, closures->control);
}

/* Changes only a row that there is: one that is being deleted stays so. */
static void
set_until (
    WeirClosures *closures, WeirClosure *closure, gint64 until_ms, WeirTxn *txn)
{
  closure->until_ms = until_ms;
  weir_txn_rest_closure (txn, closure->id, until_ms);
}

void
weir_closures_begin_stream (WeirClosures *closures, WeirStream *stream)
{
  if (stream->shadow)
    return;
  for (guint i = 0; i < WEIR_CLOSURE_KINDS; i++) {
    Entry *entry = find (closures, stream->path, (WeirClosureKind) i);
    WeirTxn *txn;

    if (entry == NULL || is_over (entry->closure))
      continue;
    if (entry->closure->kind == WEIR_CLOSURE_BLANK)
      weir_gate_blank (stream->gate, WEIR_GATE_BY_REVIEWER, NULL);
    else
      weir_gate_mute (stream->gate, TRUE, NULL);
    weir_info ("gate", stream->path, "stays closed (%s): %s closed it before",
        weir_closure_kind_name (entry->closure->kind), entry->closure->by);
    txn = weir_txn_new ();
    set_until (closures, entry->closure, 0, txn);
    record (closures, txn, "closure.carry", entry->closure,
        json_pack ("{s:s}", "publisher", stream->publisher_id));
  }
}

void
weir_closures_end_stream (WeirClosures *closures, const WeirStream *stream)
{
  WeirTxn *txn = NULL;

  if (is_streamed (closures, stream->path, stream))
    return;
  for (guint i = 0; i < WEIR_CLOSURE_KINDS; i++) {
    Entry *entry = find (closures, stream->path, (WeirClosureKind) i);

    if (entry == NULL)
      continue;
    if (txn == NULL)
      txn = weir_txn_new ();
    set_until (
        closures, entry->closure, rest_until_ms (closures, stream->path), txn);
  }
  if (txn != NULL)
    weir_store_submit (
        closures->control->store, txn, on_stored, closures->control);
}

void
weir_closures_expire (WeirControl *control)
{
  WeirClosures *closures = control->closures;

  for (GList *l = closures->order.head, *next; l != NULL; l = next) {
    Entry *entry = l->data;
    WeirTxn *txn;

    next = l->next;
    if (!is_over (entry->closure))
      continue;
    txn = weir_txn_new ();
    weir_txn_delete_closure (txn, entry->closure->id);
    record (closures, txn, "closure.expire", entry->closure, NULL);
    drop (closures, entry);
  }
}

static json_t *
describe (const WeirClosure *c)
{
  return json_pack ("{s:s, s:s, s:o, s:I}", "kind",
      weir_closure_kind_name (c->kind), "by", c->by, "reason",
      weir_describe_text (c->reason), "since_ms", (json_int_t) c->since_ms);
}

json_t *
weir_closures_describe (const WeirClosures *closures)
{
  json_t *list = json_array ();

  for (GList *l = closures->order.head; l != NULL; l = l->next) {
    const WeirClosure *c = ((Entry *) l->data)->closure;
    json_t *json = describe (c);

    json_object_set_new (json, "stream", json_string (c->stream));
    json_object_set_new (json, "until_ms",
        c->until_ms > 0 ? json_integer (c->until_ms) : json_null ());
    json_object_set_new (json, "live",
        json_boolean (
            weir_streams_find (closures->control->streams, c->stream) != NULL));
    json_array_append_new (list, json);
  }
  return list;
}

json_t *
weir_closures_describe_stream (
    const WeirClosures *closures, const WeirStream *stream)
{
  json_t *list = json_array ();

  for (guint i = 0; i < WEIR_CLOSURE_KINDS; i++) {
    const Entry *entry = find (closures, stream->path, (WeirClosureKind) i);
    json_t *json;

    if (entry == NULL || stream->shadow)
      continue;
    json = describe (entry->closure);
    json_object_set_new (
        json, "carried", json_boolean (entry->stream_number != stream->number));
    json_array_append_new (list, json);
  }
  return list;
}
