/* One error domain for the cold paths. Texts are for people: they say which
 * object, what is wrong with it and, where there is one, the limit crossed.
 * Prefix them level by level with g_prefix_error () so that they read as a
 * path. */
#pragma once

#include <glib.h>

#define WEIR_ERROR (weir_error_quark ())
GQuark weir_error_quark (void);

typedef enum {
  WEIR_ERROR_FAILED,
  WEIR_ERROR_CONFIG,   /* a setting: file, section, key and why */
  WEIR_ERROR_PROTOCOL, /* bytes from outside break their specification */
  WEIR_ERROR_LIMIT,    /* a named limit was crossed */
  WEIR_ERROR_DENIED,   /* no right to do this */
  WEIR_ERROR_NOT_FOUND,
  WEIR_ERROR_CONFLICT,    /* the name is taken, the state does not allow it */
  WEIR_ERROR_NOT_DURABLE, /* could not be stored */
} WeirError;
