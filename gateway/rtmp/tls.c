/* OpenSSL over bytes in memory. */
#include "rtmp/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/error.h"
#include "core/address.h"

#define RECORD_ALERT 0x15
#define RECORD_HANDSHAKE 0x16

struct _WeirTlsContext {
  guint refs;
  SSL_CTX *ssl_ctx;
  BIO_METHOD *method;
  gboolean key_is_locked; /* a password was asked for */
};

struct _WeirTls {
  WeirTlsContext *context;
  SSL *ssl;
  GByteArray *output;
  const guint8 *input; /* borrowed within _read () */
  gsize input_bytes;
  gsize handshake_bytes;
  gboolean failed;
  char *host; /* NULL on the server's side */
};

/* The reason that OpenSSL gives for the oldest error in its queue, which it
 * empties. A peer's alert is one, too. */
static const char *
take_reason (gboolean *ret_is_alert)
{
  unsigned long code = ERR_get_error ();
  int reason = ERR_GET_REASON (code);
  const char *words = NULL;

  ERR_clear_error ();
  *ret_is_alert = FALSE;
  if (ERR_SYSTEM_ERROR (code))
    return g_strerror (reason);
  if (ERR_GET_LIB (code) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET) {
    *ret_is_alert = TRUE;
    return SSL_alert_desc_string_long (reason - SSL_AD_REASON_OFFSET);
  }
  if (code != 0)
    words = ERR_reason_error_string (code);
  return words != NULL ? words : "unknown error";
}

static int
bio_read (BIO *bio, char *to, size_t room, size_t *ret_n)
{
  WeirTls *tls = BIO_get_data (bio);
  gsize n = MIN (room, tls->input_bytes);

  BIO_clear_retry_flags (bio);
  if (n == 0) {
    BIO_set_retry_read (bio);
    return 0;
  }
  memcpy (to, tls->input, n);
  tls->input += n;
  tls->input_bytes -= n;
  *ret_n = n;
  return 1;
}

/* Takes everything: what may be written at all is bounded by the owner. */
static int
bio_write (BIO *bio, const char *from, size_t size, size_t *ret_n)
{
  WeirTls *tls = BIO_get_data (bio);

  g_byte_array_append (tls->output, (const guint8 *) from, (guint) size);
  *ret_n = size;
  return 1;
}

static long
bio_control (BIO *bio, int command, long number, void *pointer)
{
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static WeirTlsContext *
new_context (const SSL_METHOD *ssl_method)
{
  WeirTlsContext *context = g_new0 (WeirTlsContext, 1);

  context->refs = 1;
  context->ssl_ctx = SSL_CTX_new (ssl_method);
  context->method = BIO_meth_new (BIO_TYPE_MEM, "bytes in memory");
  if (context->ssl_ctx == NULL || context->method == NULL)
    g_error ("out of memory for TLS");
  BIO_meth_set_read_ex (context->method, bio_read);
  BIO_meth_set_write_ex (context->method, bio_write);
  BIO_meth_set_ctrl (context->method, bio_control);
  SSL_CTX_set_min_proto_version (context->ssl_ctx, TLS1_2_VERSION);
  SSL_CTX_set_options (
      context->ssl_ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode (context->ssl_ctx, SSL_MODE_RELEASE_BUFFERS);
  /* Tickets hold a session at the client's; the cache would hold it here. */
  SSL_CTX_set_session_cache_mode (context->ssl_ctx, SSL_SESS_CACHE_OFF);
  return context;
}

WeirTlsContext *
weir_tls_context_ref (WeirTlsContext *context)
{
  context->refs++;
  return context;
}

void
weir_tls_context_unref (WeirTlsContext *context)
{
  if (context == NULL || --context->refs > 0)
    return;
  SSL_CTX_free (context->ssl_ctx);
  BIO_meth_free (context->method);
  g_free (context);
}

static WeirTlsContext *
fail_file (const char *file, GError **error)
{
  gboolean is_alert;

  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG, "%s: %s", file,
      take_reason (&is_alert));
  return NULL;
}

/* Else OpenSSL would ask on the terminal. */
static int
note_password (char *buffer, int size, int writing, void *data)
{
  WeirTlsContext *context = data;

  context->key_is_locked = TRUE;
  return -1;
}

WeirTlsContext *
weir_tls_context_new_server (const char *certificate_file, GError **error)
{
  g_autoptr (WeirTlsContext) context = new_context (TLS_server_method ());

  ERR_clear_error ();
  SSL_CTX_set_default_passwd_cb (context->ssl_ctx, note_password);
  SSL_CTX_set_default_passwd_cb_userdata (context->ssl_ctx, context);
  if (SSL_CTX_use_certificate_chain_file (context->ssl_ctx, certificate_file)
      != 1)
    return fail_file (certificate_file, error);
  return g_steal_pointer (&context);
}

gboolean
weir_tls_context_load_key (
    WeirTlsContext *context, const char *key_file, GError **error)
{
  ERR_clear_error ();
  /* Checks that it belongs to the certificate, too. */
  if (SSL_CTX_use_PrivateKey_file (context->ssl_ctx, key_file, SSL_FILETYPE_PEM)
      == 1)
    return TRUE;
  if (!context->key_is_locked) {
    fail_file (key_file, error);
    return FALSE;
  }
  ERR_clear_error ();
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
      "%s: it has a password; store it without one", key_file);
  return FALSE;
}

