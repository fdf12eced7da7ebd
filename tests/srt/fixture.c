/* The gateway's end, and peers. */
#include "fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/frame-reader.h"

static void
publisher_free (gpointer data)
{
  Publisher *p = data;

  g_free (p->app);
  g_free (p->name);
  g_free (p->secret);
  g_clear_pointer (&p->config[0], g_bytes_unref);
  g_clear_pointer (&p->config[1], g_bytes_unref);
  g_free (p);
}

static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

void
srt_start (Srt *s)
{
  const char *argv[] = { g_getenv ("WEIR_SRT"), NULL };
  const int target = 3;
  g_autoptr (GError) error = NULL;
  int pair[2];

  g_assert_nonnull (argv[0]);
  g_assert_cmpint (
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_spawn_async_with_pipes_and_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
      die_with_parent, NULL, -1, -1, -1, &pair[1], &target, 1, &s->pid, NULL,
      NULL, NULL, &error);
  g_assert_no_error (error);
  close (pair[1]);
  s->fd = pair[0];
  s->in = g_byte_array_new ();
  s->out = g_byte_array_new ();
  s->publishers = g_ptr_array_new_with_free_func (publisher_free);
  s->egresses =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  s->refused = g_array_new (FALSE, FALSE, sizeof (WeirSrtRefused));
  s->admit = TRUE;
  srt_send (s, &(WeirWireMessage){ .type = WEIR_WIRE_HELLO,
                   .hello = { WEIR_WIRE_VERSION, "test", 4 } });
  SRT_UNTIL (s, s->ready);
}

static int
status_of (GPid pid)
{
  int how;

  g_assert_cmpint (waitpid (pid, &how, 0), ==, pid);
  return WIFEXITED (how) ? WEXITSTATUS (how) : 128 + WTERMSIG (how);
}

void
srt_finish (Srt *s, int status)
{
  shutdown (s->fd, SHUT_WR);
  SRT_UNTIL (s, s->ended);
  close (s->fd);
  g_assert_cmpint (status_of (s->pid), ==, status);
  g_byte_array_unref (s->in);
  g_byte_array_unref (s->out);
  g_ptr_array_unref (s->publishers);
  g_hash_table_unref (s->egresses);
  g_array_unref (s->refused);
  g_free (s->port_text);
}

void
srt_send (Srt *s, const WeirWireMessage *m)
{
  g_autoptr (GError) error = NULL;

  weir_frame_write (s->fd, s->out, m, &error);
  g_assert_no_error (error);
}

guint16
srt_listen (Srt *s, guint32 id)
{
  guint before = s->port_states[WEIR_SRT_PORT_OPEN];

  srt_send (s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_LISTEN,
                   .srt_listen = { .port_id = id,
                       .address = "127.0.0.1",
                       .address_size = 9,
                       .latency_ms = 120,
                       .max_latency_ms = 2000,
                       .silence_ms = 10000,
                       .max_callers = 200,
                       .fallback = "",
                       .fallback_size = 0 } });
  SRT_UNTIL (s, s->port_states[WEIR_SRT_PORT_OPEN] > before);
  return s->port;
}

void
srt_rule (Srt *s, WeirSrtRuleKind kind, guint flags, guint code,
    const char *key, const char *passphrase, guint key_length)
{
  srt_send (s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_RULE,
                   .srt_rule = { (guint8) kind, (guint8) flags, (guint16) code,
                       key, strlen (key), "", 0, passphrase,
                       strlen (passphrase), (guint8) key_length } });
}

void
srt_call_to (Srt *s, guint64 number, guint16 port, const char *stream_id,
    const char *passphrase)
{
  srt_send (s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_CALL,
                   .srt_call = { number, "127.0.0.1", 9, port, stream_id,
                       strlen (stream_id), passphrase, strlen (passphrase), 0,
                       120, 3000 } });
}

void
srt_close_it (Srt *s, guint64 number, WeirSrtCloseKind how)
{
  srt_send (s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_CLOSE,
                   .srt_close = { number, (guint8) how } });
}

