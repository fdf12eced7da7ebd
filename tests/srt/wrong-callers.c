/* Many callers that are refused. */
#include "wrong-callers.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "programs/srt/sock.h"

#define ADDRESSES 8

struct _WrongCallers {
  guint16 port;
  struct sockaddr_in from[ADDRESSES]; /* port 0 until the first has called */
  SRTSOCKET *socks;
  guint max;
  guint n;
};

WrongCallers *
wrong_callers_new (guint16 port, guint max)
{
  WrongCallers *self = g_new0 (WrongCallers, 1);

  g_assert_true (weir_sock_startup (NULL));
  self->port = port;
  self->max = max;
  self->socks = g_new0 (SRTSOCKET, max);
  for (guint i = 0; i < ADDRESSES; i++)
    self->from[i] = (struct sockaddr_in){ .sin_family = AF_INET,
      .sin_addr.s_addr = htonl (INADDR_LOOPBACK + 1 + i) };
  return self;
}

void
wrong_callers_free (WrongCallers *callers)
{
  weir_sock_cleanup ();
  g_free (callers->socks);
  g_free (callers);
}

guint
wrong_callers_count (const WrongCallers *callers)
{
  return callers->n;
}

static void
set_text (SRTSOCKET sock, SRT_SOCKOPT option, const char *text)
{
  if (text[0] != '\0')
    g_assert_cmpint (
        srt_setsockflag (sock, option, text, (int) strlen (text)), ==, 0);
}

void
wrong_callers_call (WrongCallers *callers)
{
  static const struct {
    const char *stream_id, *passphrase;
  } kinds[] = {
    { "live/in", "the-wrong-one" },
    { "{{=%%=,::\"", "" },
    { "live/keys?key=guess", "" },
    { "#!::r=live/in,m=request", "" },
    { "live/in", "" },
  };
  guint i = callers->n++, kind = i % G_N_ELEMENTS (kinds);
  struct sockaddr_in *from = &callers->from[i % ADDRESSES],
                     to = { .sin_family = AF_INET,
                       .sin_port = htons (callers->port),
                       .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  SRTSOCKET sock = srt_create_socket ();
  bool wait = false;

  g_assert_cmpuint (i, <, callers->max);
  g_assert_cmpint (sock, !=, SRT_INVALID_SOCK);
  srt_setsockflag (sock, SRTO_RCVSYN, &wait, sizeof wait);
  /* Those of an address share its UDP port. */
  g_assert_cmpint (
      srt_bind (sock, (struct sockaddr *) from, sizeof *from), ==, 0);
  from->sin_port = htons (weir_sock_get_port (sock));
  set_text (sock, SRTO_STREAMID, kinds[kind].stream_id);
  set_text (sock, SRTO_PASSPHRASE, kinds[kind].passphrase);
  g_assert_cmpint (
      srt_connect (sock, (struct sockaddr *) &to, sizeof to), !=, SRT_ERROR);
  callers->socks[i] = sock;
}

gboolean
wrong_callers_are_refused (WrongCallers *callers)
{
  gboolean all = TRUE;

  for (guint i = 0; i < callers->n; i++) {
    SRTSOCKET sock = callers->socks[i];
    SRT_SOCKSTATUS state;

    if (sock == 0)
      continue;
    state = srt_getsockstate (sock);
    g_assert_cmpint (state, !=, SRTS_CONNECTED);
    if (state < SRTS_CONNECTED) {
      all = FALSE;
    } else {
      srt_close (sock);
      callers->socks[i] = 0;
    }
  }
  return all;
}
