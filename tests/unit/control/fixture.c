/* Puts a control together as app/ does, with what the tests can look into. */
#include "control/fixture.h"

#include "base/error.h"
#include "store/sqlite.h"

#include <glib/gstdio.h>
#include <string.h>

const char fixture_settings[] = "[gate]\ndelay_ms = 0\n"
                                "[rtmp]\nrequire_key = false\n"
                                "[egress main]\n"
                                "url = rtmp://localhost/{app}/{name}\n";

/* A 640x360 baseline configuration as x264 writes it. */
static const guint8 avcc[] = { 0x01, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0x00, 0x19,
  0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x2f, 0xf9, 0x70, 0x11, 0x00, 0x00,
  0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x0f, 0x16, 0x2e, 0x48, 0x01,
  0x00, 0x05, 0x68, 0xcb, 0x83, 0xcb, 0x20 };
/* AAC-LC, 44.1 kHz, stereo. */
static const guint8 asc[] = { 0x12, 0x10 };

/* --- the loop --- */

static void
on_deadline (gpointer data)
{
  g_error ("what the test waits for did not come");
}

void
fixture_wait (WeirLoop *loop, FixtureDone done, gpointer data)
{
  WeirTimer *deadline =
      weir_timer_new (loop, FIXTURE_DEADLINE_MS, 0, on_deadline, NULL);

  while (!done (data))
    uv_run (weir_loop_uv (loop), UV_RUN_ONCE);
  weir_timer_free (deadline);
}

/* --- the store --- */

typedef struct {
  WeirTxn *txn;
  WeirStoreDone done;
  gpointer data;
} Submission;

static gboolean
store_load (WeirStore *base, WeirStoreState *ret, GError **error)
{
  return weir_store_load (((FixtureStore *) base)->real, ret, error);
}

static void
refuse_waiting (gpointer data)
{
  FixtureStore *store = data;
  Submission *s;

  g_clear_pointer (&store->answer, weir_timer_free);
  while ((s = g_queue_pop_head (&store->waiting)) != NULL) {
    g_autoptr (GError) error =
        g_error_new (WEIR_ERROR, WEIR_ERROR_NOT_DURABLE, "store: no disk");

    weir_txn_free (s->txn);
    if (s->done != NULL)
      s->done (error, s->data);
    g_free (s);
  }
}

static void
store_submit (WeirStore *base, WeirTxn *txn, WeirStoreDone done, gpointer data)
{
  FixtureStore *store = (FixtureStore *) base;
  Submission s = { txn, done, data };

  store->submitted++;
  if (!store->failing && !store->holding) {
    weir_store_submit (store->real, txn, done, data);
    return;
  }
  g_queue_push_tail (&store->waiting, g_memdup2 (&s, sizeof s));
  if (store->failing && store->answer == NULL)
    store->answer = weir_timer_new (store->loop, 0, 0, refuse_waiting, store);
}

static void
store_read_trail (WeirStore *base, guint64 before, guint limit,
    WeirStoreTrail done, gpointer data)
{
  weir_store_read_trail (
      ((FixtureStore *) base)->real, before, limit, done, data);
}

static void
store_read_still (WeirStore *base, const char *case_id,
    void (*done) (GBytes *still, gpointer data), gpointer data)
{
  weir_store_read_still (((FixtureStore *) base)->real, case_id, done, data);
}

static void
store_read_sightings (WeirStore *base, WeirSightingsKind kind,
    const char *stream, guint64 before, guint limit, WeirStoreSightings done,
    gpointer data)
{
  weir_store_read_sightings (
      ((FixtureStore *) base)->real, kind, stream, before, limit, done, data);
}

static void
store_free (WeirStore *base)
{
  FixtureStore *store = (FixtureStore *) base;

  refuse_waiting (store);
  g_clear_pointer (&store->real, weir_store_free);
}

static const WeirStoreClass store_class = { store_load, store_submit,
  store_read_trail, store_read_still, store_read_sightings, store_free };

void
fixture_store_go_on (Fixture *f)
{
  Submission *s;

  f->store.holding = FALSE;
  while ((s = g_queue_pop_head (&f->store.waiting)) != NULL) {
    weir_store_submit (f->store.real, s->txn, s->done, s->data);
    g_free (s);
  }
}

