/* The event log: numbers, the ring, the wake-up. */
#include "control/events.h"

#include "base/ids.h"

#include <string.h>

static gint64
number_in (GBytes *bytes)
{
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  json_t *event = json_loadb (text, size, 0, NULL);
  gint64 n = json_integer_value (json_object_get (event, "n"));

  g_assert_cmpstr (
      json_string_value (json_object_get (event, "type")), ==, "test");
  g_assert_cmpint (json_integer_value (json_object_get (event, "time")), >, 0);
  g_assert_cmpint (json_integer_value (json_object_get (event, "seq")), ==, n);
  json_decref (event);
  return n;
}

static void
emit (WeirEvents *events)
{
  weir_events_emit (events, "test",
      json_pack ("{s:I}", "n", (json_int_t) weir_events_get_seq (events) + 1));
}

static void
test_ring (void)
{
  WeirEvents *events = weir_events_new ();

  g_assert_cmpuint (weir_events_get_seq (events), ==, 0);
  g_assert_null (weir_events_peek (events, 0));
  g_assert_null (weir_events_peek (events, 1));
  for (guint i = 0; i < WEIR_EVENTS_KEPT; i++)
    emit (events);
  g_assert_cmpuint (weir_events_get_seq (events), ==, WEIR_EVENTS_KEPT);
  g_assert_cmpint (number_in (weir_events_peek (events, 1)), ==, 1);
  g_assert_cmpint (number_in (weir_events_peek (events, WEIR_EVENTS_KEPT)), ==,
      WEIR_EVENTS_KEPT);
  emit (events);
  /* The oldest gave way; nothing else takes its number. */
  g_assert_null (weir_events_peek (events, 1));
  g_assert_cmpint (number_in (weir_events_peek (events, 2)), ==, 2);
  g_assert_cmpint (number_in (weir_events_peek (events, WEIR_EVENTS_KEPT + 1)),
      ==, WEIR_EVENTS_KEPT + 1);
  g_assert_null (weir_events_peek (events, WEIR_EVENTS_KEPT + 2));
  g_assert_null (weir_events_peek (events, G_MAXUINT64));
  weir_events_free (events);
  weir_events_free (NULL);
}

static void
test_epoch (void)
{
  WeirEvents *a = weir_events_new (), *b = weir_events_new ();

  g_assert_true (weir_id_is_valid (weir_events_get_epoch (a)));
  g_assert_cmpstr (weir_events_get_epoch (a), !=, weir_events_get_epoch (b));
  weir_events_free (a);
  weir_events_free (b);
}

static void
count (gpointer data)
{
  ++*(guint *) data;
}

static void
test_wakeup (void)
{
  WeirEvents *events = weir_events_new ();
  guint n = 0;

  emit (events);
  weir_events_set_wakeup (events, count, &n);
  emit (events);
  emit (events);
  g_assert_cmpuint (n, ==, 2);
  weir_events_set_wakeup (events, NULL, NULL);
  emit (events);
  g_assert_cmpuint (n, ==, 2);
  weir_events_free (events);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/events/ring", test_ring);
  g_test_add_func ("/events/epoch", test_epoch);
  g_test_add_func ("/events/wakeup", test_wakeup);
  return g_test_run ();
}
