/* The client against the gateway's own server side: asking whether it is
 * there. */
#include "base/error.h"
#include "rtmp/client.h"
#include "rtmp/server.h"

typedef struct {
  WeirArena *arena;
  WeirRtmpClient *client;
  WeirRtmpServer *server;
  gboolean deaf; /* the server's answers get lost */
} Pair;

static void
to_server (Pair *pair)
{
  GByteArray *out = weir_rtmp_client_get_output (pair->client);
  const guint8 *data = out->data;
  gsize size = out->len;
  WeirRtmpServerEvent event;

  do {
    g_autoptr (GError) error = NULL;
    WeirPacket packet = { 0 };

    event =
        weir_rtmp_server_read (pair->server, &data, &size, 0, &packet, &error);
    g_assert_no_error (error);
    if (event == WEIR_RTMP_SERVER_PUBLISH)
      weir_rtmp_server_accept (pair->server);
  } while (event != WEIR_RTMP_SERVER_MORE);
  g_byte_array_set_size (out, 0);
}

static gboolean
to_client (Pair *pair)
{
  GByteArray *out = weir_rtmp_server_get_output (pair->server);
  const guint8 *data = out->data;
  gsize size = pair->deaf ? 0 : out->len;
  gboolean live = FALSE;
  WeirRtmpClientEvent event;

  do {
    g_autoptr (GError) error = NULL;

    event = weir_rtmp_client_read (pair->client, &data, &size, &error);
    g_assert_no_error (error);
    live |= event == WEIR_RTMP_CLIENT_LIVE;
  } while (event != WEIR_RTMP_CLIENT_MORE);
  g_byte_array_set_size (out, 0);
  return live;
}

static void
set_up (Pair *pair, gconstpointer data)
{
  const WeirRtmpServerConfig config = {
    .chunk_size = 4096, .max_message_bytes = 65536, .window_ack_bytes = 2500000
  };
  gboolean live = FALSE;

  *pair = (Pair){ .arena = weir_arena_new (),
    .client = weir_rtmp_client_new (
        "live", "rtmp://h/live", "cam", WEIR_RTMP_ENHANCED_AUTO, 1) };
  pair->server = weir_rtmp_server_new (pair->arena, &config);
  for (guint i = 0; i < 20 && !live; i++) {
    to_server (pair);
    live = to_client (pair);
  }
  g_assert_true (live);
}

static void
tear_down (Pair *pair, gconstpointer data)
{
  weir_rtmp_client_free (pair->client);
  weir_rtmp_server_free (pair->server);
  weir_arena_unref (pair->arena);
}

static void
ping (Pair *pair, guint32 stamp)
{
  weir_rtmp_client_ping (pair->client, stamp);
  to_server (pair);
  to_client (pair);
}

static void
test_answered (Pair *pair, gconstpointer data)
{
  g_assert_cmpint (weir_rtmp_client_get_ping (pair->client), ==,
      WEIR_RTMP_CLIENT_PING_ANSWERED);
  weir_rtmp_client_ping (pair->client, 7);
  g_assert_cmpint (weir_rtmp_client_get_ping (pair->client), ==,
      WEIR_RTMP_CLIENT_PING_IGNORED);
  to_server (pair);
  to_client (pair);
  g_assert_cmpint (weir_rtmp_client_get_ping (pair->client), ==,
      WEIR_RTMP_CLIENT_PING_ANSWERED);
}

static void
test_stops_answering (Pair *pair, gconstpointer data)
{
  ping (pair, 1);
  pair->deaf = TRUE;
  ping (pair, 2);
  g_assert_cmpint (weir_rtmp_client_get_ping (pair->client), ==,
      WEIR_RTMP_CLIENT_PING_AWAITED);
}

static void
test_never_answers (Pair *pair, gconstpointer data)
{
  pair->deaf = TRUE;
  ping (pair, 1);
  ping (pair, 2);
  g_assert_cmpint (weir_rtmp_client_get_ping (pair->client), ==,
      WEIR_RTMP_CLIENT_PING_IGNORED);
}

/* An old answer that comes late says nothing about now. */
static void
test_late_answer (Pair *pair, gconstpointer data)
{
  ping (pair, 1);
  weir_rtmp_client_ping (pair->client, 2);
  to_server (pair);
  weir_rtmp_client_ping (pair->client, 3);
  to_client (pair);
  g_assert_cmpint (weir_rtmp_client_get_ping (pair->client), ==,
      WEIR_RTMP_CLIENT_PING_AWAITED);
}

/* Pings in every read, and nothing of the answers is written. */
static void
test_flood (Pair *pair, gconstpointer data)
{
  static const guint8 pings[] = { 2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 6, 0,
    0, 0, 1 };
  GByteArray *out = weir_rtmp_client_get_output (pair->client);
  g_autoptr (GError) error = NULL;
  WeirRtmpClientEvent event;

  do {
    const guint8 *bytes = pings;
    gsize size = sizeof (pings);

    event = weir_rtmp_client_read (pair->client, &bytes, &size, &error);
    g_assert_cmpuint (
        out->len, <, WEIR_RTMP_CLIENT_MAX_OUTPUT_BYTES + sizeof (pings) + 1);
  } while (event == WEIR_RTMP_CLIENT_MORE);
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  g_assert_cmpuint (out->len, >, WEIR_RTMP_CLIENT_MAX_OUTPUT_BYTES);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Pair *pair, gconstpointer data);
  } tests[] = {
    { "/client/ping/answered", test_answered },
    { "/client/ping/stops-answering", test_stops_answering },
    { "/client/ping/never-answers", test_never_answers },
    { "/client/ping/late-answer", test_late_answer },
    { "/client/ping/flood", test_flood },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Pair, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
