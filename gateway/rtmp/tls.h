/* TLS as a filter that knows no socket: ciphertext in, plaintext out;
 * plaintext in, ciphertext out. TLS 1.2 and above, no renegotiation, no
 * compression, no client certificates. One thread for a context and all its
 * filters. */
#pragma once

#include <glib.h>

/* Plaintext of one record, the most that one _read () gives. */
#define WEIR_TLS_RECORD_BYTES (16 * 1024)
/* What the peer may send until the handshake is done. */
#define WEIR_TLS_MAX_HANDSHAKE_BYTES (64 * 1024)

/* Certificates and what to trust; filters keep theirs when the owner replaces
 * its own. */
typedef struct _WeirTlsContext WeirTlsContext;

/* CERTIFICATE_FILE: the server's certificate in PEM, followed by those that
 * lead to its root. It needs its key before it is used. NULL with
 * WEIR_ERROR_CONFIG and words that name the file. */
WeirTlsContext *
weir_tls_context_new_server (const char *certificate_file, GError **error);
/* KEY_FILE: the certificate's private key in PEM, without a password. */
gboolean weir_tls_context_load_key (
    WeirTlsContext *context, const char *key_file, GError **error);
/* CA_FILE: trusted roots in PEM instead of the system's; NULL: the system's.
 * VERIFY: the server's certificate must be valid for the host. */
WeirTlsContext *weir_tls_context_new_client (
    const char *ca_file, gboolean verify, GError **error);
WeirTlsContext *weir_tls_context_ref (WeirTlsContext *context);
void weir_tls_context_unref (WeirTlsContext *context); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirTlsContext, weir_tls_context_unref)

typedef struct _WeirTls WeirTls;

WeirTls *weir_tls_new_server (WeirTlsContext *context);
/* HOST: name or address that the certificate must be for; a name is also sent
 * to the server (SNI). The first handshake message is in the output. */
WeirTls *weir_tls_new_client (WeirTlsContext *context, const char *host);
void weir_tls_free (WeirTls *tls);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirTls, weir_tls_free)

typedef enum {
  WEIR_TLS_MORE,   /* everything consumed */
  WEIR_TLS_PLAIN,  /* RET_N bytes of plaintext */
  WEIR_TLS_CLOSED, /* the peer said that it sends nothing more */
  WEIR_TLS_FAILED, /* an alert may be in the output */
} WeirTlsResult;

/* Consumes ciphertext from *DATA, *SIZE and writes plaintext to PLAIN, which
 * has room for WEIR_TLS_RECORD_BYTES. Call until MORE; not after CLOSED or
 * FAILED, which sets WEIR_ERROR_PROTOCOL or WEIR_ERROR_LIMIT. */
WeirTlsResult weir_tls_read (WeirTls *tls, const guint8 **data, gsize *size,
    guint8 *plain, gsize *ret_n, GError **error);
gboolean weir_tls_handshake_done (const WeirTls *tls);

/* Encrypts all of DATA into the output. FALSE before the handshake is done
 * and after a failure: then nothing can be said. */
gboolean weir_tls_write (WeirTls *tls, const guint8 *data, gsize size);
/* Nothing more will be written: close_notify, if anything can be said. */
void weir_tls_close (WeirTls *tls);

/* Ciphertext to be sent: the caller removes what it has written. */
GByteArray *weir_tls_get_output (WeirTls *tls);
