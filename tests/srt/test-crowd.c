/* Tests programs/srt/crowd.c, and how large libsrt's buffer of a publisher is.
 */
#include "programs/srt/crowd.h"

#include <glib.h>

#include "programs/srt/sock.h"

#define NOW (1000 * G_USEC_PER_SEC)

static char *
address (guint n)
{
  return g_strdup_printf ("192.0.2.%u", n);
}

/* Enters and gets through: costs a place only. */
static gboolean
come (WeirCrowd *crowd, const char *key, gint64 now_us)
{
  if (!weir_crowd_enter (crowd, key, now_us))
    return FALSE;
  weir_crowd_prove (crowd, key);
  return TRUE;
}

static gboolean
fail (WeirCrowd *crowd, const char *key, gint64 now_us)
{
  if (!weir_crowd_enter (crowd, key, now_us))
    return FALSE;
  weir_crowd_leave (crowd, key);
  return TRUE;
}

/* No address can take all places, nor can ten; and all together have no more
 * than there are. */
static void
test_places (void)
{
  WeirCrowd *crowd = weir_crowd_new ();
  guint n = 0, of_first = 0;

  while (come (crowd, "192.0.2.0", NOW))
    of_first++;
  g_assert_cmpuint (of_first, >, WEIR_CROWD_MAX_WAITING / 6);
  g_assert_cmpuint (of_first, <, WEIR_CROWD_MAX_WAITING / 4);
  for (guint i = 1; i < 10; i++) {
    g_autofree char *key = address (i);

    while (come (crowd, key, NOW))
      n++;
  }
  n += of_first;
  g_assert_cmpuint (weir_crowd_count_waiting (crowd), ==, n);
  g_assert_cmpuint (n + 20, <=, WEIR_CROWD_MAX_WAITING);
  /* One each, to the last place. */
  for (guint i = 0; n < WEIR_CROWD_MAX_WAITING; i++, n++) {
    g_autofree char *key = g_strdup_printf ("198.51.100.%u", i);

    g_assert_true (come (crowd, key, NOW));
  }
  g_assert_false (come (crowd, "203.0.113.1", NOW));
  weir_crowd_leave (crowd, "192.0.2.0");
  g_assert_true (come (crowd, "203.0.113.1", NOW));
  weir_crowd_free (crowd);
}

/* Who fails may try again as time goes by; who does not, as often as it
 * likes. */
static void
test_tries (void)
{
  WeirCrowd *crowd = weir_crowd_new ();

  for (guint i = 0; i < WEIR_CROWD_TRIES; i++)
    g_assert_true (fail (crowd, "192.0.2.1", NOW + i * WEIR_CROWD_ALL_TRY_US));
  g_assert_false (fail (crowd, "192.0.2.1", NOW + WEIR_CROWD_TRY_US - 1));
  g_assert_true (fail (crowd, "192.0.2.1", NOW + WEIR_CROWD_TRY_US));
  g_assert_false (fail (crowd, "192.0.2.1", NOW + WEIR_CROWD_TRY_US));
  for (guint i = 0; i < 1000; i++) {
    g_assert_true (come (crowd, "192.0.2.2", NOW));
    weir_crowd_leave (crowd, "192.0.2.2");
  }
  weir_crowd_free (crowd);
}

/* The tries of all are bounded; who has not failed is let try where the others
 * are not. */
static void
test_all_tries (void)
{
  WeirCrowd *crowd = weir_crowd_new ();
  guint n = 0;

  for (guint i = 0; i < 4; i++) {
    g_autofree char *key = address (i);

    while (fail (crowd, key, NOW))
      n++;
  }
  g_assert_cmpuint (n, <, WEIR_CROWD_ALL_TRIES);
  for (guint i = 0; n < WEIR_CROWD_ALL_TRIES; i++, n++) {
    g_autofree char *key = g_strdup_printf ("198.51.100.%u", i);

    g_assert_true (fail (crowd, key, NOW));
    g_assert_false (fail (crowd, key, NOW));
  }
  g_assert_false (fail (crowd, "203.0.113.1", NOW));
  g_assert_true (fail (crowd, "203.0.113.1", NOW + WEIR_CROWD_ALL_TRY_US));
  weir_crowd_free (crowd);
}

/* However many addresses come, only those are remembered that have failed
 * lately or wait. */
static void
test_tidy (void)
{
  WeirCrowd *crowd = weir_crowd_new ();
  guint most = 0;
  gint64 now_us = NOW;

  weir_crowd_leave (crowd, "192.0.2.1"); /* that never came */
  weir_crowd_prove (crowd, "192.0.2.1");
  g_assert_true (come (crowd, "waits", now_us));
  for (guint i = 0; i < 100000; i++) {
    g_autofree char *key = g_strdup_printf ("%u", i);

    fail (crowd, key, now_us);
    now_us += 1000;
    if (i % 50 == 0)
      weir_crowd_tidy (crowd, now_us);
    most = MAX (most, weir_crowd_count_addresses (crowd));
  }
  g_assert_cmpuint (most, <=,
      1 + WEIR_CROWD_ALL_TRIES + WEIR_CROWD_TRY_US / WEIR_CROWD_ALL_TRY_US + 2);
  weir_crowd_tidy (crowd, now_us + WEIR_CROWD_TRY_US);
  g_assert_cmpuint (weir_crowd_count_addresses (crowd), ==, 1);
  weir_crowd_free (crowd);
}

static int
buffer_of (guint max_latency_ms)
{
  g_autoptr (GError) error = NULL;
  SRTSOCKET sock =
      weir_sock_bind ("127.0.0.1", 9, 0, 120, max_latency_ms, &error);
  int bytes;

  g_assert_no_error (error);
  bytes = weir_sock_get_int (sock, SRTO_RCVBUF);
  weir_sock_close (sock);
  return bytes;
}

/* It goes with the latency that a port allows; libsrt counts in packets. */
static void
test_buffer (void)
{
  g_assert_cmpint (weir_sock_receive_bytes (1000), ==, 8000000);
  g_assert_cmpint (
      weir_sock_receive_bytes (30000), ==, WEIR_SOCK_RECEIVE_MAX_BYTES);
  g_assert_true (weir_sock_startup (NULL));
  g_assert_cmpint (buffer_of (1000), <=, 8000000);
  g_assert_cmpint (buffer_of (1000), >, 8000000 - 1500);
  g_assert_cmpint (buffer_of (30000), <=, WEIR_SOCK_RECEIVE_MAX_BYTES);
  weir_sock_cleanup ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/srt/crowd/places", test_places);
  g_test_add_func ("/srt/crowd/tries", test_tries);
  g_test_add_func ("/srt/crowd/all-tries", test_all_tries);
  g_test_add_func ("/srt/crowd/tidy", test_tidy);
  g_test_add_func ("/srt/crowd/buffer", test_buffer);
  return g_test_run ();
}
