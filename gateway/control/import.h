/* A list that is put into a bank while the gateway runs, whole or not at all:
 * its bytes come from outside into a file that only this process has, a thread
 * reads it, what is new is stored in one transaction, and analyzers look for
 * all of it from one generation of the index on. What ends before the store has
 * it leaves nothing; what is stored is whole at the next start, whatever
 * happens then.
 *
 * One at a time. Loop thread. */
#pragma once

#include "control/commands.h"

/* A list must have arrived within so long. */
#define WEIR_IMPORT_ARRIVAL_MS 600000

typedef struct _WeirImport WeirImport;

/* SIZE bytes are going to be written. SOURCE: what the list is called, "" when
 * nobody said. NULL when FUNC was called with what speaks against it:
 * not_allowed, not_found, bad_request, too_large, or busy while another one is
 * under way. Else FUNC is called once, at the end. */
WeirImport *weir_import_begin (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *source, guint64 size, WeirResultFunc func,
    gpointer data);
/* FALSE when it failed: FUNC was called, and IMPORT is gone. */
gboolean weir_import_write (WeirImport *import, const guint8 *data, gsize size);
/* All of it was written. */
void weir_import_end (WeirImport *import);
/* Nobody waits for the answer: FUNC is called at once. What is not yet with
 * the store is dropped. */
void weir_import_give_up (WeirImport *import);

/* How far the one that is under way has got: a JSON object; NULL when there is
 * no bank of this name. Caller owns. */
json_t *weir_import_describe (const WeirControl *control, const char *bank);

/* At the end of the gateway. NULL is fine. */
void weir_import_free (WeirImport *import);
