/* What control/ asks about banks; lists/ loads them. */
#pragma once

#include <glib.h>

typedef struct _WeirBanks WeirBanks;

/* One entry of the common list that analyzers search. Borrowed strings. */
typedef struct {
  const char *bank;
  const char *entry;
  const char *item;
  guint radius;      /* of its bank */
  guint min_quality; /* of its bank */
} WeirBankEntry;

struct _WeirBanks {
  /* FALSE when there is no such entry. */
  gboolean (*get) (const WeirBanks *banks, guint32 index, WeirBankEntry *ret);
};
