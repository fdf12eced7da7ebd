/* A folder of certificates for tests of TLS, made by `openssl`:
 *   ca.pem                 a root
 *   good.pem, good.key     vouched for by it, for CERTIFICATES_HOST,
 *                          192.0.2.1 and 127.0.0.1
 *   expired.pem            the same with good.key, no longer valid
 *   own.pem, own.key       for CERTIFICATES_HOST, vouched for by itself
 *   locked.key             good.key with a password
 *   empty.pem              neither a certificate nor a key */
#pragma once

#include "rtmp/tls.h"

#define CERTIFICATES_HOST "weir.example"

void certificates_make (void);
void certificates_remove (void);

/* Each by the name of its file; NULL with an error. */
WeirTlsContext *certificates_new_server (
    const char *certificate, const char *key, GError **error);
/* CA: NULL for what the system trusts. */
WeirTlsContext *certificates_new_client (const char *ca, gboolean verify);
