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
  guint picture;    /* the last's number */
  guint16 distance; /* of the last */
  guint32 entry;
} Found;

static void
on_found (
    guint64 stream, guint picture, const WeirSample *sample, gpointer data)
{
  Found *found = data;

  found->picture = picture;
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
  g_assert_cmpuint (found.picture, ==, 3 * KEPT + 9);

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

static guint
take (WeirRecent *recent, guint64 stream, guint *ret_first)
{
  g_autoptr (GArray) list =
      g_array_new (FALSE, FALSE, sizeof (WeirRecentPicture));

  weir_recent_take (recent, stream, list);
  for (guint i = 0; i < list->len; i++) {
    const WeirRecentPicture *p = &g_array_index (list, WeirRecentPicture, i);

    if (i == 0)
      *ret_first = p->picture;
    g_assert_cmpuint (p->picture, ==, *ret_first + i);
    g_assert_cmpuint (p->stream, ==, stream);
    g_assert_cmpint (p->pts_ms, ==, p->picture);
    g_assert_cmpuint (p->hash[0], ==, (guint8) p->picture);
  }
  return list->len;
}

/* Each once, until all are to be looked at anew; never more than are kept. */
static void
test_take (void)
{
  WeirRecent *recent = weir_recent_new ();
  guint first;

  g_assert_cmpuint (take (recent, 1, &first), ==, 0);
  for (guint i = 0; i < 10; i++)
    note (recent, 1, i, 100);
  g_assert_cmpuint (take (recent, 1, &first), ==, 10);
  g_assert_cmpuint (first, ==, 0);
  g_assert_cmpuint (take (recent, 1, &first), ==, 0);
  note (recent, 1, 10, 100);
  g_assert_cmpuint (take (recent, 1, &first), ==, 1);
  g_assert_cmpuint (first, ==, 10);
  weir_recent_look_anew (recent);
  g_assert_cmpuint (take (recent, 1, &first), ==, 11);
  for (guint i = 11; i < 2 * KEPT; i++)
    note (recent, 1, i, 100);
  g_assert_cmpuint (take (recent, 1, &first), ==, KEPT);
  g_assert_cmpuint (first, ==, KEPT);
  weir_recent_free (recent);
}

/* Of a picture that is among the latest, so many entries, and of another one in
 * its place none. */
static void
test_tell (void)
{
  WeirRecent *recent = weir_recent_new ();

  weir_recent_tell (recent, 1, 0, "b", "e"); /* there is none */
  note (recent, 1, 0, 100);
  g_assert_false (weir_recent_was_told (recent, 1, 0, "b", "e"));
  weir_recent_tell (recent, 1, 0, "b", "e");
  weir_recent_tell (recent, 1, 0, "b", "e");
  weir_recent_tell (recent, 1, 1, "b", "other"); /* nor one */
  g_assert_true (weir_recent_was_told (recent, 1, 0, "b", "e"));
  g_assert_false (weir_recent_was_told (recent, 1, 0, "e", "b"));
  g_assert_false (weir_recent_was_told (recent, 2, 0, "b", "e"));
  for (guint i = 0; i < WEIR_RECENT_MAX_TOLD; i++) {
    g_autofree char *entry = g_strdup_printf ("%u", i);

    weir_recent_tell (recent, 1, 0, "b", entry);
    g_assert_true (weir_recent_was_told (recent, 1, 0, "b", entry)
                   == (i < WEIR_RECENT_MAX_TOLD - 1));
  }
  for (guint i = 1; i <= KEPT; i++)
    note (recent, 1, i, 100);
  g_assert_false (weir_recent_was_told (recent, 1, 0, "b", "e"));
  g_assert_false (weir_recent_was_told (recent, 1, KEPT, "b", "e"));
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
  g_test_add_func ("/recent/take", test_take);
  g_test_add_func ("/recent/tell", test_tell);
  g_test_add_func ("/recent/told", test_told);
  return g_test_run ();
}
