/* One bank of the configuration with what its file holds. */
#pragma once

#include "control/banks.h"
#include "core/settings.h"
#include "hash/hashlist.h"

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
  guint32 used;    /* of LIST's entries */
  guint32 signals; /* put in while the gateway runs */
} WeirBank;

/* [bank NAME]; its file's path from BASE_DIR. Broken lines are named in the log
 * and left out. */
WeirBank *weir_bank_load (const WeirSettings *settings, const char *base_dir,
    const char *name, GError **error);
void weir_bank_free (WeirBank *bank);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirBank, weir_bank_free)