WeirTlsContext *
weir_tls_context_new_client (
    const char *ca_file, gboolean verify, GError **error)
{
  g_autoptr (WeirTlsContext) context = new_context (TLS_client_method ());

  ERR_clear_error ();
  if (ca_file != NULL) {
    if (SSL_CTX_load_verify_file (context->ssl_ctx, ca_file) != 1)
      return fail_file (ca_file, error);
  } else if (SSL_CTX_set_default_verify_paths (context->ssl_ctx) != 1) {
    return fail_file ("the system's certificates", error);
  }
  SSL_CTX_set_verify (
      context->ssl_ctx, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  return g_steal_pointer (&context);
}

static WeirTls *
new_filter (WeirTlsContext *context)
{
  WeirTls *tls = g_new0 (WeirTls, 1);
  BIO *bio = BIO_new (context->method);

  tls->context = weir_tls_context_ref (context);
  tls->output = g_byte_array_new ();
  tls->ssl = SSL_new (context->ssl_ctx);
  if (tls->ssl == NULL || bio == NULL)
    g_error ("out of memory for TLS");
  BIO_set_data (bio, tls);
  BIO_set_init (bio, 1);
  SSL_set_bio (tls->ssl, bio, bio);
  return tls;
}

WeirTls *
weir_tls_new_server (WeirTlsContext *context)
{
  WeirTls *tls = new_filter (context);

  SSL_set_accept_state (tls->ssl);
  return tls;
}

WeirTls *
weir_tls_new_client (WeirTlsContext *context, const char *host)
{
  WeirTls *tls = new_filter (context);
  WeirAddress address;
  gboolean named = !weir_address_parse (host, &address);

  tls->host = g_strdup (host);
  if (named) {
    SSL_set_tlsext_host_name (tls->ssl, host);
    SSL_set_hostflags (tls->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host (tls->ssl, host);
  } else {
    X509_VERIFY_PARAM_set1_ip_asc (SSL_get0_param (tls->ssl), host);
  }
  SSL_set_connect_state (tls->ssl);
  ERR_clear_error ();
  SSL_do_handshake (tls->ssl);
  return tls;
}

void
weir_tls_free (WeirTls *tls)
{
  if (tls == NULL)
    return;
  SSL_free (tls->ssl);
  weir_tls_context_unref (tls->context);
  g_byte_array_unref (tls->output);
  g_free (tls->host);
  g_free (tls);
}

gboolean
weir_tls_handshake_done (const WeirTls *tls)
{
  return SSL_is_init_finished (tls->ssl);
}

GByteArray *
weir_tls_get_output (WeirTls *tls)
{
  return tls->output;
}

static const char *
looks_like (guint8 first)
{
  switch (first) {
  case 3:
    return "it looks like RTMP without TLS";
  case 'P':
    return "it looks like HTTP without TLS, or a PROXY header of a proxy that "
           "is not in proxy_from";
  case '\r':
    return "it looks like a PROXY header of a proxy that is not in proxy_from";
  case 'G':
  case 'H':
  case 'O':
    return "it looks like HTTP without TLS";
  default:
    return "it is no TLS";
  }
}

/* OpenSSL says nothing to a peer that speaks something else; an alert shows a
 * person on the other side what this port wants. */
static WeirTlsResult
fail_plain (WeirTls *tls, guint8 first, GError **error)
{
  static const guint8 unexpected_message[] = { RECORD_ALERT, 3, 1, 0, 2, 2,
    SSL_AD_UNEXPECTED_MESSAGE };

  tls->failed = TRUE;
  g_byte_array_append (
      tls->output, unexpected_message, sizeof (unexpected_message));
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
      "TLS: first byte is %u: %s", first, looks_like (first));
  return WEIR_TLS_FAILED;
}

static WeirTlsResult
fail_limit (WeirTls *tls, GError **error)
{
  tls->failed = TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
      "TLS: a handshake of more than %d bytes", WEIR_TLS_MAX_HANDSHAKE_BYTES);
  return WEIR_TLS_FAILED;
}

