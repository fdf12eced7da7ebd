/* A store of starts, and a wait that doubles. */
#include "workers/restarts.h"

#define WHOLE_US (WEIR_RESTARTS_STORE * WEIR_RESTARTS_EVERY_US)

gint64
weir_restarts_note_end (WeirRestarts *restarts, guint failed, gint64 now_us)
{
  gint64 wait_us;

  /* However many end at once, nobody waits longer than that. */
  restarts->whole_us =
      MIN (MAX (restarts->whole_us, now_us) + WEIR_RESTARTS_EVERY_US,
          now_us + WHOLE_US + WEIR_RESTARTS_MAX_US);
  wait_us = MAX (restarts->whole_us - WHOLE_US - now_us, 0);
  if (failed > 0)
    wait_us = MAX (
        wait_us, MIN ((gint64) WEIR_RESTARTS_MIN_US << MIN (failed - 1, 16),
                     WEIR_RESTARTS_MAX_US));
  return wait_us;
}
