/* What a bad network does to the packets of one direction: a model without
 * sockets and without a clock. What chance does to packet number n depends on
 * seed, settings of that chance and n alone, so that two runs lose the same
 * packets however their times differ; only the rate looks at the time.
 *
 * A packet waits in the queue for its turn at the rate, may then be lost, and
 * takes its delay. */
#pragma once

#include <glib.h>

/* What a packet costs at the rate beside its payload: IPv4 and UDP. */
#define IMPAIRMENT_OVERHEAD_BYTES 28
#define IMPAIRMENT_MAX_QUEUE_PACKETS 65536
#define IMPAIRMENT_MAX_DELAY_MS 60000
#define IMPAIRMENT_MAX_REORDER_GAP 1000

/* Chances are 0 to 1. */
typedef struct {
  gint64 delay_us;
  gint64 jitter_us; /* at most the delay, which is even within delay ± jitter;
                       packets overtake each other by it */
  double loss;      /* each packet by itself */

  /* Gilbert-Elliott: a packet is in the good or in the bad state, the first in
   * the good one. Bursts in the bad state are 1 / bad_to_good packets long on
   * average, and good_to_bad / (good_to_bad + bad_to_good) of all packets are
   * in it. */
  double good_to_bad; /* p; 0: off */
  double bad_to_good; /* r */
  double bad_pass;    /* h: not lost in the bad state */
  double good_pass;   /* k: not lost in the good state */

  double reorder;    /* held back until ... */
  guint reorder_gap; /* ... that many later packets have passed */
  double duplicate;
  guint rate_kbit;     /* 0: no limit, and no queue */
  guint queue_packets; /* that wait for their turn, the one under way among
                          them; more are dropped */
} ImpairmentSettings;

/* No impairment at all. */
extern const ImpairmentSettings impairment_none;

typedef enum {
  IMPAIRMENT_PASS,
  IMPAIRMENT_LOST,
  IMPAIRMENT_QUEUE_FULL,
} ImpairmentVerdict;

typedef struct {
  ImpairmentVerdict verdict;
  /* Of a packet that passes: */
  gint64 due_us;
  guint hold_packets; /* so many later ones go first; 0: in its turn */
  gboolean twice;
} ImpairmentFate;

typedef struct _Impairment Impairment;

Impairment *impairment_new (const ImpairmentSettings *settings, guint64 seed);
void impairment_free (Impairment *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Impairment, impairment_free)

/* The next packet, of BYTES payload, comes at NOW_US, which never falls. */
ImpairmentFate impairment_next (Impairment *model, gint64 now_us, gsize bytes);
