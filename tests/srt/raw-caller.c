/* Datagrams by hand. */
#include "raw-caller.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER_WORDS 4
#define HANDSHAKE_WORDS 12
#define INDUCTION 1
#define CONCLUSION 0xffffffff
#define CONTROL 0x80000000
#define FIRST_SEQ 1000
#define KEY_WORDS 18
#define WAIT_MS 30000

enum { VERSION, TYPE, SEQ, MTU, FLOW_WINDOW, REQUEST, ID, COOKIE };

static void
send_words (RawCaller *c, const guint32 *words, guint n)
{
  guint32 out[128];

  g_assert_cmpuint (n, <=, G_N_ELEMENTS (out));
  for (guint i = 0; i < n; i++)
    out[i] = htonl (words[i]);
  g_assert_cmpint (send (c->fd, out, n * 4, 0), ==, n * 4);
}

/* The next datagram; the number of its words. */
static guint
receive (RawCaller *c, guint32 *ret_words, guint max)
{
  struct pollfd p = { c->fd, POLLIN, 0 };
  ssize_t n;

  g_assert_cmpint (poll (&p, 1, WAIT_MS), ==, 1);
  n = recv (c->fd, ret_words, max * 4, 0);
  g_assert_cmpint (n, >=, HEADER_WORDS * 4);
  for (gssize i = 0; i < n / 4; i++)
    ret_words[i] = ntohl (ret_words[i]);
  return (guint) n / 4;
}

/* The next handshake. */
static void
receive_handshake (RawCaller *c, guint32 *words, guint max)
{
  guint n;

  do
    n = receive (c, words, max);
  while (words[0] != CONTROL || n < HEADER_WORDS + HANDSHAKE_WORDS);
}

void
raw_caller_start (RawCaller *c, guint n, guint16 port)
{
  struct sockaddr_in from = { .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK - 1 + n) },
                     to = { .sin_family = AF_INET,
                       .sin_port = htons (port),
                       .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  guint32 words[HEADER_WORDS + HANDSHAKE_WORDS] = { CONTROL };
  guint32 *hs = words + HEADER_WORDS, answer[375];

  c->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (c->fd, (struct sockaddr *) &from, sizeof from), ==, 0);
  g_assert_cmpint (connect (c->fd, (struct sockaddr *) &to, sizeof to), ==, 0);
  hs[VERSION] = 4;
  hs[TYPE] = 2;
  hs[SEQ] = FIRST_SEQ;
  hs[MTU] = 1500;
  hs[FLOW_WINDOW] = 8192;
  hs[REQUEST] = INDUCTION;
  hs[ID] = 1;
  send_words (c, words, G_N_ELEMENTS (words));
  receive_handshake (c, answer, G_N_ELEMENTS (answer));
  c->cookie = answer[HEADER_WORDS + COOKIE];
}

void
raw_caller_stop (RawCaller *c)
{
  close (c->fd);
}

/* A request for a key of 32 bytes, wrapped by a passphrase that nobody has.
 * Returns its end. */
static guint32 *
put_key_request (guint32 *at)
{
  *at++ = 3 << 16 | KEY_WORDS;
  *at++ = 0x12202901;
  *at++ = 0;
  *at++ = 2 << 24 | 2 << 8;
  *at++ = 4 << 8 | 8;
  for (guint i = 0; i < KEY_WORDS - 4; i++)
    *at++ = g_random_int ();
  return at;
}

void
raw_caller_conclude (
    RawCaller *c, guint32 id, const RawClaims *claims, const char *stream_id)
{
  guint32 words[128] = { CONTROL };
  guint32 *hs = words + HEADER_WORDS, *at = hs + HANDSHAKE_WORDS;
  guint n = (guint) (strlen (stream_id) + 3) / 4;
  guint latency_ms = claims->latency_ms > 0 ? claims->latency_ms : 120;

  hs[VERSION] = 5;
  hs[TYPE] = 1 | 4; /* there is an SRT request, and a stream id */
  hs[SEQ] = FIRST_SEQ;
  hs[MTU] = claims->mtu;
  hs[FLOW_WINDOW] = claims->flow_window;
  hs[REQUEST] = CONCLUSION;
  hs[ID] = id;
  hs[COOKIE] = c->cookie;
  *at++ = 1 << 16 | 3;
  *at++ = 0x010501;
  *at++ = 0xbf;
  *at++ = latency_ms << 16 | latency_ms;
  if (claims->encrypted) {
    hs[TYPE] |= 2 | 4 << 16; /* a request for a key, of so many times 8 bytes */
    at = put_key_request (at);
  }
  *at++ = 5 << 16 | n;
  for (gsize i = 0; i < strlen (stream_id); i++)
    at[i / 4] |= (guint32) (guint8) stream_id[i] << i % 4 * 8;
  send_words (c, words, (guint) (at - words) + n);
}

void
raw_caller_forget_answers (RawCaller *c)
{
  char datagram[1500];

  while (recv (c->fd, datagram, sizeof datagram, MSG_DONTWAIT) > 0)
    continue;
}

guint32
raw_caller_answered (RawCaller *c, gboolean *ret_in)
{
  guint32 answer[375];

  receive_handshake (c, answer, G_N_ELEMENTS (answer));
  *ret_in = answer[HEADER_WORDS + REQUEST] == CONCLUSION;
  if (*ret_in)
    c->peer = answer[HEADER_WORDS + ID];
  return answer[3];
}

void
raw_caller_control (
    RawCaller *c, guint type, const guint32 *words, guint n_words)
{
  guint32 all[HEADER_WORDS + 16] = { CONTROL | type << 16, 0, 0, c->peer };

  g_assert_cmpuint (n_words, <=, 16);
  if (n_words > 0)
    memcpy (all + HEADER_WORDS, words, n_words * 4);
  send_words (c, all, HEADER_WORDS + n_words);
}

void
raw_caller_media (RawCaller *c, guint32 seq, const guint8 *data, gsize size)
{
  guint8 datagram[1500];
  const guint32 header[HEADER_WORDS] = { htonl (FIRST_SEQ + seq),
    htonl (0xc0000000 | (seq + 1)), htonl (seq * 1000), htonl (c->peer) };

  g_assert_cmpuint (size, <=, sizeof datagram - sizeof header);
  memcpy (datagram, header, sizeof header);
  memcpy (datagram + sizeof header, data, size);
  size += sizeof header;
  g_assert_cmpint (send (c->fd, datagram, size, 0), ==, size);
}
