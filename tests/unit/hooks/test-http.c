/* Requests against a server on the same loop that behaves as the path says,
 * and against a resolver that does not answer. */
#include "hooks/http.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define LONG_MS 30000
#define SHORT_MS 300

/* --- the resolver --- */

/* Stands in for the C library's: the name "stuck.test" is not answered until
 * the test says so. */
static GMutex resolver_lock;
static GCond resolver_cond;
static gboolean resolver_stuck; /* {resolver_lock} */

int
getaddrinfo (const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **ret)
{
  g_mutex_lock (&resolver_lock);
  while (resolver_stuck)
    g_cond_wait (&resolver_cond, &resolver_lock);
  g_mutex_unlock (&resolver_lock);
  return EAI_NONAME;
}

static void
set_resolver_stuck (gboolean stuck)
{
  g_mutex_lock (&resolver_lock);
  resolver_stuck = stuck;
  g_cond_broadcast (&resolver_cond);
  g_mutex_unlock (&resolver_lock);
}

/* --- the server --- */

typedef struct {
  WeirLoop *loop;
  WeirHttp *http;
  uv_tcp_t server;
  int port;
  guint open;        /* connections */
  guint held;        /* requests to /hang that came */
  guint held_wanted; /* the loop stops at so many */
  GString *last;     /* the last request */
  guint done;
  guint done_wanted;
  guint status;
  char *location;
  char *error;
} Fixture;

typedef struct {
  uv_tcp_t tcp;
  Fixture *f;
  GString *in;
  char buffer[4096];
} Connection;

typedef struct {
  uv_write_t req;
  char *text;
  gboolean close;
  Connection *c;
} Answer;

static void
on_connection_closed (uv_handle_t *handle)
{
  Connection *c = handle->data;

  c->f->open--;
  g_string_free (c->in, TRUE);
  g_free (c);
}

static void
close_connection (Connection *c)
{
  if (!uv_is_closing ((uv_handle_t *) &c->tcp))
    uv_close ((uv_handle_t *) &c->tcp, on_connection_closed);
}

static void
on_answered (uv_write_t *req, int status)
{
  Answer *a = (Answer *) req;

  if (a->close)
    close_connection (a->c);
  g_free (a->text);
  g_free (a);
}

static void
answer (Connection *c, gboolean close, char *text)
{
  Answer *a = g_new0 (Answer, 1);
  uv_buf_t buf = uv_buf_init (text, (unsigned) strlen (text));

  a->text = text;
  a->close = close;
  a->c = c;
  uv_write (&a->req, (uv_stream_t *) &c->tcp, &buf, 1, on_answered);
}

