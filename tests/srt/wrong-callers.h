/* Callers of libsrt itself, from several addresses, that are to be refused each
 * for another reason: a wrong passphrase or none (live/in), a key
 * (live/keys), a mode, a stream id that says nothing. In a file of its own,
 * since the fixture has names that libsrt has. */
#pragma once

#include <glib.h>

typedef struct _WrongCallers WrongCallers;

/* At most MAX, to PORT. */
WrongCallers *wrong_callers_new (guint16 port, guint max);
void wrong_callers_free (WrongCallers *callers);

/* One more. */
void wrong_callers_call (WrongCallers *callers);
guint wrong_callers_count (const WrongCallers *callers);
/* Whether all that have called are refused. Nobody may be let in. */
gboolean wrong_callers_are_refused (WrongCallers *callers);
