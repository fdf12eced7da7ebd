/* One bank of the configuration with what its file holds. */
#pragma once

#include "control/banks.h"
#include "core/settings.h"
#include "lists/left-out.h"

typedef struct {
  char *name;
  char *source;
  WeirHashlist *list;
  guint radius;
  guint min_quality;
  WeirAction action;
  guint priority;
  gboolean enabled;
  gboolean known_good;
  char *path;            /* of its file; NULL without one */
  gint64 file_stamp;     /* of that file, when it was read */
  gint64 read_ms;        /* when it was read */
  guint32 used;          /* of LIST's entries */
  WeirLeftOut *left_out; /* the others; NULL while it is not enabled */
  guint32 released;      /* of those: lines that count all the same */
  guint32 signals;       /* put in while the gateway runs */
  guint32 held;          /* of those: not looked for, for what they are */
  gint64 changed_ms;     /* the file, or a signal, whichever is later; 0 */
  guint refused;         /* lines of the file that can't be used */
  GPtrArray *refusals;   /* char *: the first of them, in words */
} WeirBank;

/* [bank NAME]; its file's path from BASE_DIR. Broken lines are named in the log
 * and left out. Any thread. */
WeirBank *weir_bank_load (const WeirSettings *settings, const char *base_dir,
    const char *name, GError **error);
/* Whether SETTINGS say of it what they said, and its file has not changed. */
gboolean weir_bank_is_of (
    const WeirBank *bank, const WeirSettings *settings, const char *base_dir);
void weir_bank_free (WeirBank *bank);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirBank, weir_bank_free)

/* Whether SIGNAL is looked for in BANK, which may be NULL. */
gboolean weir_bank_looks_for (const WeirBank *bank, const WeirSignal *signal);
/* What about SIGNAL itself keeps it from being looked for in BANK, which may
 * be NULL, in words; NULL when nothing does. Caller frees. */
char *weir_bank_dup_fault (const WeirBank *bank, const WeirSignal *signal);
/* The same of an entry of its file. */
char *weir_bank_dup_entry_fault (
    const WeirBank *bank, const WeirHashlistEntry *entry);
/* Counts SIGNAL among what BANK, which may be NULL, has: as one more, or as one
 * less. Loop thread. */
void weir_bank_count (WeirBank *bank, const WeirSignal *signal, gboolean more);
