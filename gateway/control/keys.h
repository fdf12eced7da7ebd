/* The key table: which secret may publish as what. Loop thread. */
#pragma once

#include "control/control.h"

#define WEIR_KEYS_MAX 100000

/* Takes the loaded keys (elements of LOADED are stolen). */
WeirKeys *weir_keys_new (GPtrArray *loaded);
void weir_keys_free (WeirKeys *keys);

/* The key that lets SECRET publish as APP/NAME, or, with NAME NULL, the one
 * of APP that SECRET itself names. NULL when there is none. Borrowed. */
const WeirKey *weir_keys_check (const WeirKeys *keys, const char *app,
    const char *name, const char *secret);
const WeirKey *weir_keys_get (const WeirKeys *keys, const char *id);
const WeirKey *
weir_keys_find (const WeirKeys *keys, const char *app, const char *name);
guint weir_keys_count (const WeirKeys *keys);
/* Borrowed elements, caller frees the array; by application and name. */
GPtrArray *weir_keys_list (const WeirKeys *keys);
/* Those of PUBLISHER, in no order, or NULL; borrowed. */
const GPtrArray *
weir_keys_of_publisher (const WeirKeys *keys, const char *publisher);

/* KEY is in the table now, or, GONE, will not be any more. */
typedef void (*WeirKeysFunc) (const WeirKey *key, gboolean gone, gpointer data);
void weir_keys_set_watch (WeirKeys *keys, WeirKeysFunc func, gpointer data);

/* Changes of the table in memory; the caller has made them durable. */
void weir_keys_put (WeirKeys *keys, WeirKey *key); /* takes KEY */
void weir_keys_remove (WeirKeys *keys, const char *id);