Publisher *
srt_publisher (Srt *s, guint n)
{
  return n < s->publishers->len ? g_ptr_array_index (s->publishers, n) : NULL;
}

static Publisher *
find (Srt *s, guint64 number)
{
  for (guint i = 0; i < s->publishers->len; i++)
    if (srt_publisher (s, i)->number == number)
      return srt_publisher (s, i);
  g_error ("nobody has called as %" G_GUINT64_FORMAT, number);
}

Egress *
srt_egress (Srt *s, guint64 number)
{
  Egress *e = g_hash_table_lookup (s->egresses, &number);

  if (e == NULL) {
    e = g_new0 (Egress, 1);
    g_hash_table_insert (s->egresses, g_memdup2 (&number, sizeof number), e);
  }
  return e;
}

static void
on_caller (Srt *s, const WeirSrtCaller *m)
{
  Publisher *p = g_new0 (Publisher, 1);

  p->number = m->connection;
  p->app = g_strndup (m->app, m->app_size);
  p->name = g_strndup (m->name, m->name_size);
  p->secret = g_strndup (m->secret, m->secret_size);
  p->latency_ms = m->latency_ms;
  p->key_length = m->key_length;
  g_ptr_array_add (s->publishers, p);
  if (s->admit)
    srt_send (s, &(WeirWireMessage){ .type = WEIR_WIRE_SRT_ADMIT,
                     .srt_admit = { p->number, (guint16) s->program } });
}

static void
on_packet (Publisher *p, const WeirSrtPacket *m)
{
  guint t = m->track;

  g_assert_nonnull (p->config[t]);
  g_assert_cmpint (m->dts_ms, >=, 0);
  g_assert_cmpint (m->arrival_us, >, 0);
  g_assert_cmpint (m->arrival_us, <=, g_get_monotonic_time ());
  if (p->packets[t] == 0) {
    p->first_dts_ms[t] = m->dts_ms;
  } else {
    p->not_rising[t] += m->dts_ms <= p->last_dts_ms[t];
    p->greatest_step_ms[t] =
        MAX (p->greatest_step_ms[t], m->dts_ms - p->last_dts_ms[t]);
  }
  p->last_dts_ms[t] = m->dts_ms;
  p->packets[t]++;
  p->keys[t] += (m->flags & WEIR_PACKET_KEY) != 0;
  if (m->flags & WEIR_PACKET_DISCONT) {
    p->discont[t]++;
    g_assert_true (t == 1 || m->flags & WEIR_PACKET_KEY);
  }
}

static void
on_closed (Srt *s, const WeirSrtClosed *m)
{
  if (m->connection % 2 == 0) {
    Egress *e = srt_egress (s, m->connection);

    g_assert_false (e->closed);
    e->closed = TRUE;
    e->why = m->why;
    e->code = m->code;
    g_strlcpy (e->words, m->text, MIN (sizeof e->words, m->text_size + 1));
    e->packets = m->packets;
  } else {
    Publisher *p = find (s, m->connection);

    g_assert_false (p->closed);
    p->closed = TRUE;
    p->why = m->why;
  }
}

static void
on_stats (Srt *s, const WeirSrtStats *m)
{
  if (m->connection % 2 == 0) {
    srt_egress (s, m->connection)->stats = *m;
    srt_egress (s, m->connection)->has_stats = TRUE;
  } else {
    find (s, m->connection)->stats = *m;
    find (s, m->connection)->has_stats = TRUE;
  }
}

