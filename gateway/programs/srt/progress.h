/* Whether anything has been heard of the other side lately: libsrt does not say
 * why a connection has ended, so this tells a goodbye from a loss. */
#pragma once

#include <glib.h>

/* How often it is looked at. */
#define WEIR_PROGRESS_LOOK_MS 500

typedef struct {
  guint64 count; /* of what rises while the other side is there */
  gint64 changed_us;
} WeirProgress;

static inline void
weir_progress_note (WeirProgress *progress, guint64 count, gint64 now_us)
{
  if (progress->count == count && progress->changed_us != 0)
    return;
  progress->count = count;
  progress->changed_us = now_us;
}

/* For how long nothing has come; at most WEIR_PROGRESS_LOOK_MS too much. */
static inline gint64
weir_progress_silent_us (const WeirProgress *progress, gint64 now_us)
{
  return now_us - progress->changed_us;
}
