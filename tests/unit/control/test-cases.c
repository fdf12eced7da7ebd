/* Hits become cases: what counts as a hit, what joins, what is stored before
 * it is told. */
#include "control/fixture.h"

#define HELD                                                                   \
  "[gate]\ndelay_ms = 60000\n[rtmp]\nrequire_key = false\n"                    \
  "[egress main]\nurl = rtmp://localhost/{app}/{name}\n"
#define FEW HELD "[review]\nmax_open_cases = 2\n"

static const WeirCase *
case_of (Fixture *f, const WeirStream *stream)
{
  return stream->case_id != NULL
             ? weir_cases_find (f->control.cases, stream->case_id)
             : NULL;
}

static void
test_opens (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);
  gint64 now_ms = weir_wall_ms ();
  const WeirCase *c;
  json_t *event;

  fixture_send (f, stream, "KvKv");
  fixture_sample (f, stream, 0, 0, -1, 100);
  g_assert_null (case_of (f, stream));
  fixture_sample (f, stream, 40, 0, 12, 90);
  c = case_of (f, stream);
  g_assert_nonnull (c);
  g_assert_true (c->open);
  g_assert_cmpstr (c->stream, ==, "live/a");
  g_assert_cmpstr (c->publisher, ==, "a");
  g_assert_cmpstr (c->bank, ==, "one");
  g_assert_cmpstr (c->entry, ==, "near");
  g_assert_cmpstr (c->item, ==, "film");
  g_assert_cmpuint (c->distance, ==, 12);
  g_assert_cmpuint (c->quality, ==, 90);
  /* From the last clean sample on. */
  g_assert_cmpint (c->from_ms, ==, 0);
  g_assert_cmpint (c->to_ms, ==, -1);
  g_assert_cmpint (c->first_hit_ms, ==, 40);
  g_assert_nonnull (c->still);
  /* Public when its span's first packet is due. */
  g_assert_cmpint (c->public_ms, >=, now_ms + 60000 - 1000);
  g_assert_cmpint (c->public_ms, <=, weir_wall_ms () + 60000);

  /* Not told before it is stored. */
  g_assert_cmpuint (fixture_count_events (f, "case.opened", seq), ==, 0);
  fixture_wait_for_store (f);
  g_assert_cmpuint (fixture_count_events (f, "case.opened", seq), ==, 1);
  g_assert_cmpuint (fixture_count_events (f, "case.updated", seq), ==, 0);
  event = fixture_find_event (f, "case.opened", seq);
  g_assert_cmpstr (json_string_value (
                       json_object_get (json_object_get (event, "case"), "id")),
      ==, c->id);
  json_decref (event);
  fixture_assert_trail (f, "case.open");
}

/* Until then it is in no list either. */
static void
test_stored_before_told (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);
  g_autoptr (GPtrArray) list = NULL;

  fixture_send (f, stream, "Kv");
  f->store.holding = TRUE;
  fixture_sample (f, stream, 0, 0, 12, 90);
  fixture_sample (f, stream, 20, 0, 10, 90);
  list = weir_cases_list (f->control.cases);
  g_assert_cmpuint (list->len, ==, 0);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 1);
  /* Nor is a change of it told first. */
  weir_cases_stream_ended (f->control.cases, stream);
  g_assert_cmpuint (fixture_count_events (f, "case.updated", seq), ==, 0);
  fixture_store_go_on (f);
  fixture_wait_for_store (f);
  g_assert_cmpuint (fixture_count_events (f, "case.opened", seq), ==, 1);
  g_ptr_array_unref (list);
  list = weir_cases_list (f->control.cases);
  g_assert_cmpuint (list->len, ==, 1);
}

/* A store that fails must not hide it. */
static void
test_store_fails (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  guint64 seq = fixture_seq (f);

  fixture_send (f, stream, "Kv");
  f->store.failing = TRUE;
  fixture_sample (f, stream, 0, 0, 12, 90);
  fixture_wait_for_store (f);
  g_assert_cmpuint (fixture_count_events (f, "case.opened", seq), ==, 1);
  g_assert_true (f->control.store_failing);
}

static void
test_joins (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  const WeirCase *c;
  guint64 seq;

  fixture_send (f, stream, "KvKv");
  fixture_sample (f, stream, 0, 0, 12, 90);
  fixture_wait_for_store (f);
  seq = fixture_seq (f);
  c = case_of (f, stream);
  fixture_sample (f, stream, 1000, 0, 20, 95);
  g_assert_true (case_of (f, stream) == c);
  g_assert_cmpuint (c->hits, ==, 2);
  g_assert_cmpuint (c->distance, ==, 12);
  g_assert_cmpint (c->last_hit_ms, ==, 1000);
  /* The nearest is shown, of whatever item. */
  fixture_sample (f, stream, 2000, 1, 3, 80);
  g_assert_true (case_of (f, stream) == c);
  g_assert_cmpuint (c->hits, ==, 3);
  g_assert_cmpuint (c->distance, ==, 3);
  g_assert_cmpstr (c->entry, ==, "far");
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 1);
  g_assert_cmpuint (
      weir_cases_count_open_of (f->control.cases, "live/a"), ==, 1);
  g_assert_cmpuint (
      weir_cases_count_open_of (f->control.cases, "live/b"), ==, 0);
  fixture_wait_for_store (f);
  g_assert_cmpuint (fixture_count_events (f, "case.updated", seq), ==, 2);
  g_assert_cmpuint (fixture_count_events (f, "case.opened", seq), ==, 0);
}

