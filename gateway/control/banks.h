/* What control/ asks about banks; lists/ loads them. */
#pragma once

#include "core/policy.h"

typedef struct _WeirBanks WeirBanks;

/* One entry of the common list that analyzers search. Borrowed strings. */
typedef struct {
  const char *bank;
  const char *entry;
  const char *item;
  guint radius;      /* of its bank */
  guint min_quality; /* of its bank */
  WeirAction action; /* of its bank, where no policy speaks */
  guint priority;    /* the same */
} WeirBankEntry;

struct _WeirBanks {
  /* FALSE when there is no such entry. */
  gboolean (*get) (const WeirBanks *banks, guint32 index, WeirBankEntry *ret);
};
