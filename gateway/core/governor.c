/* Lowers the calmest first. */
#include "core/governor.h"

#include <string.h>

#define FULL 1000
/* Who is lowered already counts as so much dearer than others, in percent. */
#define STICKY_PERCENT 150
/* What is left of what was too much, in percent. */
#define LESS_PERCENT 90

/* Taking one level away from one stream. */
typedef struct {
  guint band;
  gint64 weight; /* the dearer, the sooner */
  guint64 number;
  guint level; /* that is taken away */
  guint stream;
} Step;

void
weir_governor_init (WeirGovernor *governor)
{
  *governor = (WeirGovernor){ .limit_permille = FULL };
}

static gint
compare_steps (gconstpointer a, gconstpointer b)
{
  const Step *x = a, *y = b;

  if (x->band != y->band)
    return x->band < y->band ? -1 : 1;
  if (x->weight != y->weight)
    return x->weight > y->weight ? -1 : 1;
  if (x->number != y->number)
    return x->number > y->number ? -1 : 1;
  return x->level > y->level ? -1 : x->level < y->level;
}

/* All that can be taken away, in the order in which it is. Steps of one stream
 * come from the top down, since costs never fall. */
static GArray *
list_steps (const WeirGovernorStream *streams, guint n)
{
  GArray *steps = g_array_new (FALSE, FALSE, sizeof (Step));

  for (guint i = 0; i < n; i++) {
    const WeirGovernorStream *s = &streams[i];

    for (guint level = 1; level < s->n_levels; level++) {
      Step step = { s->band, s->costs_us[level], s->number, level, i };

      if (s->granted < level)
        step.weight = step.weight * STICKY_PERCENT / 100;
      g_array_append_val (steps, step);
    }
  }
  g_array_sort (steps, compare_steps);
  return steps;
}

static gint64
saving_us (const WeirGovernorStream *streams, const Step *step)
{
  const gint64 *costs = streams[step->stream].costs_us;

  return costs[step->level] - costs[step->level - 1];
}

/* How many of STEPS bring TOTAL_US down to LIMIT_US: all when nothing does. */
static guint
count_steps (const WeirGovernorStream *streams, const GArray *steps,
    gint64 total_us, gint64 limit_us)
{
  guint k = 0;

  while (k < steps->len && total_us > limit_us)
    total_us -= saving_us (streams, &g_array_index (steps, Step, k++));
  return k;
}

static void
recover (WeirGovernor *governor)
{
  if (governor->hold > 0)
    governor->hold--;
  else
    governor->limit_permille = MIN (
        governor->limit_permille + FULL * WEIR_GOVERNOR_RECOVER_PERCENT / 100,
        FULL);
}

void
weir_governor_share (WeirGovernor *governor, gint64 budget_us,
    WeirGovernorStream *streams, guint n, WeirGovernorRound *ret)
{
  WeirGovernorRound round = { 0 };
  g_autoptr (GArray) steps = list_steps (streams, n);
  guint least, most;

  recover (governor);
  round.limit_us = budget_us * governor->limit_permille / FULL;
  for (guint i = 0; i < n; i++) {
    round.asked_us += streams[i].costs_us[streams[i].n_levels - 1];
    round.floor_us += streams[i].costs_us[0];
    streams[i].granted = streams[i].n_levels - 1;
  }
  least = count_steps (streams, steps, round.asked_us, round.limit_us);
  most = count_steps (streams, steps, round.asked_us,
      round.limit_us * (100 - WEIR_GOVERNOR_HEADROOM_PERCENT) / 100);
  governor->lowered = CLAMP (governor->lowered, least, most);

  round.granted_us = round.asked_us;
  for (guint k = 0; k < governor->lowered; k++) {
    const Step *step = &g_array_index (steps, Step, k);

    round.granted_us -= saving_us (streams, step);
    streams[step->stream].granted = step->level - 1;
  }
  for (guint i = 0; i < n; i++)
    round.lowered += streams[i].granted + 1 < streams[i].n_levels;
  *ret = round;
}

void
weir_governor_note_behind (
    WeirGovernor *governor, gint64 budget_us, gint64 spent_us)
{
  gint64 permille = MAX (spent_us, 0) * FULL / MAX (budget_us, 1);

  permille = MIN (permille, governor->limit_permille) * LESS_PERCENT / 100;
  governor->limit_permille =
      (guint) MAX (permille, FULL * WEIR_GOVERNOR_LEAST_PERCENT / 100);
  governor->hold = WEIR_GOVERNOR_HOLD_ROUNDS;
}
