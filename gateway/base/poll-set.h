/* Sockets that are looked at on a tick instead of at every arrival.
 *
 * A live stream's publisher sends a packet every ten or twenty milliseconds.
 * Waking up for each costs more than handling it; who looks at all sockets
 * on a tick, wakes up once, and finds several packets in one read. Loop
 * thread. */
#pragma once

#include <glib.h>

typedef struct _WeirPollSet WeirPollSet;

typedef enum {
  WEIR_POLL_INPUT = 1 << 0, /* there are bytes to read, or an end */
  WEIR_POLL_GONE = 1 << 1,  /* the peer closed, or the connection broke */
} WeirPollEvents;

/* Aborts when the system has no descriptors left for it. */
WeirPollSet *weir_poll_set_new (void);
/* Every socket must have been removed. */
void weir_poll_set_free (WeirPollSet *set);

/* Watches FD for EVENTS; WEIR_POLL_GONE alone leaves what has arrived with
 * the kernel. FALSE when the system refuses. */
gboolean weir_poll_set_add (
    WeirPollSet *set, int fd, WeirPollEvents events, gpointer item);
void weir_poll_set_remove (WeirPollSet *set, int fd);
guint weir_poll_set_count (const WeirPollSet *set);

/* Calls FUNC for every socket that has something now. FUNC may add and remove
 * sockets; ITEMs must stay valid until the loop's next turn. */
typedef void (*WeirPollFunc) (WeirPollEvents events, gpointer item);
void weir_poll_set_dispatch (WeirPollSet *set, WeirPollFunc func);