static void
set_true (GBytes *still, gpointer data)
{
  *(gboolean *) data = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *) data;
}

static gboolean
nothing_refused (gpointer data)
{
  return ((Fixture *) data)->store.answer == NULL;
}

void
fixture_wait_for_store (Fixture *f)
{
  gboolean done = FALSE;

  fixture_wait (f->loop, nothing_refused, f);
  /* Requests are answered in order. */
  weir_store_read_still (&f->store.parent, "", set_true, &done);
  fixture_wait (f->loop, is_true, &done);
}

/* --- publishers --- */

static void
on_disconnect (WeirPublisher *base, const char *reason)
{
  FixturePublisher *publisher = (FixturePublisher *) base;

  publisher->disconnects++;
  g_free (publisher->reason);
  publisher->reason = g_strdup (reason);
}

static void
on_admitted (WeirPublisher *base, WeirAdmit admit, WeirStream *stream,
    const char *reason)
{
  FixturePublisher *publisher = (FixturePublisher *) base;

  g_assert_true ((admit == WEIR_ADMIT_OK) == (reason == NULL));
  g_assert_true ((admit == WEIR_ADMIT_OK) == (stream != NULL));
  g_assert_cmpint (admit, !=, WEIR_ADMIT_PENDING);
  publisher->answers++;
  publisher->admit = admit;
  publisher->stream = stream;
  g_free (publisher->reason);
  publisher->reason = g_strdup (reason);
}

static const WeirPublisherClass publisher_class = { on_admitted,
  on_disconnect };

void
fixture_publisher_init (FixturePublisher *publisher)
{
  *publisher = (FixturePublisher){ .parent = { &publisher_class, "rtmp",
                                       g_strdup ("192.0.2.1:5000") } };
}

void
fixture_publisher_clear (FixturePublisher *publisher)
{
  g_free (publisher->parent.peer);
  g_free (publisher->reason);
}

WeirAdmit
fixture_publish (Fixture *f, FixturePublisher *publisher, const char *app,
    const char *name, const char *secret, WeirStream **ret_stream,
    char **ret_reason)
{
  WeirPublishRequest request = { .app = app, .name = name, .secret = secret };
  g_autofree char *reason = NULL;
  WeirStream *stream = NULL;
  WeirAdmit how = weir_streams_publish (f->control.streams, &request,
      publisher != NULL ? &publisher->parent : &f->publisher.parent, &stream,
      &reason);

  g_assert_true (
      (how == WEIR_ADMIT_OK || how == WEIR_ADMIT_PENDING) == (reason == NULL));
  g_assert_true ((how == WEIR_ADMIT_OK) == (stream != NULL));
  if (ret_stream != NULL)
    *ret_stream = stream;
  if (ret_reason != NULL)
    *ret_reason = g_steal_pointer (&reason);
  return how;
}

WeirStream *
fixture_start_stream (Fixture *f, const char *name)
{
  WeirStream *stream;

  g_assert_cmpint (fixture_publish (f, NULL, "live", name, "", &stream, NULL),
      ==, WEIR_ADMIT_OK);
  return stream;
}

void
fixture_send (Fixture *f, WeirStream *stream, const char *letters)
{
  g_autoptr (WeirCodecConfig) video =
      weir_codec_config_new (WEIR_CODEC_H264, avcc, sizeof avcc, NULL);
  g_autoptr (WeirCodecConfig) sound =
      weir_codec_config_new (WEIR_CODEC_AAC, asc, sizeof asc, NULL);

  g_assert_nonnull (video);
  g_assert_nonnull (sound);
  for (const char *l = letters; *l != '\0' && stream->publisher != NULL; l++) {
    WeirPacket packet = { .dts_ms = f->dts_ms,
      .pts_ms = f->dts_ms,
      .arrival_us = weir_now_us (),
      .flags = *l == 'K' ? WEIR_PACKET_KEY : 0 };

    switch (*l) {
    case 'a':
      packet.kind = WEIR_MEDIA_AUDIO;
      packet.codec = WEIR_CODEC_AAC;
      packet.config = weir_codec_config_ref (sound);
      break;
    case 'm':
      packet.kind = WEIR_MEDIA_DATA;
      packet.codec = WEIR_CODEC_METADATA;
      break;
    default:
      packet.kind = WEIR_MEDIA_VIDEO;
      packet.codec = WEIR_CODEC_H264;
      packet.config = weir_codec_config_ref (video);
      break;
    }
    packet.payload = weir_arena_alloc (f->arena, 1);
    *packet.payload.data = (guint8) *l;
    weir_stream_take_packet (stream, &packet);
    g_assert_null (packet.payload.block);
    g_assert_null (packet.config);
    f->dts_ms += 20;
  }
}

