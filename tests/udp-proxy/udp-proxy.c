/* A bad network for tests and benches: passes UDP packets between clients and
 * one target through links that lose, delay, reorder and duplicate them. One
 * thread; each client has a socket of its own to the target, so that the
 * target tells them apart. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "options.h"
#include "transit.h"

#define MAX_CLIENTS 2000
#define BATCH_PACKETS 64
#define MAX_PACKET_BYTES 65536
#define SOCKET_BUFFER_BYTES (8 * 1024 * 1024)
#define EVENTS 64
/* Reads from one socket in a row, so that one client can't hold up others. */
#define MAX_READS 4
/* Wake-ups fall on multiples of this, so that packets go in batches. */
#define GRAIN_US 250
/* Sent later than that after they were due, packets count as late. */
#define LATE_US 1000

typedef struct _Proxy Proxy;

typedef struct {
  Proxy *proxy;
  int fd; /* to the target */
  gint64 key;
  struct sockaddr_in address;
  Link *links[N_DIRECTIONS];
} Client;

typedef struct {
  guint64 sent;
  guint64 unsent; /* the kernel did not take them */
  guint64 late;
} Sent;

struct _Proxy {
  Options options;
  int epoll, listener, timer, signals;
  struct sockaddr_in target;
  GHashTable *clients; /* address and port: Client */
  guint64 refused;     /* packets of more than MAX_CLIENTS */
  Transit *transit;
  gint64 armed_us; /* when the timer wakes us, or G_MAXINT64 */
  LinkTally tally[N_DIRECTIONS];
  Sent sent[N_DIRECTIONS];

  guint8 *buffer; /* BATCH_PACKETS times MAX_PACKET_BYTES */
  struct mmsghdr messages[BATCH_PACKETS];
  struct iovec parts[BATCH_PACKETS];
  struct sockaddr_in sources[BATCH_PACKETS];
};

static gint64
now_us (void)
{
  return g_get_monotonic_time ();
}

static G_NORETURN void
give_up (const char *what)
{
  fprintf (stderr, "udp-proxy: %s: %s\n", what, g_strerror (errno));
  exit (1);
}

static void
watch (Proxy *proxy, int fd, void *what)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

  if (epoll_ctl (proxy->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    give_up ("epoll_ctl");
}

/* Big buffers, so that a burst is impaired by the model and not by us; beyond
 * the system's limit where we may. */
static int
open_socket (guint32 address, guint16 port)
{
  static const int options[][2] = { { SO_RCVBUFFORCE, SO_RCVBUF },
    { SO_SNDBUFFORCE, SO_SNDBUF } };
  struct sockaddr_in own = { .sin_family = AF_INET,
    .sin_addr.s_addr = htonl (address),
    .sin_port = htons (port) };
  int bytes = SOCKET_BUFFER_BYTES;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0 || bind (fd, (struct sockaddr *) &own, sizeof own) != 0)
    give_up ("socket");
  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    if (setsockopt (fd, SOL_SOCKET, options[i][0], &bytes, sizeof bytes) != 0)
      setsockopt (fd, SOL_SOCKET, options[i][1], &bytes, sizeof bytes);
  }
  return fd;
}

static void
free_client (gpointer data)
{
  Client *client = data;

  close (client->fd);
  for (guint i = 0; i < N_DIRECTIONS; i++)
    link_free (client->links[i]);
  g_free (client);
}

/* The client at ADDRESS, a new one if need be; NULL when there are too many. */
static Client *
find_client (Proxy *proxy, const struct sockaddr_in *address)
{
  gint64 key = (gint64) address->sin_addr.s_addr << 16 | address->sin_port;
  Client *client = g_hash_table_lookup (proxy->clients, &key);
  guint64 number = g_hash_table_size (proxy->clients);

  if (client != NULL)
    return client;
  if (number == MAX_CLIENTS)
    return NULL;
  client = g_new0 (Client, 1);
  client->proxy = proxy;
  client->key = key;
  client->address = *address;
  client->fd = open_socket (INADDR_ANY, 0);
  for (guint i = 0; i < N_DIRECTIONS; i++)
    client->links[i] = link_new (proxy->transit, &proxy->options.impairment[i],
        proxy->options.seed + (number * N_DIRECTIONS + i) * 0x9e3779b9u,
        &proxy->tally[i], client);
  g_hash_table_insert (proxy->clients, &client->key, client);
  watch (proxy, client->fd, client);
  return client;
}

/* Takes what FD has: from the target when CLIENT is given, else from clients.
 */
