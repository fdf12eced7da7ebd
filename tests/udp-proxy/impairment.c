/* Decides what becomes of each packet. */
#include "impairment.h"

const ImpairmentSettings impairment_none = {
  .bad_to_good = 1, .good_pass = 1, .reorder_gap = 1, .queue_packets = 1000
};

/* Each has random numbers of its own, so that switching one on changes nothing
 * about the others. */
typedef enum {
  CHANCE_LOSS,
  CHANCE_STATE_LOSS,
  CHANCE_STATE,
  CHANCE_REORDER,
  CHANCE_DUPLICATE,
  CHANCE_JITTER,
  N_CHANCES,
} Chance;

struct _Impairment {
  ImpairmentSettings settings;
  guint64 keys[N_CHANCES];
  guint64 n;
  gboolean bad;
  gint64 free_ns;  /* when the line has sent what it was given */
  gint64 *left_us; /* ring: when the packets that wait are through */
  guint first;
  guint waiting;
};

/* splitmix64 (Steele, Lea, Flood 2014), as a function of its counter. */
static guint64
mix (guint64 z)
{
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* The number of CHANCE for the present packet, even in 0 to 1 without 1. */
static double
draw (const Impairment *model, Chance chance)
{
  guint64 z = mix (model->keys[chance] + model->n * 0x9e3779b97f4a7c15u);

  return (double) (z >> 11) * 0x1p-53;
}

Impairment *
impairment_new (const ImpairmentSettings *settings, guint64 seed)
{
  Impairment *model = g_new0 (Impairment, 1);

  g_assert (settings->jitter_us <= settings->delay_us);
  model->settings = *settings;
  for (guint i = 0; i < N_CHANCES; i++)
    model->keys[i] = mix (mix (seed + 1) + i + 1);
  model->left_us = g_new (gint64, MAX (settings->queue_packets, 1));
  return model;
}

void
impairment_free (Impairment *model)
{
  if (model == NULL)
    return;
  g_free (model->left_us);
  g_free (model);
}

/* Both chances are always taken, so that the state goes on alike whatever
 * else happens to the packet. */
static gboolean
is_lost (Impairment *model)
{
  const ImpairmentSettings *s = &model->settings;
  double pass = model->bad ? s->bad_pass : s->good_pass;
  gboolean lost = draw (model, CHANCE_LOSS) < s->loss;

  if (draw (model, CHANCE_STATE_LOSS) >= pass)
    lost = TRUE;
  if (draw (model, CHANCE_STATE)
      < (model->bad ? s->bad_to_good : s->good_to_bad))
    model->bad = !model->bad;
  return lost;
}

/* When a packet that comes at NOW_US is through the line. FALSE when the queue
 * is full. */
static gboolean
pass_queue (Impairment *model, gint64 now_us, gsize bytes, gint64 *ret_us)
{
  const ImpairmentSettings *s = &model->settings;
  gint64 bits = (gint64) (bytes + IMPAIRMENT_OVERHEAD_BYTES) * 8;

  if (s->rate_kbit == 0) {
    *ret_us = now_us;
    return TRUE;
  }
  while (model->waiting > 0 && model->left_us[model->first] <= now_us) {
    model->first = (model->first + 1) % s->queue_packets;
    model->waiting--;
  }
  if (model->waiting == s->queue_packets)
    return FALSE;
  model->free_ns =
      MAX (model->free_ns, now_us * 1000) + bits * 1000000 / s->rate_kbit;
  *ret_us = model->free_ns / 1000;
  model->left_us[(model->first + model->waiting) % s->queue_packets] = *ret_us;
  model->waiting++;
  return TRUE;
}

ImpairmentFate
impairment_next (Impairment *model, gint64 now_us, gsize bytes)
{
  const ImpairmentSettings *s = &model->settings;
  ImpairmentFate fate = { IMPAIRMENT_PASS };
  gboolean lost = is_lost (model);

  if (!pass_queue (model, now_us, bytes, &fate.due_us)) {
    fate.verdict = IMPAIRMENT_QUEUE_FULL;
  } else if (lost) {
    fate.verdict = IMPAIRMENT_LOST;
  } else {
    fate.due_us +=
        s->delay_us - s->jitter_us
        + (gint64) (draw (model, CHANCE_JITTER)
                    * (double) (2 * s->jitter_us + (s->jitter_us > 0)));
    if (draw (model, CHANCE_REORDER) < s->reorder)
      fate.hold_packets = s->reorder_gap;
    fate.twice = draw (model, CHANCE_DUPLICATE) < s->duplicate;
  }
  model->n++;
  return fate;
}
