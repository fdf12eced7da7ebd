/* Keeps packets until they are due. */
#include "transit.h"

#include <string.h>

/* In the line, with what only the line needs in front of the packet. */
typedef struct {
  guint64 order;  /* among those due at the same time */
  guint hold;     /* later packets that it still waits for */
  gint64 from_us; /* due without being held back */
  TransitPacket *packet;
} Entry;

struct _Transit {
  GSequence *line;
  guint64 order;
};

struct _Link {
  Transit *transit;
  Impairment *impairment;
  LinkTally *tally;
  gpointer owner;
  GQueue held; /* GSequenceIter, the oldest first */
};

static void
free_entry (gpointer data)
{
  Entry *entry = data;

  g_free (entry->packet);
  g_free (entry);
}

static int
compare_entries (gconstpointer a, gconstpointer b, gpointer data)
{
  const Entry *one = a;
  const Entry *two = b;

  if (one->packet->due_us != two->packet->due_us)
    return one->packet->due_us < two->packet->due_us ? -1 : 1;
  return one->order < two->order ? -1 : one->order > two->order;
}

Transit *
transit_new (void)
{
  Transit *transit = g_new0 (Transit, 1);

  transit->line = g_sequence_new (free_entry);
  return transit;
}

void
transit_free (Transit *transit)
{
  if (transit == NULL)
    return;
  g_sequence_free (transit->line);
  g_free (transit);
}

guint
transit_n_packets (const Transit *transit)
{
  return (guint) g_sequence_get_length (transit->line);
}

static Entry *
peek_first (const Transit *transit)
{
  GSequenceIter *first = g_sequence_get_begin_iter (transit->line);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

gint64
transit_next_due_us (const Transit *transit)
{
  const Entry *first = peek_first (transit);

  return first != NULL ? first->packet->due_us : G_MAXINT64;
}

TransitPacket *
transit_take_due (Transit *transit, gint64 now_us)
{
  Entry *first = peek_first (transit);
  GSequenceIter *iter = g_sequence_get_begin_iter (transit->line);
  TransitPacket *packet;

  if (first == NULL || first->packet->due_us > now_us)
    return NULL;
  packet = g_steal_pointer (&first->packet);
  if (first->hold > 0)
    g_queue_remove (&packet->link->held, iter);
  g_sequence_remove (iter);
  return packet;
}

Link *
link_new (Transit *transit, const ImpairmentSettings *settings, guint64 seed,
    LinkTally *tally, gpointer owner)
{
  Link *link = g_new0 (Link, 1);

  link->transit = transit;
  link->impairment = impairment_new (settings, seed);
  link->tally = tally;
  link->owner = owner;
  g_queue_init (&link->held);
  return link;
}

void
link_free (Link *link)
{
  if (link == NULL)
    return;
  impairment_free (link->impairment);
  g_queue_clear (&link->held);
  g_free (link);
}

gpointer
link_get_owner (const Link *link)
{
  return link->owner;
}

/* A packet due at DUE_US has passed those held back: the ones that have waited
 * for enough go right behind it. */
static void
let_pass (Link *link, gint64 due_us)
{
  GList *next;

  for (GList *at = link->held.head; at != NULL; at = next) {
    GSequenceIter *iter = at->data;
    Entry *entry = g_sequence_get (iter);

    next = at->next;
    if (--entry->hold > 0)
      continue;
    g_queue_delete_link (&link->held, at);
    entry->packet->due_us = MAX (entry->from_us, due_us);
    entry->order = link->transit->order++;
    g_sequence_sort_changed (iter, compare_entries, NULL);
  }
}

static GSequenceIter *
insert (Link *link, const void *data, gsize size, const ImpairmentFate *fate)
{
  TransitPacket *packet = g_malloc (sizeof *packet + size);
  Entry *entry = g_new (Entry, 1);

  *packet = (TransitPacket){ .link = link,
    .due_us = fate->due_us + (fate->hold_packets > 0 ? TRANSIT_MAX_HOLD_US : 0),
    .copies = fate->twice ? 2 : 1,
    .size = size };
  memcpy (packet->data, data, size);
  *entry = (Entry){ .order = link->transit->order++,
    .hold = fate->hold_packets,
    .from_us = fate->due_us,
    .packet = packet };
  return g_sequence_insert_sorted (
      link->transit->line, entry, compare_entries, NULL);
}

void
link_push (Link *link, const void *data, gsize size, gint64 now_us)
{
  LinkTally *tally = link->tally;
  ImpairmentFate fate = impairment_next (link->impairment, now_us, size);
  GSequenceIter *iter;

  tally->packets++;
  tally->bytes += size;
  if (fate.verdict == IMPAIRMENT_LOST) {
    tally->lost++;
    return;
  }
  if (fate.verdict == IMPAIRMENT_QUEUE_FULL
      || transit_n_packets (link->transit) >= TRANSIT_MAX_PACKETS) {
    tally->dropped++;
    return;
  }
  tally->reordered += fate.hold_packets > 0;
  tally->duplicated += fate.twice;
  tally->delayed += fate.due_us > now_us;
  iter = insert (link, data, size, &fate);
  let_pass (link, fate.due_us);
  if (fate.hold_packets > 0)
    g_queue_push_tail (&link->held, iter);
}