static void
take_input (Proxy *proxy, int fd, Client *client)
{
  for (guint round = 0; round < MAX_READS; round++) {
    gint64 now;
    int n;

    for (guint i = 0; i < BATCH_PACKETS; i++) {
      proxy->parts[i] = (struct iovec){ proxy->buffer + i * MAX_PACKET_BYTES,
        MAX_PACKET_BYTES };
      proxy->messages[i].msg_hdr = (struct msghdr){ .msg_iov = &proxy->parts[i],
        .msg_iovlen = 1,
        .msg_name = &proxy->sources[i],
        .msg_namelen = sizeof proxy->sources[i] };
    }
    n = recvmmsg (fd, proxy->messages, BATCH_PACKETS, MSG_DONTWAIT, NULL);
    now = now_us ();
    for (int i = 0; i < n; i++) {
      Client *from =
          client != NULL ? client : find_client (proxy, &proxy->sources[i]);

      if (from == NULL) {
        proxy->refused++;
        continue;
      }
      link_push (from->links[client != NULL ? DIRECTION_DOWN : DIRECTION_UP],
          proxy->parts[i].iov_base, proxy->messages[i].msg_len, now);
    }
    if (n < BATCH_PACKETS)
      return;
  }
}

/* Sends N messages, all of one socket. What the kernel does not take at once is
 * lost, as on a network. */
static void
send_batch (Proxy *proxy, int fd, guint n, Sent *sent)
{
  guint done = 0;

  while (done < n) {
    int sent_now =
        sendmmsg (fd, proxy->messages + done, n - done, MSG_DONTWAIT);

    if (sent_now > 0) {
      sent->sent += (guint) sent_now;
      done += (guint) sent_now;
    } else if (errno != EINTR) {
      sent->unsent++;
      done++;
    }
  }
}

static int
packet_fd (const TransitPacket *packet, Direction *ret_direction)
{
  Client *client = link_get_owner (packet->link);

  *ret_direction = packet->link == client->links[DIRECTION_DOWN]
                       ? DIRECTION_DOWN
                       : DIRECTION_UP;
  return *ret_direction == DIRECTION_DOWN ? client->proxy->listener
                                          : client->fd;
}

static void
add_message (Proxy *proxy, guint i, TransitPacket *packet, Direction direction)
{
  Client *client = link_get_owner (packet->link);

  proxy->parts[i] = (struct iovec){ packet->data, packet->size };
  proxy->messages[i].msg_hdr = (struct msghdr){ .msg_iov = &proxy->parts[i],
    .msg_iovlen = 1,
    .msg_name = direction == DIRECTION_UP ? &proxy->target : &client->address,
    .msg_namelen = sizeof (struct sockaddr_in) };
}

/* Sends a batch of packets that are due, all of one socket, and puts the first
 * one of another into NEXT. FALSE when no more are due. */
static gboolean
send_due_batch (Proxy *proxy, gint64 now, TransitPacket **next)
{
  TransitPacket *taken[BATCH_PACKETS];
  guint n_taken = 0, n = 0;
  TransitPacket *packet = g_steal_pointer (next);
  Direction direction = DIRECTION_UP, other;
  int fd = -1;

  if (packet == NULL)
    packet = transit_take_due (proxy->transit, now);
  for (; packet != NULL; packet = transit_take_due (proxy->transit, now)) {
    if (fd < 0)
      fd = packet_fd (packet, &direction);
    if (packet_fd (packet, &other) != fd
        || n + packet->copies > BATCH_PACKETS) {
      *next = packet;
      break;
    }
    proxy->sent[direction].late += now - packet->due_us > LATE_US;
    for (guint i = 0; i < packet->copies; i++)
      add_message (proxy, n++, packet, direction);
    taken[n_taken++] = packet;
  }
  if (n > 0)
    send_batch (proxy, fd, n, &proxy->sent[direction]);
  for (guint i = 0; i < n_taken; i++)
    g_free (taken[i]);
  return *next != NULL;
}

static void
send_due (Proxy *proxy)
{
  TransitPacket *next = NULL;

  while (send_due_batch (proxy, now_us (), &next))
    ;
}

