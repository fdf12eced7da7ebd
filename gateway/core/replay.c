/* Plays kept hits through the finders of their streams. */
#include "core/replay.h"

#include <string.h>

/* One stream while it is played. */
typedef struct {
  WeirFinder *finder;
  WeirReplayFinding *open; /* borrowed: what its hits join, or NULL */
} Play;

static void
play_free (gpointer data)
{
  Play *play = data;

  weir_finder_free (play->finder);
  g_free (play);
}

static void
finding_free (gpointer data)
{
  WeirReplayFinding *f = data;

  g_free (f->stream);
  g_free (f->policy);
  g_free (f->bank);
  g_free (f->item);
  g_free (f->reason);
  g_free (f);
}

static Play *
find_play (GHashTable *plays, const WeirReplayHit *hit, gint64 gap_ms)
{
  g_autofree char *id =
      g_strdup_printf ("%s\n%" G_GINT64_FORMAT, hit->stream, hit->started_ms);
  Play *play = g_hash_table_lookup (plays, id);

  if (play == NULL) {
    const char *slash = strchr (hit->stream, '/');
    g_autofree char *app =
        slash != NULL ? g_strndup (hit->stream, (gsize) (slash - hit->stream))
                      : g_strdup (hit->stream);

    play = g_new0 (Play, 1);
    play->finder = weir_finder_new (app, gap_ms);
    g_hash_table_insert (plays, g_steal_pointer (&id), play);
  }
  return play;
}

/* Of the clean ones only how many there were counts, and when the first and
 * the last was. */
static void
play_clean (Play *play, const WeirPolicy *policy, const WeirReplayHit *hit)
{
  guint n = MIN (hit->clean, WEIR_POLICY_MAX_SAMPLES + 2);
  WeirFinding finding, note;

  for (guint i = 0; i < n; i++)
    weir_finder_add (play->finder, policy,
        i == 0 ? hit->clean_from_ms : hit->clean_to_ms, 0, NULL, 0, &finding,
        &note);
}

static void
replace (char **text, const char *by)
{
  g_free (*text);
  *text = g_strdup (by);
}

/* F is also about what FINDING says. */
static void
extend (
    WeirReplayFinding *f, const WeirReplayHit *hit, const WeirFinding *finding)
{
  f->last_ms = MAX (f->last_ms, hit->pts_ms);
  f->priority = MAX (f->priority, finding->priority);
  if (finding->action <= f->action)
    return;
  f->action = finding->action;
  replace (&f->policy, finding->policy);
  replace (&f->bank, finding->hit.bank);
  replace (&f->item, finding->hit.item);
  replace (&f->reason, finding->reason);
}

static WeirReplayFinding *
begin (GPtrArray *found, const WeirReplayHit *hit, const WeirFinding *finding)
{
  WeirReplayFinding *f = g_new0 (WeirReplayFinding, 1);

  f->stream = g_strdup (hit->stream);
  f->started_ms = hit->started_ms;
  f->wall_ms = hit->wall_ms;
  f->first_ms = finding->first_hit_ms;
  f->last_ms = hit->pts_ms;
  extend (f, hit, finding);
  g_ptr_array_add (found, f);
  return f;
}

GPtrArray *
weir_replay_run (const GArray *hits, const WeirPolicy *policy, gint64 gap_ms)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (finding_free);
  g_autoptr (GHashTable) plays =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, play_free);

  for (guint i = 0; i < hits->len; i++) {
    const WeirReplayHit *hit = &g_array_index (hits, WeirReplayHit, i);
    Play *play = find_play (plays, hit, gap_ms);
    WeirFinding finding, note;

    play_clean (play, policy, hit);
    weir_finder_add (play->finder, policy, hit->pts_ms, hit->quality, hit->hits,
        hit->n_hits, &finding, &note);
    if (note.change == WEIR_FINDING_NOTE)
      begin (found, hit, &note);
    if (finding.change == WEIR_FINDING_BEGIN)
      play->open = begin (found, hit, &finding);
    else if (finding.change == WEIR_FINDING_MORE && play->open != NULL)
      extend (play->open, hit, &finding);
  }
  return found;
}

static gboolean
is_same (const WeirReplayFinding *a, const WeirReplayFinding *b)
{
  return strcmp (a->stream, b->stream) == 0 && a->started_ms == b->started_ms
         && a->first_ms <= b->last_ms && b->first_ms <= a->last_ms;
}

static gint
by_time (gconstpointer a, gconstpointer b)
{
  const WeirReplayChange *ca = a, *cb = b;
  gint64 wa = ca->before ? ca->before->wall_ms : ca->after->wall_ms;
  gint64 wb = cb->before ? cb->before->wall_ms : cb->after->wall_ms;

  return wa < wb ? -1 : wa > wb;
}

/* The first of AFTER that nobody has taken and that is the same, asking for as
 * much if there is one. */
static guint
find_same (
    const GPtrArray *after, const gboolean *taken, const WeirReplayFinding *f)
{
  guint found = after->len;

  for (guint i = 0; i < after->len; i++) {
    const WeirReplayFinding *other = g_ptr_array_index (after, i);

    if (taken[i] || !is_same (f, other))
      continue;
    if (other->action == f->action)
      return i;
    if (found == after->len)
      found = i;
  }
  return found;
}

GArray *
weir_replay_compare (const GPtrArray *before, const GPtrArray *after)
{
  GArray *changes = g_array_new (FALSE, TRUE, sizeof (WeirReplayChange));
  g_autofree gboolean *taken = g_new0 (gboolean, after->len + 1);

  for (guint i = 0; i < before->len; i++) {
    WeirReplayChange change = { .before = g_ptr_array_index (before, i) };
    guint same = find_same (after, taken, change.before);

    if (same < after->len) {
      taken[same] = TRUE;
      change.after = g_ptr_array_index (after, same);
    }
    g_array_append_val (changes, change);
  }
  for (guint i = 0; i < after->len; i++) {
    WeirReplayChange change = { .after = g_ptr_array_index (after, i) };

    if (!taken[i])
      g_array_append_val (changes, change);
  }
  g_array_sort (changes, by_time);
  return changes;
}

gboolean
weir_replay_differs (const WeirReplayChange *change)
{
  return change->before == NULL || change->after == NULL
         || change->before->action != change->after->action
         || change->before->priority != change->after->priority;
}
