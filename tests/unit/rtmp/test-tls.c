/* Two TLS filters back to back, and one against strangers. */
#include "base/error.h"
#include "rtmp/tls.h"

#include <string.h>

#include "certificates.h"

#define HOST CERTIFICATES_HOST

typedef struct {
  WeirTls *tls;
  GByteArray *got;
  WeirTlsResult result;
  GError *error;
} Side;

typedef struct {
  Side server;
  Side client;
} Pair;

static Pair *
pair_new (WeirTlsContext *server, WeirTlsContext *client, const char *host)
{
  Pair *pair = g_new0 (Pair, 1);

  pair->server.tls = weir_tls_new_server (server);
  pair->client.tls = weir_tls_new_client (client, host);
  pair->server.got = g_byte_array_new ();
  pair->client.got = g_byte_array_new ();
  return pair;
}

static void
side_clear (Side *side)
{
  weir_tls_free (side->tls);
  g_byte_array_unref (side->got);
  g_clear_error (&side->error);
}

static void
pair_free (Pair *pair)
{
  side_clear (&pair->server);
  side_clear (&pair->client);
  g_free (pair);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

static Pair *
good_pair (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirTlsContext) server =
      certificates_new_server ("good.pem", "good.key", &error);
  g_autoptr (WeirTlsContext) client = certificates_new_client ("ca.pem", TRUE);

  g_assert_no_error (error);
  return pair_new (server, client, HOST);
}

static void
side_read (Side *side, const guint8 *bytes, gsize size)
{
  guint8 plain[WEIR_TLS_RECORD_BYTES];
  gsize n;

  if (side->result == WEIR_TLS_CLOSED || side->result == WEIR_TLS_FAILED)
    return;
  do {
    side->result =
        weir_tls_read (side->tls, &bytes, &size, plain, &n, &side->error);
    if (side->result == WEIR_TLS_PLAIN)
      g_byte_array_append (side->got, plain, (guint) n);
  } while (side->result == WEIR_TLS_PLAIN);
  if (side->result == WEIR_TLS_MORE)
    g_assert_cmpuint (size, ==, 0);
}

/* Hands up to STEP bytes over; FALSE when there is nothing. */
static gboolean
carry (Side *from, Side *to, gsize step)
{
  GByteArray *out = weir_tls_get_output (from->tls);
  gsize n = MIN (out->len, step);
  g_autofree guint8 *bytes = g_memdup2 (out->data, n);

  g_byte_array_remove_range (out, 0, (guint) n);
  if (n > 0)
    side_read (to, bytes, n);
  return n > 0;
}

static void
talk (Pair *pair, gsize step)
{
  while (carry (&pair->client, &pair->server, step)
         | carry (&pair->server, &pair->client, step))
    ;
}

static void
assert_got (const Side *side, const guint8 *bytes, gsize size)
{
  g_assert_cmpmem (side->got->data, side->got->len, bytes, size);
}

static void
test_split (gconstpointer data)
{
  gsize step = GPOINTER_TO_SIZE (data);
  gsize size = 3 * WEIR_TLS_RECORD_BYTES + 77;
  g_autofree guint8 *bytes = g_malloc (size);
  g_autoptr (Pair) pair = good_pair ();

  for (gsize i = 0; i < size; i++)
    bytes[i] = (guint8) (i * 31 >> 3);
  g_assert_false (weir_tls_write (pair->client.tls, bytes, 1));
  talk (pair, step);
  g_assert_true (weir_tls_handshake_done (pair->server.tls));
  g_assert_true (weir_tls_handshake_done (pair->client.tls));

  g_assert_true (weir_tls_write (pair->client.tls, bytes, size));
  g_assert_true (weir_tls_write (pair->server.tls, bytes, 5));
  talk (pair, step);
  assert_got (&pair->server, bytes, size);
  assert_got (&pair->client, bytes, 5);

  g_assert_cmpint (pair->server.result, ==, WEIR_TLS_MORE);
  weir_tls_close (pair->client.tls);
  talk (pair, step);
  g_assert_cmpint (pair->server.result, ==, WEIR_TLS_CLOSED);
}

/* What a record costs: an egress keeps one of them at most. */
static void
test_record (void)
{
  static const guint8 bytes[WEIR_TLS_RECORD_BYTES];
  g_autoptr (Pair) pair = good_pair ();
  GByteArray *out = weir_tls_get_output (pair->client.tls);

  talk (pair, 1000);
  g_assert_true (weir_tls_write (pair->client.tls, bytes, sizeof (bytes)));
  g_assert_cmpuint (out->len, <, sizeof (bytes) + 100);
  g_assert_true (weir_tls_write (pair->client.tls, bytes, 0));
  g_assert_cmpuint (out->len, <, sizeof (bytes) + 100);
}