static void
handle (Srt *s, const WeirWireMessage *m)
{
  Publisher *p;

  switch (m->type) {
  case WEIR_WIRE_HELLO:
    g_assert_cmpuint (m->hello.version, ==, WEIR_WIRE_VERSION);
    break;
  case WEIR_WIRE_READY:
    s->ready = TRUE;
    break;
  case WEIR_WIRE_SRT_PORT:
    s->port_states[m->srt_port.state]++;
    s->port = m->srt_port.port;
    g_free (s->port_text);
    s->port_text = g_strndup (m->srt_port.text, m->srt_port.text_size);
    break;
  case WEIR_WIRE_SRT_REFUSED:
    g_array_append_val (s->refused, m->srt_refused);
    break;
  case WEIR_WIRE_SRT_CALLER:
    on_caller (s, &m->srt_caller);
    break;
  case WEIR_WIRE_SRT_BYTES:
    find (s, m->srt_bytes.connection)->bytes += m->srt_bytes.bytes;
    break;
  case WEIR_WIRE_SRT_CONFIG:
    p = find (s, m->srt_config.connection);
    g_clear_pointer (&p->config[m->srt_config.track], g_bytes_unref);
    p->config[m->srt_config.track] =
        g_bytes_new (m->srt_config.data, m->srt_config.size);
    p->codec[m->srt_config.track] = m->srt_config.codec;
    break;
  case WEIR_WIRE_SRT_PACKET:
    on_packet (find (s, m->srt_packet.connection), &m->srt_packet);
    break;
  case WEIR_WIRE_SRT_CALLED:
    srt_egress (s, m->srt_called.connection)->called = TRUE;
    srt_egress (s, m->srt_called.connection)->call = m->srt_called;
    break;
  case WEIR_WIRE_SRT_TAKEN:
    srt_egress (s, m->srt_taken.connection)->taken = m->srt_taken;
    break;
  case WEIR_WIRE_SRT_CLOSED:
    on_closed (s, &m->srt_closed);
    break;
  case WEIR_WIRE_SRT_STATS:
    on_stats (s, &m->srt_stats);
    break;
  case WEIR_WIRE_SRT_TROUBLE:
    find (s, m->srt_trouble.connection)->troubles++;
    break;
  case WEIR_WIRE_SRT_PONG:
    s->pongs++;
    break;
  default:
    g_error ("message of type %d", m->type);
  }
  if (s->on_media != NULL
      && (m->type == WEIR_WIRE_SRT_CONFIG || m->type == WEIR_WIRE_SRT_PACKET))
    s->on_media (m, s->data);
}

void
srt_step (Srt *s)
{
  struct pollfd p = { s->fd, POLLIN, 0 };
  g_autoptr (GError) error = NULL;
  WeirWireMessage m;
  WeirFrameResult result;

  if (s->ended)
    g_error ("weir-srt has ended");
  if (poll (&p, 1, 20) <= 0)
    return;
  result = weir_frame_read (s->fd, s->in, &m, &error);
  g_assert_no_error (error);
  if (result == WEIR_FRAME_END)
    s->ended = TRUE;
  else
    handle (s, &m);
}

void
srt_wait (Srt *s, gboolean (*done) (Srt *s, gpointer data), gpointer data)
{
  SRT_UNTIL (s, done (s, data));
}

GPid
peer_start (const char *format, ...)
{
  g_autofree char *line = NULL;
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  va_list args;
  GPid pid;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  argv = g_strsplit (line, " ", -1);
  g_spawn_async (NULL, argv, NULL,
      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH
          | G_SPAWN_STDOUT_TO_DEV_NULL,
      die_with_parent, NULL, &pid, &error);
  g_assert_no_error (error);
  return pid;
}

void
peer_stop (GPid pid)
{
  kill (pid, SIGKILL);
  status_of (pid);
}

int
peer_wait (GPid pid)
{
  return status_of (pid);
}

guint16
free_port (void)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in a = { .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof a;

  g_assert_cmpint (bind (fd, (struct sockaddr *) &a, sizeof a), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &a, &size), ==, 0);
  close (fd);
  return ntohs (a.sin_port);
}

char *
make_ts (guint seconds, const char *options)
{
  char *path = NULL;
  int fd = g_file_open_tmp ("weir-XXXXXX.ts", &path, NULL);
  GPid pid;

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  pid = peer_start ("ffmpeg -v error -nostdin -y -f lavfi -i "
                    "testsrc2=s=320x180:r=25 -f lavfi -i "
                    "sine=440:r=48000 -t %u %s -f mpegts %s",
      seconds, options, path);
  g_assert_cmpint (peer_wait (pid), ==, 0);
  return path;
}
