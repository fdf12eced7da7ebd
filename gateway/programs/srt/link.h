/* The socket to the gateway, without blocking: frames in, frames out. */
#pragma once

#include "wire/wire.h"

/* So much waits for a gateway that does not read before nothing more is read
 * from publishers. What is above that is answers and statistics. */
#define WEIR_LINK_FULL_BYTES (8 * 1024 * 1024)
/* A gateway that lets so much pile up is not one any more. */
#define WEIR_LINK_MAX_BYTES (64 * 1024 * 1024)
/* At most so much is read before it is looked at. */
#define WEIR_LINK_READ_BYTES (16 * 1024 * 1024)

typedef struct _WeirLink WeirLink;

typedef enum {
  WEIR_LINK_OK,
  WEIR_LINK_END, /* the gateway closed the socket */
  WEIR_LINK_FAILED,
} WeirLinkResult;

/* FD becomes non-blocking; stays the caller's. */
WeirLink *weir_link_new (int fd);
void weir_link_free (WeirLink *link);

/* Queues a frame. */
void weir_link_send (WeirLink *link, const WeirWireMessage *message);
/* Writes what the socket takes. */
WeirLinkResult weir_link_flush (WeirLink *link, GError **error);
gboolean weir_link_has_output (const WeirLink *link);
gboolean weir_link_is_full (const WeirLink *link);

/* Reads all that is there and calls ON_MESSAGE for each whole message; one it
 * returns FALSE for, with an error, ends it. */
WeirLinkResult weir_link_read (WeirLink *link,
    gboolean (*on_message) (
        const WeirWireMessage *message, gpointer data, GError **error),
    gpointer data, GError **error);
