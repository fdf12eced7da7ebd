/* Errors of the lists and the index. Texts are for people. */
#pragma once

#include <glib.h>

#define WEIR_HASH_ERROR (weir_hash_error_quark ())
GQuark weir_hash_error_quark (void);

typedef enum {
  WEIR_HASH_ERROR_BROKEN, /* the bytes are not what they should be */
  WEIR_HASH_ERROR_LIMIT,  /* a named limit was crossed */
  WEIR_HASH_ERROR_SYSTEM, /* the kernel said no; errno's text is in it */
} WeirHashError;