/* Each bank's own radius and quality, and the nearest hit that stands. */
static void
test_rules (Fixture *f, gconstpointer data)
{
  static const struct {
    guint32 entry;
    int distance;
    guint quality;
    gboolean stands;
  } table[] = {
    { 0, 32, 100, FALSE },
    { 0, 31, 49, FALSE },
    { 0, 0, 49, FALSE },
    { 2, 11, 100, FALSE },
    { 2, 10, 79, FALSE },
    { 3, 0, 100, FALSE },
    { G_MAXUINT32, 0, 100, FALSE },
    { 0, 31, 50, TRUE },
    { 2, 10, 80, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *name = g_strdup_printf ("s%u", i);
    FixturePublisher publisher;
    WeirStream *stream;

    fixture_publisher_init (&publisher);
    fixture_publish (f, &publisher, "live", name, "", &stream, NULL);
    fixture_sample (
        f, stream, 0, table[i].entry, table[i].distance, table[i].quality);
    g_assert_cmpint (case_of (f, stream) != NULL, ==, table[i].stands);
    weir_stream_publisher_gone (stream, &publisher.parent, WEIR_GONE_STOPPED);
    fixture_publisher_clear (&publisher);
  }
}

static void
test_next_nearest (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirSample sample = { .quality = 70,
    .arrival_us = weir_now_us (),
    .n_hits = 3,
    .hits = { { 2, 4, 0 }, { 99, 5, 0 }, { 1, 6, 2 } } };

  weir_streams_take_sample (f->control.streams, stream->number, &sample);
  g_assert_cmpstr (case_of (f, stream)->entry, ==, "far");
  g_assert_cmpuint (case_of (f, stream)->distance, ==, 6);
  g_assert_cmpuint (case_of (f, stream)->probe, ==, 2);
  g_assert_null (case_of (f, stream)->still);
}

static void
test_span (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  const WeirCase *c;
  guint64 seq;

  fixture_sample (f, stream, 1000, 0, -1, 100);
  fixture_sample (f, stream, 2000, 0, 5, 100);
  fixture_sample (f, stream, 3000, 0, 5, 100);
  c = case_of (f, stream);
  g_assert_cmpint (c->from_ms, ==, 1000);
  g_assert_cmpint (c->to_ms, ==, -1);
  fixture_wait_for_store (f);
  seq = fixture_seq (f);
  fixture_sample (f, stream, 4000, 0, -1, 100);
  g_assert_cmpint (c->to_ms, ==, 4000);
  fixture_wait_for_store (f);
  g_assert_cmpuint (fixture_count_events (f, "case.updated", seq), ==, 1);
  fixture_sample (f, stream, 5000, 0, -1, 100);
  g_assert_cmpint (c->to_ms, ==, 4000);
  /* It goes on: the same case, open again. */
  fixture_sample (f, stream, 6000, 0, 5, 100);
  g_assert_true (case_of (f, stream) == c);
  g_assert_cmpint (c->to_ms, ==, -1);
  fixture_sample (f, stream, 7000, 0, -1, 100);
  g_assert_cmpint (c->to_ms, ==, 7000);
  /* Much later it is another one. */
  fixture_sample (f, stream, 36001, 0, 5, 100);
  g_assert_true (case_of (f, stream) != c);
  g_assert_cmpint (case_of (f, stream)->from_ms, ==, 7000);
}

static void
test_max_open (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");

  fixture_sample (f, stream, 0, 0, 5, 100);
  fixture_sample (f, stream, 40000, 0, 5, 100);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 2);
  fixture_sample (f, stream, 80000, 0, 5, 100);
  g_assert_null (case_of (f, stream));
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 2);
  fixture_wait_for_store (f);
  fixture_assert_trail (f, "case.open case.open");
}

/* A picture of a stream that is gone by now. */
static void
test_late_sample (Fixture *f, gconstpointer data)
{
  WeirSample sample = { .quality = 100, .n_hits = 1 };

  weir_streams_take_sample (f->control.streams, 77, &sample);
  g_assert_cmpuint (weir_cases_count_open (f->control.cases), ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
    const char *settings;
  } tests[] = {
    { "/cases/opens", test_opens, HELD },
    { "/cases/stored-before-told", test_stored_before_told, HELD },
    { "/cases/store-fails", test_store_fails, HELD },
    { "/cases/joins", test_joins, HELD },
    { "/cases/rules", test_rules, HELD },
    { "/cases/next-nearest", test_next_nearest, HELD },
    { "/cases/span", test_span, HELD },
    { "/cases/max-open", test_max_open, FEW },
    { "/cases/late-sample", test_late_sample, HELD },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].test, fixture_tear_down);
  return g_test_run ();
}
