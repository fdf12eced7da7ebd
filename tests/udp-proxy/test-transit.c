/* In which order and when packets leave their links. */
#include <string.h>

#include "transit.h"

#define SEED 8

typedef struct {
  Transit *transit;
  Link *link;
  LinkTally tally;
} Fixture;

static void
open_link (Fixture *f, const ImpairmentSettings *settings)
{
  f->transit = transit_new ();
  f->link = link_new (f->transit, settings, SEED, &f->tally, f);
}

static void
close_link (Fixture *f)
{
  transit_free (f->transit);
  link_free (f->link);
}

static void
push (Fixture *f, guint number, gint64 now_us)
{
  link_push (f->link, &number, sizeof number, now_us);
}

/* Takes what is due at NOW_US; the numbers, as text. */
static char *
take (Fixture *f, gint64 now_us)
{
  GString *text = g_string_new (NULL);
  TransitPacket *packet;

  while ((packet = transit_take_due (f->transit, now_us)) != NULL) {
    guint number;

    g_assert_cmpuint (packet->size, ==, sizeof number);
    g_assert_true (link_get_owner (packet->link) == f);
    memcpy (&number, packet->data, sizeof number);
    g_string_append_printf (text, text->len ? " %u" : "%u", number);
    if (packet->copies > 1)
      g_string_append_printf (text, "x%u", packet->copies);
    g_free (packet);
  }
  return g_string_free (text, FALSE);
}

static void
assert_taken (Fixture *f, gint64 now_us, const char *want)
{
  g_autofree char *got = take (f, now_us);

  g_assert_cmpstr (got, ==, want);
}

static void
test_delay (void)
{
  ImpairmentSettings settings = impairment_none;
  Fixture f = { 0 };

  settings.delay_us = 1000;
  open_link (&f, &settings);
  g_assert_cmpint (transit_next_due_us (f.transit), ==, G_MAXINT64);
  push (&f, 1, 0);
  push (&f, 2, 500);
  push (&f, 3, 500);
  g_assert_cmpint (transit_next_due_us (f.transit), ==, 1000);
  assert_taken (&f, 999, "");
  assert_taken (&f, 1000, "1");
  assert_taken (&f, 2000, "2 3");
  g_assert_cmpuint (transit_n_packets (f.transit), ==, 0);
  g_assert_cmpuint (f.tally.packets, ==, 3);
  g_assert_cmpuint (f.tally.bytes, ==, 3 * sizeof (guint));
  g_assert_cmpuint (f.tally.delayed, ==, 3);
  close_link (&f);
}

/* With this seed 2 of 12 are held back, and each goes right behind the second
 * packet that came after it. */
static void
test_reorder (void)
{
  ImpairmentSettings settings = impairment_none;
  Fixture f = { 0 };

  settings.delay_us = 1000;
  settings.reorder = 0.2;
  settings.reorder_gap = 2;
  open_link (&f, &settings);
  for (guint i = 0; i < 12; i++)
    push (&f, i, i * 10);

  g_assert_cmpuint (f.tally.reordered, ==, 2);
  assert_taken (&f, 2000, "0 2 3 1 4 5 6 8 9 7 10 11");
  close_link (&f);
}

/* Too few come after it: it goes by itself. */
static void
test_hold_ends (void)
{
  ImpairmentSettings settings = impairment_none;
  Fixture f = { 0 };

  settings.reorder = 1;
  settings.reorder_gap = 3;
  open_link (&f, &settings);
  push (&f, 1, 0);
  push (&f, 2, 10);
  assert_taken (&f, TRANSIT_MAX_HOLD_US - 1, "");
  assert_taken (&f, TRANSIT_MAX_HOLD_US, "1");
  for (guint i = 3; i <= 5; i++)
    push (&f, i, TRANSIT_MAX_HOLD_US);
  assert_taken (&f, TRANSIT_MAX_HOLD_US, "2");
  assert_taken (&f, 2 * TRANSIT_MAX_HOLD_US, "3 4 5");
  close_link (&f);
}

static void
test_duplicate (void)
{
  ImpairmentSettings settings = impairment_none;
  Fixture f = { 0 };

  settings.duplicate = 1;
  open_link (&f, &settings);
  push (&f, 1, 0);
  assert_taken (&f, 0, "1x2");
  g_assert_cmpuint (f.tally.duplicated, ==, 1);
  g_assert_cmpuint (f.tally.delayed, ==, 0);
  close_link (&f);
}

/* Nobody's link waits for another's packets, and each has its tally. */
static void
test_links (void)
{
  ImpairmentSettings late = impairment_none;
  Fixture f = { 0 };
  LinkTally tally = { 0 };
  g_autoptr (Link) other = NULL;
  guint number = 9;

  late.delay_us = 1000;
  open_link (&f, &late);
  other = link_new (f.transit, &impairment_none, SEED, &tally, &f);
  push (&f, 1, 0);
  link_push (other, &number, sizeof number, 10);
  assert_taken (&f, 10, "9");
  assert_taken (&f, 1000, "1");
  g_assert_cmpuint (f.tally.packets, ==, 1);
  g_assert_cmpuint (tally.packets, ==, 1);
  transit_free (f.transit);
  link_free (f.link);
}

static void
test_bound (void)
{
  ImpairmentSettings settings = impairment_none;
  Fixture f = { 0 };

  settings.delay_us = 1000;
  open_link (&f, &settings);
  for (guint i = 0; i < TRANSIT_MAX_PACKETS + 5; i++)
    push (&f, i, 0);
  g_assert_cmpuint (transit_n_packets (f.transit), ==, TRANSIT_MAX_PACKETS);
  g_assert_cmpuint (f.tally.dropped, ==, 5);
  close_link (&f);
}

static void
test_lost (void)
{
  ImpairmentSettings settings = impairment_none;
  Fixture f = { 0 };

  settings.loss = 1;
  open_link (&f, &settings);
  push (&f, 1, 0);
  assert_taken (&f, G_MAXINT64, "");
  g_assert_cmpuint (f.tally.lost, ==, 1);
  close_link (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/udp-proxy/transit/delay", test_delay);
  g_test_add_func ("/udp-proxy/transit/reorder", test_reorder);
  g_test_add_func ("/udp-proxy/transit/hold-ends", test_hold_ends);
  g_test_add_func ("/udp-proxy/transit/duplicate", test_duplicate);
  g_test_add_func ("/udp-proxy/transit/links", test_links);
  g_test_add_func ("/udp-proxy/transit/bound", test_bound);
  g_test_add_func ("/udp-proxy/transit/lost", test_lost);
  return g_test_run ();
}
