/* The banks of one configuration with what their files hold, joined to one
 * list. Does not change after it was loaded, but for the counts of signals,
 * which are the loop thread's; so other threads may read it. */
#pragma once

#include "lists/bank.h"

typedef struct {
  gint refs;
  GPtrArray *banks; /* WeirBank */
  GArray *places;   /* of each entry that is looked for, by id less FIRST_ID */
  guint32 first_id;
  guint radius; /* the greatest of any bank */
} WeirBankSet;

/* Every [bank NAME]; its file's path from BASE_DIR. Its entries have the ids
 * from FIRST_ID on. Any thread. */
WeirBankSet *weir_bank_set_load (const WeirSettings *settings,
    const char *base_dir, guint32 first_id, GError **error);
WeirBankSet *weir_bank_set_ref (WeirBankSet *set);
void weir_bank_set_unref (WeirBankSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirBankSet, weir_bank_set_unref)

/* Whether SETTINGS and the files that they name are those that SET was loaded
 * from. */
gboolean weir_bank_set_is_of (
    const WeirBankSet *set, const WeirSettings *settings, const char *base_dir);

/* NULL without one of that name. */
WeirBank *weir_bank_set_find (const WeirBankSet *set, const char *name);

/* The entry of a file that has ID, or NULL. */
const WeirHashlistEntry *weir_bank_set_get (
    const WeirBankSet *set, guint32 id, const WeirBank **ret_bank);

/* The id behind those of all files' entries. */
guint32 weir_bank_set_end (const WeirBankSet *set);

/* Hashes and ids of the entries of files, in order. RET_HASHES has room for
 * weir_bank_set_end () - FIRST_ID of 32 bytes, RET_IDS for as many. Any
 * thread. */
void weir_bank_set_copy (
    const WeirBankSet *set, guint8 *ret_hashes, guint32 *ret_ids);
