/* Packets on their way through links. A link is one direction of one client,
 * with an impairment of its own; all of them share one line of packets, sorted
 * by when they are due. No sockets, no clock. */
#pragma once

#include "impairment.h"

/* On their way at once, in all links together; more are dropped as by a full
 * queue. At 1316 bytes each this is about 90 MB. */
#define TRANSIT_MAX_PACKETS 65536
/* A packet held back goes by itself when fewer later ones came than it is to
 * wait for. */
#define TRANSIT_MAX_HOLD_US (100 * 1000)

typedef struct _Transit Transit;
typedef struct _Link Link;

typedef struct {
  guint64 packets;
  guint64 bytes;
  guint64 lost;
  guint64 reordered; /* held back */
  guint64 duplicated;
  guint64 delayed; /* not due at once */
  guint64 dropped; /* by a full queue */
} LinkTally;

typedef struct {
  Link *link;
  gint64 due_us;
  guint copies;
  gsize size;
  guint8 data[];
} TransitPacket;

Transit *transit_new (void);
void transit_free (Transit *transit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Transit, transit_free)

/* G_MAXINT64 when there is none. */
gint64 transit_next_due_us (const Transit *transit);
/* The first packet that is due, or NULL. Caller frees with g_free (). */
TransitPacket *transit_take_due (Transit *transit, gint64 now_us);
guint transit_n_packets (const Transit *transit);

/* OWNER is for the caller, TALLY is added to and may be shared. Must outlive
 * its packets: free the transit first. */
Link *link_new (Transit *transit, const ImpairmentSettings *settings,
    guint64 seed, LinkTally *tally, gpointer owner);
void link_free (Link *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Link, link_free)
gpointer link_get_owner (const Link *link);

/* A packet comes in at NOW_US; the data are copied. */
void link_push (Link *link, const void *data, gsize size, gint64 now_us);
