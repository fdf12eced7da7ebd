/* Wrong keys by the address that they came from, and the lock-outs that they
 * lead to, by the settings of the application ([rtmp] lockout_…). ADDRESS is
 * a publisher's address_key; NULL counts nowhere. Loop thread. */
#pragma once

#include "control/control.h"

typedef struct _WeirWrongKeys WeirWrongKeys;

WeirWrongKeys *weir_wrong_keys_new (WeirControl *control);
void weir_wrong_keys_free (WeirWrongKeys *wrong_keys);

/* ADDRESS is locked out until OUT_UNTIL_US from now on. */
typedef void (*WeirLockedOutFunc) (
    const char *address, gint64 out_until_us, gpointer data);
void weir_wrong_keys_set_watch (
    WeirWrongKeys *wrong_keys, WeirLockedOutFunc func, gpointer data);

gboolean weir_wrong_keys_is_out (
    const WeirWrongKeys *wrong_keys, const char *app, const char *address);
/* A wrong key came from ADDRESS. */
void weir_wrong_keys_note (
    WeirWrongKeys *wrong_keys, const char *app, const char *address);
/* A right one did: what was wrong before is forgotten. */
void weir_wrong_keys_forget (WeirWrongKeys *wrong_keys, const char *address);
guint weir_wrong_keys_count_out (const WeirWrongKeys *wrong_keys);
