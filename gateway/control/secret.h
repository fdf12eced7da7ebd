/* Secrets: made here, shown once, kept as hashes. They are 256 bits of the
 * kernel's random numbers, so a fast hash keeps them safe; people's own
 * passwords would need argon2id. */
#pragma once

#include "control/store.h"

/* A new secret of 43 URL-safe characters. Caller frees with
 * weir_secret_free (). */
char *weir_secret_new (void);
void weir_secret_free (char *secret);

/* BLAKE2b-256. */
void
weir_secret_hash (const char *secret, guint8 ret_hash[WEIR_SECRET_HASH_BYTES]);

/* Takes the same time whatever differs. */
gboolean weir_secret_hash_equal (const guint8 a[WEIR_SECRET_HASH_BYTES],
    const guint8 b[WEIR_SECRET_HASH_BYTES]);