static WeirTlsResult
fail_ssl (WeirTls *tls, GError **error)
{
  long verdict = SSL_get_verify_result (tls->ssl);
  gboolean is_alert;
  const char *reason = take_reason (&is_alert);

  tls->failed = TRUE;
  if (verdict != X509_V_OK && !is_alert
      && (SSL_get_verify_mode (tls->ssl) & SSL_VERIFY_PEER))
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "TLS: the certificate of %s is not accepted: %s", tls->host,
        X509_verify_cert_error_string (verdict));
  else
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL, "TLS: %s%s",
        is_alert ? "the other side says: " : "", reason);
  return WEIR_TLS_FAILED;
}

WeirTlsResult
weir_tls_read (WeirTls *tls, const guint8 **data, gsize *size, guint8 *plain,
    gsize *ret_n, GError **error)
{
  gboolean handshake = !weir_tls_handshake_done (tls);
  gsize offered = *size;
  gsize n = 0;
  int ok;

  if (handshake && tls->handshake_bytes == 0 && offered > 0
      && **data != RECORD_HANDSHAKE && **data != RECORD_ALERT)
    return fail_plain (tls, **data, error);
  tls->input = *data;
  tls->input_bytes = offered;
  ERR_clear_error ();
  ok = SSL_read_ex (tls->ssl, plain, WEIR_TLS_RECORD_BYTES, &n);
  *data = tls->input;
  *size = tls->input_bytes;
  tls->input = NULL;
  tls->input_bytes = 0;
  if (handshake)
    tls->handshake_bytes += offered - *size;
  if (ok == 1) {
    *ret_n = n;
    return WEIR_TLS_PLAIN;
  }
  switch (SSL_get_error (tls->ssl, ok)) {
  case SSL_ERROR_WANT_READ:
    return !weir_tls_handshake_done (tls)
                   && tls->handshake_bytes > WEIR_TLS_MAX_HANDSHAKE_BYTES
               ? fail_limit (tls, error)
               : WEIR_TLS_MORE;
  case SSL_ERROR_ZERO_RETURN:
    return WEIR_TLS_CLOSED;
  default:
    return fail_ssl (tls, error);
  }
}

gboolean
weir_tls_write (WeirTls *tls, const guint8 *data, gsize size)
{
  gsize n;

  if (tls->failed || !weir_tls_handshake_done (tls))
    return FALSE;
  if (size == 0)
    return TRUE;
  ERR_clear_error ();
  tls->failed = SSL_write_ex (tls->ssl, data, size, &n) != 1;
  return !tls->failed;
}

void
weir_tls_close (WeirTls *tls)
{
  if (tls->failed || !weir_tls_handshake_done (tls))
    return;
  ERR_clear_error ();
  SSL_shutdown (tls->ssl);
}
