/* Shares a CPU budget among streams that want to be looked at. Pure.
 *
 * Every stream brings a ladder: level 0 is its floor, the last one is what is
 * asked for, each with its cost. All begin at what they ask for; while that
 * costs more than the budget allows, the calmest streams are lowered first,
 * and among streams of one risk band the dearest, a level at a time. No stream
 * goes under its floor, even where all floors together are over the budget.
 *
 * What changes little changes nothing: who was lowered stays so until a tenth
 * of the budget is free, and is preferred for being lowered to others that cost
 * about as much. The sum of what is granted is never over the budget all the
 * same, unless the floors are. */
#pragma once

#include <glib.h>

#define WEIR_GOVERNOR_MAX_LEVELS 8
/* What is free of the budget before anybody is raised again, in percent. */
#define WEIR_GOVERNOR_HEADROOM_PERCENT 10
/* After falling behind: rounds until the budget grows again, by how much of
 * it a round, and how much of it stays whatever happens. */
#define WEIR_GOVERNOR_HOLD_ROUNDS 30
#define WEIR_GOVERNOR_RECOVER_PERCENT 1
#define WEIR_GOVERNOR_LEAST_PERCENT 25

typedef struct {
  guint64 number; /* settles ties */
  guint band;     /* of risk: higher ones are lowered later */
  guint n_levels; /* at least 1 */
  /* Of a second at each level, in microseconds of CPU; never falls. */
  gint64 costs_us[WEIR_GOVERNOR_MAX_LEVELS];
  guint granted; /* in: of the round before, any number for a new stream; out */
} WeirGovernorStream;

typedef struct {
  guint lowered;        /* levels taken away in the last round */
  guint limit_permille; /* of the budget, less after falling behind */
  guint hold;
} WeirGovernor;

typedef struct {
  gint64 limit_us;   /* the budget, or less after falling behind */
  gint64 asked_us;   /* if everybody got what they ask for */
  gint64 granted_us; /* at most LIMIT_US, or else FLOOR_US */
  gint64 floor_us;
  guint lowered; /* streams with less than they ask for */
} WeirGovernorRound;

void weir_governor_init (WeirGovernor *governor);

/* One round, about a second after the one before. Sets GRANTED of each. */
void weir_governor_share (WeirGovernor *governor, gint64 budget_us,
    WeirGovernorStream *streams, guint n, WeirGovernorRound *ret);

/* Pictures wait although only SPENT_US of BUDGET_US were used: the machine
 * gives less than the budget. The next rounds share less. */
void weir_governor_note_behind (
    WeirGovernor *governor, gint64 budget_us, gint64 spent_us);