/* Without its last byte a record gives nothing; a broken one is refused. */
static void
test_truncated_and_broken (void)
{
  static const guint8 bytes[] = "some plaintext";
  g_autoptr (Pair) pair = good_pair ();
  GByteArray *out = weir_tls_get_output (pair->client.tls);

  talk (pair, 1000);
  g_assert_true (weir_tls_write (pair->client.tls, bytes, sizeof (bytes)));
  side_read (&pair->server, out->data, out->len - 1);
  g_assert_cmpint (pair->server.result, ==, WEIR_TLS_MORE);
  g_assert_cmpuint (pair->server.got->len, ==, 0);
  out->data[out->len - 1] ^= 1;
  side_read (&pair->server, out->data + out->len - 1, 1);
  g_assert_cmpint (pair->server.result, ==, WEIR_TLS_FAILED);
  g_assert_error (pair->server.error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  g_assert_cmpuint (pair->server.got->len, ==, 0);
  g_assert_false (weir_tls_write (pair->server.tls, bytes, 1));

  g_byte_array_set_size (out, 0);
  carry (&pair->server, &pair->client, 1000);
  g_assert_cmpint (pair->client.result, ==, WEIR_TLS_FAILED);
  g_assert_nonnull (
      strstr (pair->client.error->message, "the other side says"));
}

/* The first byte tells; an alert is the answer. */
static void
test_strangers (void)
{
  static const struct {
    const char *bytes;
    gsize size;
    const char *words;
    gboolean alert;
  } cases[] = {
    { "\x03", 1, "RTMP without TLS", TRUE },
    { "GET / HTTP/1.1\r\n\r\n", 18, "HTTP", TRUE },
    { "PROXY TCP4", 10, "PROXY header", TRUE },
    { "\r\n\r\n", 4, "PROXY header", TRUE },
    { "\x80\x2e\x01\x03\x01", 5, "no TLS", TRUE },
    { "\x16\x02\x00\x01\x00\x01", 6, "TLS: wrong version number", FALSE },
    { "\x16\x03\x01\x00\x08garbage!", 13, "TLS: unexpected message", TRUE },
  };
  g_autoptr (WeirTlsContext) context =
      certificates_new_server ("good.pem", "good.key", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const guint8 *p = (const guint8 *) cases[i].bytes;
    gsize size = cases[i].size;
    guint8 plain[WEIR_TLS_RECORD_BYTES];
    g_autoptr (WeirTls) tls = weir_tls_new_server (context);
    g_autoptr (GError) error = NULL;
    gsize n;

    g_assert_cmpint (
        weir_tls_read (tls, &p, &size, plain, &n, &error), ==, WEIR_TLS_FAILED);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
    if (strstr (error->message, cases[i].words) == NULL)
      g_error ("case %u: \"%s\"", i, error->message);
    g_assert_cmpint (weir_tls_get_output (tls)->len > 0, ==, cases[i].alert);
    if (cases[i].alert)
      g_assert_cmpint (weir_tls_get_output (tls)->data[0], ==, 0x15);
    weir_tls_close (tls);
  }
}

/* A first handshake message that says it is long, and goes on and on. */
static void
test_handshake_limit (void)
{
  g_autoptr (WeirTlsContext) context =
      certificates_new_server ("good.pem", "good.key", NULL);
  g_autoptr (WeirTls) tls = weir_tls_new_server (context);
  g_autofree guint8 *record = g_malloc0 (5 + 16384);
  gsize fed = 0;

  memcpy (record, "\x16\x03\x01\x40\x00\x01\x01\xff\xf0", 9);
  for (;;) {
    guint8 plain[WEIR_TLS_RECORD_BYTES];
    g_autoptr (GError) error = NULL;
    const guint8 *p = record;
    gsize size = 5 + 16384;
    gsize n;
    WeirTlsResult result = weir_tls_read (tls, &p, &size, plain, &n, &error);

    fed += 5 + 16384;
    if (result == WEIR_TLS_FAILED) {
      g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
      break;
    }
    g_assert_cmpint (result, ==, WEIR_TLS_MORE);
    g_assert_cmpuint (fed, <=, WEIR_TLS_MAX_HANDSHAKE_BYTES);
    memset (record + 5, 0, 4); /* only the first has the message's head */
  }
}

static void
assert_verified (const char *certificate, const char *key, const char *ca,
    gboolean verify, const char *host, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirTlsContext) server =
      certificates_new_server (certificate, key, &error);
  g_autoptr (WeirTlsContext) client = certificates_new_client (ca, verify);
  g_autoptr (Pair) pair = pair_new (server, client, host);

  g_assert_no_error (error);
  talk (pair, 1000);
  if (words == NULL) {
    g_assert_no_error (pair->client.error);
    g_assert_true (weir_tls_handshake_done (pair->client.tls));
    return;
  }
  g_assert_cmpint (pair->client.result, ==, WEIR_TLS_FAILED);
  g_assert_false (weir_tls_handshake_done (pair->client.tls));
  if (strstr (pair->client.error->message, words) == NULL)
    g_error ("\"%s\" holds no \"%s\"", pair->client.error->message, words);
  /* The other side is told. */
  g_assert_cmpint (pair->server.result, ==, WEIR_TLS_FAILED);
  g_assert_nonnull (
      strstr (pair->server.error->message, "the other side says"));
}