/* --- egresses --- */

static void
on_flush (WeirEgress *base, gint64 now_us)
{
  FixtureEgress *egress = (FixtureEgress *) base;
  const WeirGateOutput *output;

  while (!egress->stuck
         && (output = weir_gate_peek (base->gate, &base->cursor)) != NULL) {
    if (base->state != WEIR_EGRESS_LIVE) {
      base->state = WEIR_EGRESS_LIVE;
      base->connects++;
      base->on_state (base, base->data);
    }
    if (output->kind == WEIR_GATE_OUTPUT_CONTENT)
      g_string_append_c (egress->sent, (char) *output->packet.payload.data);
    base->bytes += output->packet.payload.size;
    base->last_content_us = now_us;
    weir_gate_sent (base->gate, &base->cursor, now_us);
  }
}

static void
on_end (WeirEgress *base, gboolean drain)
{
  FixtureEgress *egress = (FixtureEgress *) base;

  egress->ends++;
  egress->drained = drain;
  if (egress->stuck)
    return;
  if (drain)
    on_flush (base, weir_now_us ());
  base->state = WEIR_EGRESS_CLOSED;
  base->on_closed (base, base->data);
}

static void
on_free (WeirEgress *base)
{
  FixtureEgress *egress = (FixtureEgress *) base;
  Fixture *fixture = egress->fixture;

  fixture->egresses_freed++;
  g_free (fixture->sent);
  fixture->sent = g_string_free (egress->sent, FALSE);
  g_ptr_array_remove (fixture->egresses, egress);
  g_free (base->last_error);
  g_free (egress->section);
  g_free (egress);
}

void
fixture_unstick (FixtureEgress *egress)
{
  if (!egress->stuck)
    return;
  egress->stuck = FALSE;
  if (egress->ends > 0)
    on_end (&egress->parent, egress->drained);
}

static const WeirEgressClass egress_class = { on_flush, on_end, on_free };

/* Sections whose name begins with "no" are for nobody. */
static WeirEgress *
make_egress (
    gpointer data, const char *section, const char *app, const char *name)
{
  Fixture *f = data;
  FixtureEgress *egress;

  if (g_str_has_prefix (section, "no"))
    return NULL;
  egress = g_new0 (FixtureEgress, 1);
  egress->fixture = f;
  egress->section = g_strdup (section);
  egress->parent.klass = &egress_class;
  egress->parent.name = egress->section;
  egress->sent = g_string_new (NULL);
  g_ptr_array_add (f->egresses, egress);
  return &egress->parent;
}

/* --- banks --- */

static gboolean
get_entry (const WeirBanks *banks, guint32 index, WeirBankEntry *ret)
{
  static const WeirBankEntry entries[] = {
    { "one", "near", "film", 31, 50, WEIR_ACTION_CASE, 50 },
    { "one", "far", "game", 31, 50, WEIR_ACTION_CASE, 50 },
    { "two", "strict", "film", 10, 80, WEIR_ACTION_CASE, 50 },
  };

  if (index >= G_N_ELEMENTS (entries))
    return FALSE;
  *ret = entries[index];
  return TRUE;
}

static const char *const fixture_bank_names[] = { "one", "two", NULL };

static gboolean
has_bank (const WeirBanks *banks, const char *bank)
{
  return g_strv_contains (fixture_bank_names, bank);
}

static WeirSignal *
find_held (const WeirBanks *banks, const char *bank, const char *entry,
    guint *ret_count)
{
  *ret_count = 0;
  return NULL;
}

static gboolean
each_held (const WeirBanks *banks, const char *bank, WeirBankHeldFunc func,
    gpointer data)
{
  return has_bank (banks, bank);
}

