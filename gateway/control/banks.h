/* What control/ asks about banks and does with them; lists/ implements it.
 * Loop thread. */
#pragma once

#include "control/signal.h"
#include "core/policy.h"

typedef struct _WeirBanks WeirBanks;

/* One entry of the common list that analyzers search. Borrowed strings. */
typedef struct {
  const char *bank;
  const char *entry;
  const char *item;
  guint radius;        /* of its bank */
  guint min_quality;   /* of its bank */
  WeirAction action;   /* of its bank, where no policy speaks */
  guint priority;      /* the same */
  gboolean known_good; /* what it matches is not flagged */
} WeirBankEntry;

typedef struct {
  const char *name;
  const char *source;
  gboolean enabled;
  gboolean known_good;
  guint radius;
  guint min_quality;
  WeirAction action;
  guint priority;
  guint32 in_file;  /* entries of its file */
  guint32 left_out; /* of them: of low quality, or of no picture */
  guint32 signals;
  gint64 changed_ms;         /* the file, or a signal; 0: neither is there */
  guint refused;             /* lines of its file that can't be used */
  const GPtrArray *refusals; /* the first of them, in words */
} WeirBankInfo;

typedef void (*WeirBankFunc) (const WeirBankInfo *info, gpointer data);
typedef void (*WeirSignalFunc) (const WeirSignal *signal, gpointer data);

typedef struct {
  /* FALSE when there is no such entry, or it counts for nothing at the
   * moment. */
  gboolean (*get) (const WeirBanks *banks, guint32 index, WeirBankEntry *ret);
  void (*each) (const WeirBanks *banks, WeirBankFunc func, gpointer data);
  /* FALSE when there is no bank of that name. */
  gboolean (*each_signal) (const WeirBanks *banks, const char *bank,
      WeirSignalFunc func, gpointer data);
  gboolean (*has) (const WeirBanks *banks, const char *bank);
  const WeirSignal *(*find) (const WeirBanks *banks, const char *id);
  /* The same hash in the same bank. */
  const WeirSignal *(*find_same) (
      const WeirBanks *banks, const WeirSignal *signal);
  /* Why what has this hash is not looked for; NULL when it is. */
  const char *(*quarantine) (
      const guint8 hash[WEIR_SIGNAL_HASH_BYTES], guint quality);
  /* Takes SIGNAL, which analyzers look for from now on. RET_INDEX, which may be
   * NULL, is its number in their list. FALSE when they don't: its bank is not
   * there or not enabled, or it is quarantined. */
  gboolean (*add) (WeirBanks *banks, WeirSignal *signal, guint32 *ret_index);
  void (*remove) (WeirBanks *banks, const char *id);
} WeirBanksClass;

struct _WeirBanks {
  const WeirBanksClass *klass;
};
