/* Which callers a port lets try, so that those who do not get through (wrong
 * passphrases, above all) leave room and time for others. Pure; the port's
 * lock is held.
 *
 * Each try costs the port's receive thread some 2 ms, mostly to make a key of
 * the passphrase, and every stream of the port waits meanwhile; and libsrt
 * keeps 1 MB of tables for it (3 MB for one that claims the greatest window,
 * datagrams.h), a second or two longer than the try lasts. So tries that fail
 * are bounded for each address and for all, and give way to addresses of which
 * no try has failed lately. One that does not fail costs nothing.
 *
 * Who has got through waits for the gateway's word, and libsrt keeps what it
 * sends (early.h). An address may have a quarter as many waiting as places
 * are free: so however many ten of them have, others find places. */
#pragma once

#include <glib.h>

/* Callers that the gateway has not let in yet, from the listen callback on. */
#define WEIR_CROWD_MAX_WAITING 256
/* Tries of one address that may fail at once; one more for each time that has
 * passed. */
#define WEIR_CROWD_TRIES 16
#define WEIR_CROWD_TRY_US (1000 * G_GINT64_CONSTANT (1000))
/* The same of all. The other half is for addresses of which none has failed. */
#define WEIR_CROWD_ALL_TRIES 32
#define WEIR_CROWD_ALL_TRY_US (50 * G_GINT64_CONSTANT (1000))

typedef struct _WeirCrowd WeirCrowd;

WeirCrowd *weir_crowd_new (void);
void weir_crowd_free (WeirCrowd *crowd);

/* KEY: weir_address_to_key (). A caller begins a try and waits from now on;
 * FALSE: it may not, and nothing is noted. */
gboolean weir_crowd_enter (WeirCrowd *crowd, const char *key, gint64 now_us);
/* Its try did not fail. */
void weir_crowd_prove (WeirCrowd *crowd, const char *key);
/* It is let in, or gone: it waits no more. */
void weir_crowd_leave (WeirCrowd *crowd, const char *key);

/* Forgets addresses of which there is nothing to know any more. */
void weir_crowd_tidy (WeirCrowd *crowd, gint64 now_us);
guint weir_crowd_count_waiting (const WeirCrowd *crowd);
guint weir_crowd_count_addresses (const WeirCrowd *crowd);