static gboolean
each_signal (const WeirBanks *banks, const char *bank, WeirSignalFunc func,
    gpointer data)
{
  return has_bank (banks, bank);
}

static const char *
find_name (const WeirBanks *banks, const char *bank, const char *entry)
{
  static const char *const names[] = { "near", "far", "strict", NULL };

  return g_strv_contains (names, entry) ? entry : NULL;
}

static const WeirBanksClass fixture_banks_class = { .get = get_entry,
  .has = has_bank,
  .each_held = each_held,
  .each_signal = each_signal,
  .find_held = find_held,
  .find_name = find_name };
WeirBanks fixture_banks = { &fixture_banks_class };
WeirBanks *(*fixture_make_banks) (const WeirSettings *settings);
void (*fixture_free_banks) (WeirBanks *banks);

void
fixture_sample (Fixture *f, WeirStream *stream, gint64 pts_ms, guint32 entry,
    int distance, guint quality)
{
  g_autoptr (GBytes) still = g_bytes_new_static ("JPEG", 4);
  WeirSample sample = { .pts_ms = pts_ms,
    .arrival_us = weir_now_us (),
    .quality = quality,
    .n_hits = distance >= 0,
    .hits = { { entry, (guint16) MAX (distance, 0), 0 } },
    .still = still };

  weir_streams_take_sample (f->control.streams, stream->number, &sample);
}

/* --- all of it --- */

static void
start (Fixture *f, const char *settings)
{
  g_autoptr (GError) error = NULL;

  if (settings == NULL)
    settings = fixture_settings;
  f->loop = weir_loop_new ();
  f->store = (FixtureStore){ .parent = { &store_class },
    .loop = f->loop,
    .real = weir_sqlite_store_new (f->loop, f->path, 64, &error) };
  g_assert_no_error (error);
  g_queue_init (&f->store.waiting);
  f->control = (WeirControl){
    .loop = f->loop, .store = &f->store.parent, .banks = &fixture_banks
  };
  f->control.settings =
      weir_settings_parse ("test", settings, strlen (settings), &error);
  g_assert_no_error (error);
  if (fixture_make_banks != NULL)
    f->control.banks = fixture_make_banks (f->control.settings);
  f->policy = weir_policy_new (f->control.settings, fixture_bank_names, &error);
  g_assert_no_error (error);
  f->control.policy = f->policy;
  weir_control_start (&f->control, &error);
  g_assert_no_error (error);
  weir_streams_set_egress_factory (f->control.streams, make_egress, f);
  fixture_publisher_init (&f->publisher);
  f->dts_ms = 0;
}

static void
on_shut_down (gpointer data)
{
  *(gboolean *) data = TRUE;
}

static void
stop (Fixture *f)
{
  gboolean down = FALSE;

  for (guint i = 0; i < f->egresses->len; i++)
    fixture_unstick (g_ptr_array_index (f->egresses, i));
  weir_streams_shut_down (f->control.streams, 0, on_shut_down, &down);
  fixture_wait (f->loop, is_true, &down);
  weir_store_free (&f->store.parent);
  weir_control_clear (&f->control);
  if (fixture_free_banks != NULL)
    fixture_free_banks (f->control.banks);
  weir_settings_free (f->control.settings);
  weir_policy_free (f->policy);
  fixture_publisher_clear (&f->publisher);
  weir_loop_run (f->loop);
  weir_loop_free (f->loop);
  g_assert_cmpuint (f->egresses->len, ==, 0);
}

void
fixture_set_up (Fixture *f, gconstpointer settings)
{
  g_autoptr (GError) error = NULL;

  *f = (Fixture){ .dir = g_dir_make_tmp ("weir-test-XXXXXX", &error) };
  g_assert_no_error (error);
  f->path = g_build_filename (f->dir, "weir.db", NULL);
  f->arena = weir_arena_new ();
  f->egresses = g_ptr_array_new ();
  start (f, settings);
}

void
fixture_tear_down (Fixture *f, gconstpointer settings)
{
  stop (f);
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  weir_arena_unref (f->arena);
  g_ptr_array_unref (f->egresses);
  g_free (f->sent);
  g_free (f->path);
  g_free (f->dir);
}

void
fixture_restart (Fixture *f, const char *settings)
{
  stop (f);
  start (f, settings);
}
