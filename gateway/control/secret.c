/* Secrets and their hashes, by libsodium. */
#include "control/secret.h"

#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT (WEIR_SECRET_HASH_BYTES == crypto_generichash_BYTES);

char *
weir_secret_new (void)
{
  guint8 random[32];
  gsize size = sodium_base64_ENCODED_LEN (
      sizeof random, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  char *secret = g_malloc (size);

  if (sodium_init () < 0)
    g_error ("libsodium can't be initialised");
  randombytes_buf (random, sizeof random);
  sodium_bin2base64 (secret, size, random, sizeof random,
      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  sodium_memzero (random, sizeof random);
  return secret;
}

void
weir_secret_free (char *secret)
{
  if (secret == NULL)
    return;
  sodium_memzero (secret, strlen (secret));
  g_free (secret);
}

void
weir_secret_hash (const char *secret, guint8 ret_hash[WEIR_SECRET_HASH_BYTES])
{
  crypto_generichash (ret_hash, WEIR_SECRET_HASH_BYTES, (const guint8 *) secret,
      strlen (secret), NULL, 0);
}

gboolean
weir_secret_hash_equal (const guint8 a[WEIR_SECRET_HASH_BYTES],
    const guint8 b[WEIR_SECRET_HASH_BYTES])
{
  return sodium_memcmp (a, b, WEIR_SECRET_HASH_BYTES) == 0;
}
