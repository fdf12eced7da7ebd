/* When the next process may be started, if they keep ending. Pure: the time
 * comes in.
 *
 * One that ends after it worked is followed at once, as long as there are
 * starts in store; they come back one by one. After those that ended before
 * they got ready the wait doubles each time. So whatever is wrong, starts are
 * few in the long run. */
#pragma once

#include <glib.h>

/* Starts in store, and how long it takes for one to come back. */
#define WEIR_RESTARTS_STORE 20
#define WEIR_RESTARTS_EVERY_US (3 * G_USEC_PER_SEC)
/* The wait after the first that did not get ready, and the longest. */
#define WEIR_RESTARTS_MIN_US (G_USEC_PER_SEC / 10)
#define WEIR_RESTARTS_MAX_US (60 * G_USEC_PER_SEC)

typedef struct {
  gint64 whole_us; /* when all starts are in store again; 0: they are */
} WeirRestarts;

/* One has ended; FAILED of its place, in a row, that did not even get ready,
 * itself among them. Returns how long to wait. */
gint64
weir_restarts_note_end (WeirRestarts *restarts, guint failed, gint64 now_us);