static void
arm_timer (Proxy *proxy)
{
  gint64 due_us = transit_next_due_us (proxy->transit);
  gint64 wake_us = due_us == G_MAXINT64
                       ? due_us
                       : (due_us + GRAIN_US - 1) / GRAIN_US * GRAIN_US;
  struct itimerspec when = { 0 };

  if (wake_us == proxy->armed_us)
    return;
  if (wake_us != G_MAXINT64) {
    when.it_value.tv_sec = wake_us / G_USEC_PER_SEC;
    when.it_value.tv_nsec = wake_us % G_USEC_PER_SEC * 1000;
  }
  if (timerfd_settime (proxy->timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
    give_up ("timerfd_settime");
  proxy->armed_us = wake_us;
}

static void
say_direction (const Proxy *proxy, Direction direction, const char *name)
{
  const LinkTally *tally = &proxy->tally[direction];
  const Sent *sent = &proxy->sent[direction];

  printf ("\"%s\":{\"packets\":%" G_GUINT64_FORMAT
          ",\"bytes\":%" G_GUINT64_FORMAT ",\"sent\":%" G_GUINT64_FORMAT
          ",\"lost\":%" G_GUINT64_FORMAT ",\"reordered\":%" G_GUINT64_FORMAT
          ",\"duplicated\":%" G_GUINT64_FORMAT ",\"delayed\":%" G_GUINT64_FORMAT
          ",\"queue_dropped\":%" G_GUINT64_FORMAT
          ",\"unsent\":%" G_GUINT64_FORMAT ",\"late\":%" G_GUINT64_FORMAT "},",
      name, tally->packets, tally->bytes, sent->sent, tally->lost,
      tally->reordered, tally->duplicated, tally->delayed, tally->dropped,
      sent->unsent, sent->late);
}

static void
say_figures (const Proxy *proxy)
{
  putchar ('{');
  say_direction (proxy, DIRECTION_UP, "up");
  say_direction (proxy, DIRECTION_DOWN, "down");
  printf ("\"clients\":%u,\"refused\":%" G_GUINT64_FORMAT
          ",\"on_the_way\":%u}\n",
      g_hash_table_size (proxy->clients), proxy->refused,
      transit_n_packets (proxy->transit));
  fflush (stdout);
}

static void
run (Proxy *proxy)
{
  struct epoll_event events[EVENTS];

  for (;;) {
    int n = epoll_wait (proxy->epoll, events, EVENTS, -1);

    for (int i = 0; i < n; i++) {
      void *what = events[i].data.ptr;
      guint64 expirations;

      if (what == &proxy->signals)
        return;
      if (what == &proxy->listener)
        take_input (proxy, proxy->listener, NULL);
      else if (what != &proxy->timer)
        take_input (proxy, ((Client *) what)->fd, what);
      else if (read (proxy->timer, &expirations, sizeof expirations) > 0)
        proxy->armed_us = G_MAXINT64;
    }
    send_due (proxy);
    arm_timer (proxy);
  }
}

static void
resolve (const Options *options, struct sockaddr_in *ret_target)
{
  struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM };
  struct addrinfo *found = NULL;
  int result = getaddrinfo (options->host, NULL, &hints, &found);

  if (result != 0) {
    fprintf (
        stderr, "udp-proxy: %s: %s\n", options->host, gai_strerror (result));
    exit (1);
  }
  memcpy (ret_target, found->ai_addr, sizeof *ret_target);
  ret_target->sin_port = htons (options->to_port);
  freeaddrinfo (found);
}

static void
open_proxy (Proxy *proxy)
{
  struct sockaddr_in own;
  socklen_t size = sizeof own;
  sigset_t ends;

  resolve (&proxy->options, &proxy->target);
  sigemptyset (&ends);
  sigaddset (&ends, SIGTERM);
  sigaddset (&ends, SIGINT);
  sigprocmask (SIG_BLOCK, &ends, NULL);
  proxy->epoll = epoll_create1 (EPOLL_CLOEXEC);
  proxy->timer = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  proxy->signals = signalfd (-1, &ends, SFD_CLOEXEC);
  if (proxy->epoll < 0 || proxy->timer < 0 || proxy->signals < 0)
    give_up ("epoll, timer or signals");
  proxy->listener = open_socket (INADDR_LOOPBACK, proxy->options.port);
  proxy->clients =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, free_client);
  proxy->transit = transit_new ();
  proxy->armed_us = G_MAXINT64;
  proxy->buffer = g_malloc (BATCH_PACKETS * MAX_PACKET_BYTES);
  watch (proxy, proxy->signals, &proxy->signals);
  watch (proxy, proxy->timer, &proxy->timer);
  watch (proxy, proxy->listener, &proxy->listener);
  getsockname (proxy->listener, (struct sockaddr *) &own, &size);
  printf ("{\"port\":%u}\n", ntohs (own.sin_port));
  fflush (stdout);
}

static void
close_proxy (Proxy *proxy)
{
  transit_free (proxy->transit);
  g_hash_table_unref (proxy->clients);
  g_free (proxy->buffer);
  options_clear (&proxy->options);
  close (proxy->listener);
  close (proxy->signals);
  close (proxy->timer);
  close (proxy->epoll);
}

int
main (int argc, char **argv)
{
  static Proxy proxy;
  g_autoptr (GError) error = NULL;

  if (argc == 2
      && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0)) {
    fputs (options_help, stdout);
    return 0;
  }
  if (!options_parse ((const char *const *) argv + 1, &proxy.options, &error)) {
    fprintf (stderr, "udp-proxy: %s\n", error->message);
    return 2;
  }
  open_proxy (&proxy);
  run (&proxy);
  say_figures (&proxy);
  close_proxy (&proxy);
  return 0;
}
