/* Finds, keeps and lets go of slates. */
#include "workers/slate-cache.h"

#include <math.h>
#include <string.h>

/* A new connection downstream gets a key frame so often. */
#define LOOP_SECONDS 2
/* Encoding takes time by the picture: of large ones, and in AV1, the loop is
 * shorter. */
#define LARGE_PIXELS (1920 * 1088)
#define LARGE_UNITS 30

struct _WeirSlateCache {
  GQueue used; /* WeirSlateEntry, owned; the one asked for last first */
  gsize bytes; /* of their slates */
  guint64 last_job;
};

static void
entry_free (WeirSlateEntry *entry)
{
  g_free (entry->text);
  g_free (entry->why);
  g_clear_pointer (&entry->picture, g_bytes_unref);
  weir_slate_unref (entry->slate);
  g_array_unref (entry->streams);
  g_free (entry);
}

static void
drop (WeirSlateCache *cache, WeirSlateEntry *entry)
{
  g_queue_unlink (&cache->used, &entry->used);
  if (entry->slate != NULL)
    cache->bytes -= entry->slate->bytes;
  entry_free (entry);
}

/* Drops what has not been asked for longest, but not KEEP, which may be NULL,
 * nor what is waited for. FALSE when that is not enough. */
static gboolean
make_room (WeirSlateCache *cache, guint max_slates, const WeirSlateEntry *keep)
{
  GList *link = cache->used.tail;

  while (link != NULL
         && (cache->used.length > max_slates
             || cache->bytes > WEIR_SLATE_CACHE_MAX_BYTES)) {
    WeirSlateEntry *entry = link->data;

    link = link->prev;
    if (entry->state != WEIR_SLATE_ENTRY_WAITING && entry != keep)
      drop (cache, entry);
  }
  return cache->used.length <= max_slates;
}

/* Streams of nearly the same rate share a slate: content clocks it anyhow. */
static guint16
round_rate (double rate)
{
  static const guint16 rates[] = { 5, 10, 15, 20, 24, 25, 30, 50, 60 };
  guint16 best = 25;

  if (rate <= 0)
    return best;
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    if (fabs (rates[i] - rate) < fabs (best - rate))
      best = rates[i];
  return best;
}

static guint8
round_profile (WeirCodec codec, guint profile)
{
  if (codec == WEIR_CODEC_H264)
    return profile == 66 || profile == 77 ? (guint8) profile : 100;
  return codec == WEIR_CODEC_HEVC ? 1 : 0;
}

char *
weir_slate_form_make (const WeirSlateWanted *wanted, WeirSlateForm *ret)
{
  if (weir_codec_kind (wanted->codec) != WEIR_MEDIA_VIDEO)
    return g_strdup_printf (
        "there is no encoder for %s", weir_codec_title (wanted->codec));
  if (MIN (wanted->width, wanted->height) < WEIR_SLATE_MIN_SIDE
      || MAX (wanted->width, wanted->height) > WEIR_SLATE_MAX_SIDE)
    return g_strdup_printf ("%u x %u pixels, sides of %d to %d are drawn",
        wanted->width, wanted->height, WEIR_SLATE_MIN_SIDE,
        WEIR_SLATE_MAX_SIDE);
  /* All bytes, as it is compared. */
  memset (ret, 0, sizeof *ret);
  ret->codec = (guint8) wanted->codec;
  ret->profile = round_profile (wanted->codec, wanted->profile);
  ret->width = (guint16) wanted->width;
  ret->height = (guint16) wanted->height;
  ret->rate = round_rate (wanted->frame_rate);
  return NULL;
}

static gboolean
same_picture (GBytes *a, GBytes *b)
{
  return a == b || (a != NULL && b != NULL && g_bytes_equal (a, b));
}

WeirSlateEntry *
weir_slate_cache_find (WeirSlateCache *cache, const WeirSlateForm *form,
    const char *text, GBytes *picture)
{
  for (GList *l = cache->used.head; l != NULL; l = l->next) {
    WeirSlateEntry *entry = l->data;

    if (memcmp (&entry->form, form, sizeof *form) == 0
        && strcmp (entry->text, text) == 0
        && same_picture (entry->picture, picture)) {
      g_queue_unlink (&cache->used, l);
      g_queue_push_head_link (&cache->used, l);
      return entry;
    }
  }
  return NULL;
}

WeirSlateEntry *
weir_slate_cache_add (WeirSlateCache *cache, const WeirSlateForm *form,
    const char *text, GBytes *picture)
{
  WeirSlateEntry *entry;

  if (!make_room (cache, WEIR_SLATE_CACHE_MAX - 1, NULL))
    return NULL;
  entry = g_new0 (WeirSlateEntry, 1);
  entry->job = ++cache->last_job;
  entry->form = *form;
  entry->text = g_strdup (text);
  entry->picture = picture != NULL ? g_bytes_ref (picture) : NULL;
  entry->streams = g_array_new (FALSE, FALSE, sizeof (guint64));
  entry->used.data = entry;
  g_queue_push_head_link (&cache->used, &entry->used);
  return entry;
}

guint16
weir_slate_form_count_units (const WeirSlateForm *form)
{
  guint units = LOOP_SECONDS * form->rate;

  if (form->codec == WEIR_CODEC_AV1
      || (guint) form->width * form->height > LARGE_PIXELS)
    units = MIN (units, LARGE_UNITS);
  return (guint16) units;
}

void
weir_slate_cache_fill (
    WeirSlateCache *cache, WeirSlateEntry *entry, WeirSlate *slate)
{
  g_assert (entry->slate == NULL);
  entry->state = WEIR_SLATE_ENTRY_READY;
  entry->slate = weir_slate_ref (slate);
  cache->bytes += slate->bytes;
  make_room (cache, WEIR_SLATE_CACHE_MAX, entry);
}

void
weir_slate_cache_forget_stream (WeirSlateCache *cache, guint64 stream)
{
  for (GList *l = cache->used.head; l != NULL; l = l->next) {
    GArray *streams = ((WeirSlateEntry *) l->data)->streams;

    for (guint i = 0; i < streams->len; i++)
      if (g_array_index (streams, guint64, i) == stream)
        g_array_remove_index_fast (streams, i--);
  }
}

WeirSlateCache *
weir_slate_cache_new (void)
{
  return g_new0 (WeirSlateCache, 1);
}

void
weir_slate_cache_free (WeirSlateCache *cache)
{
  if (cache == NULL)
    return;
  while (cache->used.head != NULL)
    drop (cache, cache->used.head->data);
  g_free (cache);
}