static char *
of_size (const char *head, gsize n, const char *tail)
{
  g_autofree char *filler = g_strnfill (n, 'x');

  return g_strconcat (head, filler, tail, NULL);
}

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static void
serve (Connection *c)
{
  Fixture *f = c->f;
  const char *path = strchr (c->in->str, ' ') + 1;

  g_string_assign (f->last, c->in->str);
  if (g_str_has_prefix (path, "/hang")) {
    if (++f->held == f->held_wanted)
      uv_stop (weir_loop_uv (f->loop));
  } else if (g_str_has_prefix (path, "/close"))
    close_connection (c);
  else if (g_str_has_prefix (path, "/moved"))
    answer (c, FALSE,
        g_strdup ("HTTP/1.1 302 Found\r\nLOCATION:  else%20where \r\n"
                  "Content-Length: 0\r\n\r\n"));
  else if (g_str_has_prefix (path, "/early"))
    answer (c, FALSE,
        g_strdup ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\n"
                  "Content-Length: 0\r\n\r\n"));
  else if (g_str_has_prefix (path, "/around"))
    answer (c, FALSE,
        g_strdup ("HTTP/1.1 103 Early Hints\r\nLocation: before\r\n\r\n"
                  "HTTP/1.1 302 Found\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "0\r\nLocation: behind\r\n\r\n"));
  else if (g_str_has_prefix (path, "/nowhere"))
    answer (c, FALSE,
        g_strdup ("HTTP/1.1 302 Found\r\nLocation: \r\n"
                  "Content-Length: 0\r\n\r\n"));
  else if (g_str_has_prefix (path, "/torn"))
    answer (c, TRUE, g_strdup (OK_HEAD "Content-Length: 9\r\n\r\nhalf"));
  else if (g_str_has_prefix (path, "/nonsense"))
    answer (c, TRUE, g_strdup ("nonsense\r\n\r\n"));
  else if (g_str_has_prefix (path, "/body")) /* /body/BYTES, without a length */
    answer (c, TRUE,
        of_size (
            OK_HEAD "\r\n", strtoul (path + strlen ("/body/"), NULL, 10), ""));
  else if (g_str_has_prefix (path, "/header")) {
    /* So many bytes up to and with the empty line, over several lines. */
    gsize n = strtoul (path + strlen ("/header/"), NULL, 10);

    answer (c, TRUE,
        of_size (
            OK_HEAD "A: ", n - strlen (OK_HEAD "A: \r\n\r\n"), "\r\n\r\n"));
  } else
    answer (c, FALSE, g_strdup (OK_HEAD "Content-Length: 2\r\n\r\nok"));
  g_string_truncate (c->in, 0);
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  Connection *c = handle->data;

  *buf = uv_buf_init (c->buffer, sizeof c->buffer);
}

static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  Connection *c = stream->data;
  const char *end, *length;

  if (n < 0) {
    close_connection (c);
    return;
  }
  g_string_append_len (c->in, buf->base, n);
  end = strstr (c->in->str, "\r\n\r\n");
  length = strstr (c->in->str, "Content-Length: ");
  if (end != NULL && length != NULL
      && strlen (end + 4)
             >= strtoul (length + strlen ("Content-Length: "), NULL, 10))
    serve (c);
}

static void
on_connection (uv_stream_t *server, int status)
{
  Connection *c = g_new0 (Connection, 1);

  c->f = server->data;
  c->f->open++;
  c->in = g_string_new (NULL);
  uv_tcp_init (server->loop, &c->tcp);
  c->tcp.data = c;
  uv_accept (server, (uv_stream_t *) &c->tcp);
  uv_read_start ((uv_stream_t *) &c->tcp, on_alloc, on_read);
}

/* --- the fixture --- */

static void
set_up (Fixture *f, gconstpointer data)
{
  struct sockaddr_in address;
  int size = sizeof address;

  f->loop = weir_loop_new ();
  f->http = weir_http_new (f->loop);
  f->last = g_string_new (NULL);
  uv_tcp_init (weir_loop_uv (f->loop), &f->server);
  f->server.data = f;
  uv_ip4_addr ("127.0.0.1", 0, &address);
  g_assert_cmpint (
      uv_tcp_bind (&f->server, (struct sockaddr *) &address, 0), ==, 0);
  g_assert_cmpint (
      uv_listen ((uv_stream_t *) &f->server, 511, on_connection), ==, 0);
  uv_tcp_getsockname (&f->server, (struct sockaddr *) &address, &size);
  f->port = ntohs (address.sin_port);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  weir_http_free (f->http);
  uv_close ((uv_handle_t *) &f->server, NULL);
  weir_loop_run (f->loop); /* until everything has closed */
  g_assert_cmpuint (f->open, ==, 0);
  weir_loop_free (f->loop);
  g_string_free (f->last, TRUE);
  g_free (f->location);
  g_free (f->error);
}

static void
on_done (const WeirHttpAnswer *a, gpointer data)
{
  Fixture *f = data;

  g_assert_true ((a->status == 0) == (a->error != NULL));
  g_test_message ("%u %s", a->status, a->error);
  f->status = a->status;
  g_free (f->location);
  f->location = g_strdup (a->location);
  g_free (f->error);
  f->error = g_strdup (a->error);
  if (++f->done == f->done_wanted)
    uv_stop (weir_loop_uv (f->loop));
}

