/* Searches the latest pictures, stream by stream. */
#include "control/look-back.h"

#include "base/log.h"
#include "control/cases.h"
#include "control/quarantines.h"
#include "control/stream.h"

#include <string.h>

G_STATIC_ASSERT (WEIR_RECENT_SAMPLES <= WEIR_BANKS_MAX_NEEDLES);
G_STATIC_ASSERT (WEIR_BANKS_MAX_MATCHES <= WEIR_SAMPLE_MAX_HITS);

struct _WeirLookBack {
  WeirControl *control;
  WeirLookBackSearch search;
  gpointer banks;   /* SEARCH's */
  GArray *streams;  /* numbers of those to come */
  GArray *pictures; /* WeirRecentPicture, of one stream */
  gboolean searching;
  guint found; /* pictures, since it began */
  WeirTimer *again;
};

WeirLookBack *
weir_look_back_new (WeirControl *control)
{
  WeirLookBack *self = g_new0 (WeirLookBack, 1);

  self->control = control;
  self->streams = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->pictures = g_array_new (FALSE, FALSE, sizeof (WeirRecentPicture));
  return self;
}

void
weir_look_back_free (WeirLookBack *self)
{
  if (self == NULL)
    return;
  weir_timer_free (self->again);
  g_array_unref (self->streams);
  g_array_unref (self->pictures);
  g_free (self);
}

void
weir_look_back_set_search (
    WeirLookBack *self, WeirLookBackSearch search, gpointer banks)
{
  self->search = search;
  self->banks = banks;
}

/* What of MATCHES, all of PICTURE's, is told with it: what nobody was told of.
 * FALSE when there is none, or the picture is known to be good. What is passed
 * over is left out here already: the picture was counted as one without hits
 * when it came, and must not be so again. */
static gboolean
choose (const WeirLookBack *self, const WeirRecentPicture *picture,
    const WeirBankMatch *matches, guint n_matches, WeirSample *sample)
{
  const WeirBanks *banks = self->control->banks;
  const WeirRecent *recent = weir_cases_get_recent (self->control->cases);

  for (guint i = 0; i < n_matches; i++) {
    const WeirBankMatch *m = &matches[i];
    WeirBankEntry entry;

    if (!banks->klass->get (banks, m->entry, &entry)
        || m->distance > entry.radius || picture->quality < entry.min_quality
        || weir_quarantines_has (
            self->control->quarantines, entry.bank, entry.entry))
      continue;
    if (entry.known_good)
      return FALSE;
    if (!weir_recent_was_told (
            recent, picture->stream, picture->picture, entry.bank, entry.entry))
      sample->hits[sample->n_hits++] =
          (WeirSampleHit){ .entry = m->entry, .distance = m->distance };
  }
  return sample->n_hits > 0;
}

static void
take (WeirLookBack *self, const WeirRecentPicture *picture,
    const WeirBankMatch *matches, guint n_matches)
{
  WeirSample sample = { .pts_ms = picture->pts_ms,
    .arrival_us = picture->arrival_us,
    .quality = picture->quality };

  memcpy (sample.hash, picture->hash, sizeof sample.hash);
  if (choose (self, picture, matches, n_matches, &sample)
      && weir_cases_take_late (
          self->control->cases, picture->stream, picture->picture, &sample))
    self->found++;
}

static void look_on (WeirLookBack *self);

static void
on_matches (const WeirBankMatch *matches, guint n_matches, gpointer data)
{
  WeirLookBack *self = data;

  self->searching = FALSE;
  for (guint i = 0, end; i < n_matches; i = end) {
    for (end = i + 1;
         end < n_matches && matches[end].needle == matches[i].needle; end++)
      ;
    take (self,
        &g_array_index (self->pictures, WeirRecentPicture, matches[i].needle),
        matches + i, end - i);
  }
  look_on (self);
}

static gboolean
search (WeirLookBack *self)
{
  guint count = self->pictures->len;
  g_autofree guint8 *hashes = g_new (guint8, count * WEIR_SAMPLE_HASH_BYTES);

  for (guint i = 0; i < count; i++)
    memcpy (hashes + i * WEIR_SAMPLE_HASH_BYTES,
        g_array_index (self->pictures, WeirRecentPicture, i).hash,
        WEIR_SAMPLE_HASH_BYTES);
  return self->search != NULL
         && self->search (self->banks, hashes, count, on_matches, self);
}

/* The next stream that has pictures. */
static void
look_on (WeirLookBack *self)
{
  WeirRecent *recent = weir_cases_get_recent (self->control->cases);

  while (!self->searching && self->streams->len > 0) {
    guint64 stream = g_array_index (self->streams, guint64, 0);

    g_array_remove_index (self->streams, 0);
    g_array_set_size (self->pictures, 0);
    weir_recent_take (recent, stream, self->pictures);
    if (self->pictures->len == 0)
      continue;
    self->searching = search (self);
    if (!self->searching)
      g_array_set_size (self->streams, 0); /* the end has begun */
  }
  if (!self->searching && self->found > 0) {
    weir_info ("review", NULL,
        "%u pictures of before match what the banks have now", self->found);
    self->found = 0;
  }
}

static void
look_at_all (WeirLookBack *self)
{
  const GPtrArray *list = weir_streams_list (self->control->streams);

  g_array_set_size (self->streams, 0);
  for (guint i = 0; i < list->len; i++)
    g_array_append_val (self->streams,
        ((const WeirStream *) g_ptr_array_index (list, i))->number);
  look_on (self);
}

static void
on_again (gpointer data)
{
  WeirLookBack *self = data;

  g_clear_pointer (&self->again, weir_timer_free);
  look_at_all (self);
}

void
weir_look_back_begin (WeirLookBack *self)
{
  weir_timer_free (self->again);
  self->again = weir_timer_new_aside (
      self->control->loop, WEIR_LOOK_BACK_AGAIN_MS, 0, on_again, self);
  weir_recent_look_anew (weir_cases_get_recent (self->control->cases));
  look_at_all (self);
}

/* --- one entry --- */

typedef struct {
  WeirLookBack *self;
  guint64 stream; /* of the last picture; streams are numbered from 1 */
  guint found;
} Near;

/* The whole stream's are looked at, as what is known to be good may be nearer
 * to one of them. */
static void
on_near (guint64 stream, guint picture, const WeirSample *sample, gpointer data)
{
  Near *near = data;
  GArray *streams = near->self->streams;

  near->found++;
  if (stream == near->stream)
    return;
  near->stream = stream;
  for (guint i = 0; i < streams->len; i++)
    if (g_array_index (streams, guint64, i) == stream)
      return;
  g_array_append_val (streams, stream);
}

guint
weir_look_back_at (WeirLookBack *self,
    const guint8 hash[WEIR_SAMPLE_HASH_BYTES], guint32 index)
{
  const WeirBanks *banks = self->control->banks;
  WeirRecent *recent = weir_cases_get_recent (self->control->cases);
  Near near = { .self = self };
  WeirBankEntry entry;

  if (!banks->klass->get (banks, index, &entry) || entry.known_good)
    return 0;
  weir_recent_search (
      recent, hash, index, entry.radius, entry.min_quality, on_near, &near);
  for (guint i = 0; near.found > 0 && i < self->streams->len; i++)
    weir_recent_look_anew_at (
        recent, g_array_index (self->streams, guint64, i));
  look_on (self);
  return near.found;
}
