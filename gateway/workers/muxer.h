/* weir-muxer: one process that makes slates, one at a time, and what it has
 * made. Streams that need the same share one. A process that dies or does not
 * answer is replaced, and no stream notices but by waiting. Loop thread. */
#pragma once

#include "control/control.h"
#include "control/slates-impl.h"

/* What the slates of application APP show. Borrowed, until the loop's next
 * turn; RET_PICTURE: PNG, or NULL for the project's own. */
typedef void (*WeirMuxerStyle) (gpointer data, const char *app,
    const char **ret_text, GBytes **ret_picture);

typedef struct {
  const char *program; /* path of weir-muxer; borrowed for the call */
  gint64 hang_timeout_us;
  WeirMuxerStyle style;
  gpointer data; /* for STYLE */
} WeirMuxerOptions;

typedef struct _WeirMuxer WeirMuxer;

WeirMuxer *weir_muxer_new (
    WeirControl *control, const WeirMuxerOptions *options, GError **error);
void weir_muxer_free (WeirMuxer *muxer);
WeirSlates *weir_muxer_get_slates (WeirMuxer *muxer);