static WeirHttpRequest *
post (Fixture *f, const char *path, guint timeout_ms)
{
  g_autofree char *url =
      g_strdup_printf ("http://127.0.0.1:%d%s", f->port, path);

  return weir_http_post (f->http, url, "a=b&c=%20", timeout_ms, on_done, f);
}

static void
wait_for (Fixture *f, guint done)
{
  f->done_wanted = done;
  while (f->done < done)
    weir_loop_run (f->loop);
}

static void
wait_held (Fixture *f, guint held)
{
  f->held_wanted = held;
  while (f->held < held)
    weir_loop_run (f->loop);
}

/* --- the tests --- */

static void
test_answers (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *path;
    guint timeout_ms;
    guint status;
    const char *location;
  } table[] = {
    { "/ok", LONG_MS, 200, NULL },
    { "/moved", LONG_MS, 302, "else%20where" },
    { "/early", LONG_MS, 403, NULL },
    { "/around", LONG_MS, 302, NULL },
    { "/nowhere", LONG_MS, 302, "" },
    { "/close", LONG_MS, 0, NULL },
    { "/torn", LONG_MS, 0, NULL },
    { "/nonsense", LONG_MS, 0, NULL },
    { "/hang", SHORT_MS, 0, NULL },
    { "/body/65536", LONG_MS, 200, NULL },
    { "/body/65537", LONG_MS, 0, NULL },
    { "/body/100000000", LONG_MS, 0, NULL },
    { "/header/16384", LONG_MS, 200, NULL },
    { "/header/16385", LONG_MS, 0, NULL },
    { "/header/1000000", LONG_MS, 0, NULL },
    { "/ok", LONG_MS, 200, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_test_message ("%s", table[i].path);
    g_assert_nonnull (post (f, table[i].path, table[i].timeout_ms));
    g_assert_cmpuint (f->done, ==, i); /* never from inside */
    wait_for (f, i + 1);
    g_assert_cmpuint (f->status, ==, table[i].status);
    g_assert_cmpstr (f->location, ==, table[i].location);
  }
  g_assert_cmpuint (WEIR_HTTP_MAX_BODY_BYTES, ==, 65536);
  g_assert_cmpuint (WEIR_HTTP_MAX_HEADER_BYTES, ==, 16384);
}

