/* What is looked for in the pictures that were looked at last: how far back,
 * where, and what is told. */
#include "control/recent.h"

#include <string.h>

#define KEPT WEIR_RECENT_SAMPLES

/* Picture I: its number in the first bytes, all else the same, so that it
 * differs from picture 0 in the bits of its number. */
static void
note (WeirRecent *recent, guint64 stream, guint i, guint quality)
{
  WeirSample sample = { .pts_ms = i, .arrival_us = 7 * i, .quality = quality };

  memset (sample.hash, 0x5a, sizeof sample.hash);
  sample.hash[0] = (guint8) i;
  sample.hash[1] = (guint8) (i >> 8);
  weir_recent_note (recent, stream, &sample);
}

typedef struct {
  guint n;
  guint64 stream;
  gint64 first, last;
  guint16 distance; /* of the last */
  guint32 entry;
} Found;

static void
on_found (guint64 stream, const WeirSample *sample, gpointer data)
{
  Found *found = data;

  if (found->n++ == 0)
    found->first = sample->pts_ms;
  else if (stream == found->stream)
    g_assert_cmpint (sample->pts_ms, >, found->last);
  found->last = sample->pts_ms;
  found->stream = stream;
  g_assert_cmpint (sample->arrival_us, ==, 7 * sample->pts_ms);
  g_assert_cmpuint (sample->n_hits, ==, 1);
  g_assert_null (sample->still);
  found->distance = sample->hits[0].distance;
  found->entry = sample->hits[0].entry;
}

static Found
search (const WeirRecent *recent, guint i, guint radius, guint min_quality)
{
  Found found = { 0 };
  guint8 hash[32];

  memset (hash, 0x5a, sizeof hash);
  hash[0] = (guint8) i;
  hash[1] = (guint8) (i >> 8);
  weir_recent_search (recent, hash, 77, radius, min_quality, on_found, &found);
  return found;
}

/* The latest 256 of each stream, the oldest first; what is older is gone. */
static void
test_bound (void)
{
  WeirRecent *recent = weir_recent_new ();
  Found found;

  for (guint i = 0; i < KEPT; i++)
    note (recent, 1, i, 100);
  found = search (recent, 0, 0, 0);
  g_assert_cmpuint (found.n, ==, 1);
  g_assert_cmpuint (found.entry, ==, 77);
  found = search (recent, 0, 256, 0);
  g_assert_cmpuint (found.n, ==, KEPT);
  g_assert_cmpint (found.first, ==, 0);

  note (recent, 1, KEPT, 100); /* in the place of the first */
  g_assert_cmpuint (search (recent, 0, 0, 0).n, ==, 0);
  g_assert_cmpuint (search (recent, 1, 0, 0).n, ==, 1);
  g_assert_cmpuint (search (recent, KEPT, 0, 0).n, ==, 1);
  for (guint i = KEPT + 1; i < 3 * KEPT + 10; i++)
    note (recent, 1, i, 100);
  found = search (recent, 0, 256, 0);
  g_assert_cmpuint (found.n, ==, KEPT);
  g_assert_cmpint (found.first, ==, 2 * KEPT + 10);
  g_assert_cmpint (found.last, ==, 3 * KEPT + 9);

  /* Another stream's are its own, and go with it. */
  note (recent, 2, 5, 100);
  g_assert_cmpuint (search (recent, 5, 0, 0).stream, ==, 2);
  g_assert_cmpuint (search (recent, 5, 256, 0).n, ==, KEPT + 1);
  weir_recent_forget (recent, 2);
  g_assert_cmpuint (search (recent, 5, 256, 0).n, ==, KEPT);
  weir_recent_forget (recent, 1);
  g_assert_cmpuint (search (recent, 5, 256, 0).n, ==, 0);
  weir_recent_free (recent);
}

static void
test_radius (void)
{
  WeirRecent *recent = weir_recent_new ();
  Found found;

  note (recent, 1, 0x0f, 50);
  g_assert_cmpuint (search (recent, 0, 3, 0).n, ==, 0);
  found = search (recent, 0, 4, 50);
  g_assert_cmpuint (found.n, ==, 1);
  g_assert_cmpuint (found.distance, ==, 4);
  g_assert_cmpuint (search (recent, 0, 4, 51).n, ==, 0);
  weir_recent_free (recent);
}

static void
test_told (void)
{
  WeirRecent *recent = weir_recent_new ();

  g_assert_true (weir_recent_tell_once (recent, 1, "a"));
  g_assert_false (weir_recent_tell_once (recent, 1, "a"));
  g_assert_true (weir_recent_tell_once (recent, 2, "a"));
  g_assert_true (weir_recent_tell_once (recent, 1, "b"));
  weir_recent_free (recent);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recent/bound", test_bound);
  g_test_add_func ("/recent/radius", test_radius);
  g_test_add_func ("/recent/told", test_told);
  return g_test_run ();
}