static void
test_verification (void)
{
  assert_verified ("good.pem", "good.key", "ca.pem", TRUE, HOST, NULL);
  assert_verified ("good.pem", "good.key", "ca.pem", TRUE, "192.0.2.1", NULL);
  assert_verified ("own.pem", "own.key", "own.pem", TRUE, HOST, NULL);
  assert_verified ("good.pem", "good.key", "ca.pem", TRUE, "other.example",
      "certificate of other.example is not accepted: hostname mismatch");
  assert_verified ("good.pem", "good.key", "ca.pem", TRUE, "192.0.2.2",
      "IP address mismatch");
  assert_verified (
      "expired.pem", "good.key", "ca.pem", TRUE, HOST, "has expired");
  assert_verified ("good.pem", "good.key", NULL, TRUE, HOST, "issuer");
  assert_verified ("own.pem", "own.key", "ca.pem", TRUE, HOST, "self-signed");
  /* Told not to look. */
  assert_verified ("expired.pem", "good.key", NULL, FALSE, "any", NULL);
}

static void
test_bad_files (void)
{
  static const struct {
    const char *certificate;
    const char *key;
    const char *file;
    const char *words;
  } cases[] = {
    { "none.pem", "good.key", "none.pem", "No such file" },
    { "empty.pem", "good.key", "empty.pem", "no start line" },
    { "good.pem", "none.key", "none.key", "No such file" },
    { "good.pem", "good.pem", "good.pem", "" },
    { "good.pem", "own.key", "own.key", "key values mismatch" },
    { "good.pem", "locked.key", "locked.key", "password" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (WeirTlsContext) context =
        certificates_new_server (cases[i].certificate, cases[i].key, &error);

    g_assert_null (context);
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
    if (strstr (error->message, cases[i].file) == NULL
        || strstr (error->message, cases[i].words) == NULL)
      g_error ("case %u: \"%s\"", i, error->message);
  }
}

/* Who has a connection keeps its context, whatever the owner does. */
static void
test_replaced (void)
{
  static const guint8 bytes[] = "still here";
  WeirTlsContext *server =
      certificates_new_server ("good.pem", "good.key", NULL);
  g_autoptr (WeirTlsContext) client = certificates_new_client ("ca.pem", TRUE);
  g_autoptr (Pair) pair = pair_new (server, client, HOST);

  weir_tls_context_unref (server);
  talk (pair, 1000);
  g_assert_true (weir_tls_write (pair->client.tls, bytes, sizeof (bytes)));
  talk (pair, 1000);
  assert_got (&pair->server, bytes, sizeof (bytes));
}

int
main (int argc, char **argv)
{
  static const gsize steps[] = { 1, 2, 5, 333, 16384, 1000000 };
  int status;

  g_test_init (&argc, &argv, NULL);
  certificates_make ();
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autofree char *path =
        g_strdup_printf ("/tls/split/%" G_GSIZE_FORMAT, steps[i]);

    g_test_add_data_func (path, GSIZE_TO_POINTER (steps[i]), test_split);
  }
  g_test_add_func ("/tls/record", test_record);
  g_test_add_func ("/tls/truncated-and-broken", test_truncated_and_broken);
  g_test_add_func ("/tls/strangers", test_strangers);
  g_test_add_func ("/tls/handshake-limit", test_handshake_limit);
  g_test_add_func ("/tls/verification", test_verification);
  g_test_add_func ("/tls/bad-files", test_bad_files);
  g_test_add_func ("/tls/replaced", test_replaced);
  status = g_test_run ();
  certificates_remove ();
  return status;
}