static void
test_request (Fixture *f, gconstpointer data)
{
  post (f, "/ok?x=y", LONG_MS);
  wait_for (f, 1);
  g_assert_true (g_str_has_prefix (f->last->str, "POST /ok?x=y HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (
      f->last->str, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
  g_assert_nonnull (strstr (f->last->str, "\r\nUser-Agent: weir/"));
  g_assert_true (g_str_has_suffix (f->last->str, "\r\n\r\na=b&c=%20"));
}

static void
test_no_server (Fixture *f, gconstpointer data)
{
  g_assert_nonnull (
      weir_http_post (f->http, "http://127.0.0.1:1/", "", LONG_MS, on_done, f));
  wait_for (f, 1);
  g_assert_nonnull (f->error);
  g_assert_nonnull (
      weir_http_post (f->http, "file:///etc/passwd", "", LONG_MS, on_done, f));
  wait_for (f, 2);
  g_assert_nonnull (f->error);
}

/* The environment's proxy is not asked: nobody listens there. */
static void
test_no_proxy (Fixture *f, gconstpointer data)
{
  g_setenv ("http_proxy", "http://127.0.0.1:1", TRUE);
  g_setenv ("all_proxy", "http://127.0.0.1:1", TRUE);
  post (f, "/ok", LONG_MS);
  wait_for (f, 1);
  g_unsetenv ("http_proxy");
  g_unsetenv ("all_proxy");
  g_assert_cmpuint (f->status, ==, 200);
}

/* The loop goes on while a name is being resolved, and when that is given up:
 * were the thread waited for, this test would never end. */
static void
test_stuck_resolver (Fixture *f, gconstpointer data)
{
  WeirHttpRequest *request;

  set_resolver_stuck (TRUE);
  weir_http_post (f->http, "http://stuck.test/", "", SHORT_MS, on_done, f);
  request =
      weir_http_post (f->http, "http://stuck.test/", "", LONG_MS, on_done, f);
  post (f, "/ok", LONG_MS);
  wait_for (f, 1);
  g_assert_cmpuint (f->status, ==, 200);
  wait_for (f, 2);
  g_assert_cmpuint (f->status, ==, 0);
  weir_http_cancel (request);
  set_resolver_stuck (FALSE);
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  WeirHttpRequest *at_once = post (f, "/hang", LONG_MS);
  WeirHttpRequest *later;

  weir_http_cancel (at_once);
  later = post (f, "/hang", LONG_MS);
  wait_held (f, 1);
  weir_http_cancel (later);
  post (f, "/ok", LONG_MS);
  wait_for (f, 1);
  g_assert_cmpuint (f->status, ==, 200);
  g_assert_cmpuint (f->done, ==, 1);
  /* Some are under way when it is freed. */
  post (f, "/hang", LONG_MS);
  wait_held (f, 2);
}

/* What waits begins when another ends; it can be cancelled, its time runs
 * while it waits, and no more than so many may. */
static void
test_bounds (Fixture *f, gconstpointer data)
{
  WeirHttpRequest *running[WEIR_HTTP_MAX_RUNNING];
  WeirHttpRequest *waiting[WEIR_HTTP_MAX_QUEUED];

  for (guint i = 0; i < G_N_ELEMENTS (running); i++)
    running[i] = post (f, "/hang", LONG_MS);
  wait_held (f, WEIR_HTTP_MAX_RUNNING);
  for (guint i = 0; i < G_N_ELEMENTS (waiting); i++) {
    waiting[i] = post (f, i == 0 ? "/hang" : "/ok", i == 1 ? 1 : LONG_MS);
    g_assert_nonnull (waiting[i]);
  }
  g_assert_null (post (f, "/ok", LONG_MS));
  wait_for (f, 1); /* number 1, whose time was up */
  g_assert_cmpuint (f->status, ==, 0);
  g_assert_cmpuint (f->held, ==, WEIR_HTTP_MAX_RUNNING);

  weir_http_cancel (waiting[2]);
  weir_http_cancel (running[5]);
  wait_held (f, WEIR_HTTP_MAX_RUNNING + 1); /* number 0 has begun */
  g_assert_cmpuint (f->done, ==, 1);
  weir_http_cancel (running[6]);
  wait_for (f, WEIR_HTTP_MAX_QUEUED - 2); /* all but 0 and 2 */
  g_assert_cmpuint (f->status, ==, 200);
}

static void
test_check_url (void)
{
  static const char *const good[] = { "http://a", "https://a.example:8443/x?y",
    "http://[::1]:80/", "HTTP://A" };
  static const char *const bad[] = { "", "a", "/x", "ftp://a", "file:///x",
    "http://", "http://a:99999/", "rtmp://a/b", "http://a b/" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_true (weir_http_check_url (good[i], &error));
    g_assert_no_error (error);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", bad[i]);
    g_assert_false (weir_http_check_url (bad[i], &error));
    g_assert_nonnull (error);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*func) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/http/answers", test_answers },
    { "/http/request", test_request },
    { "/http/no-server", test_no_server },
    { "/http/no-proxy", test_no_proxy },
    { "/http/stuck-resolver", test_stuck_resolver },
    { "/http/cancel", test_cancel },
    { "/http/bounds", test_bounds },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  g_test_add_func ("/http/check-url", test_check_url);
  return g_test_run ();
}
