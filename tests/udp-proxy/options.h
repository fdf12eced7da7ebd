/* The arguments of the proxy. */
#pragma once

#include "impairment.h"

typedef enum {
  DIRECTION_UP,   /* from the clients */
  DIRECTION_DOWN, /* to them */
  N_DIRECTIONS,
} Direction;

typedef struct {
  guint16 port; /* to listen on; 0: any */
  char *host;   /* where packets go */
  guint16 to_port;
  guint64 seed;
  ImpairmentSettings impairment[N_DIRECTIONS];
} Options;

extern const char options_help[];

/* ARGS without the program's name, NULL-terminated. The error's words name the
 * argument. RET_OPTIONS is set only on success. */
gboolean
options_parse (const char *const *args, Options *ret_options, GError **error);
void options_clear (Options *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)
