/* What control/ asks about banks and does with them; lists/ implements it.
 * Loop thread. */
#pragma once

#include "control/browse.h"
#include "control/bank-export.h"
#include "control/bank-reading.h"
#include "control/signal.h"
#include "core/policy.h"

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
  guint32 held;              /* of them: the same */
  gint64 changed_ms;         /* the file, or a signal; 0: neither is there */
  guint refused;             /* lines of its file that can't be used */
  const GPtrArray *refusals; /* the first of them, in words */
} WeirBankInfo;

/* What the banks can say which they are, of a bank's file and of its signals
 * each; all are counted. */
#define WEIR_BANKS_MAX_TOLD 1000

/* An entry that is not looked for, as its hash or its quality speaks against
 * it. Borrowed. */
typedef struct {
  const char *entry;
  const guint8 *hash;
  guint quality;
  const char *id; /* the signal's; NULL when it is of the bank's file */
  guint line;     /* of the bank's file; 0 for a signal */
  const char *reason;
  const char *by;  /* who put it in; NULL for one of the file */
  gint64 since_ms; /* put in, or read */
} WeirBankHeld;

/* What a search for several hashes found. */
typedef struct {
  guint32 needle; /* place among them */
  guint32 entry;  /* of the common list */
  guint16 distance;
} WeirBankMatch;
#define WEIR_BANKS_MAX_NEEDLES 256 /* of one search */
#define WEIR_BANKS_MAX_MATCHES 64  /* of one needle; the nearest */

/* MATCHES: by needle, the nearest first. Borrowed. */
typedef void (*WeirBankSearchFunc) (
    const WeirBankMatch *matches, guint n_matches, gpointer data);

typedef void (*WeirBankFunc) (const WeirBankInfo *info, gpointer data);
typedef void (*WeirSignalFunc) (const WeirSignal *signal, gpointer data);
typedef void (*WeirBankHeldFunc) (const WeirBankHeld *held, gpointer data);

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
  /* What about SIGNAL itself keeps it from being looked for, in words; NULL
   * when nothing does. Caller frees. */
  char *(*dup_fault) (const WeirBanks *banks, const WeirSignal *signal);
  /* FALSE when there is no bank of that name. */
  gboolean (*each_held) (const WeirBanks *banks, const char *bank,
      WeirBankHeldFunc func, gpointer data);
  /* The held one whose hash, name or id ENTRY is, as a new signal that wants
   * only release; without an id when it is of the bank's file. NULL when there
   * is none, or when RET_COUNT of different hashes have that name. Of a file
   * those behind the first WEIR_BANKS_MAX_TOLD are found by their hash only. */
  WeirSignal *(*find_held) (const WeirBanks *banks, const char *bank,
      const char *entry, guint *ret_count);
  /* Takes SIGNAL, which analyzers look for from now on, in the place of one
   * with its id. RET_INDEX, which may be
   * NULL, is its number in their list. FALSE when they don't: its bank is not
   * there or not enabled, or it is held. */
  gboolean (*add) (WeirBanks *banks, WeirSignal *signal, guint32 *ret_index);
  void (*remove) (WeirBanks *banks, const char *id);
  /* What the entry of BANK whose name, hash or id ENTRY is is called; NULL when
   * there is none. Of a very long file's entries every name is taken to be one,
   * and hashes are not known. Borrowed, as ENTRY is. */
  const char *(*find_name) (
      const WeirBanks *banks, const char *bank, const char *entry);
  /* The signal with ID is not disabled any more. */
  void (*enable) (WeirBanks *banks, const char *id);
  /* weir_browse (), with what people said in the query. */
  WeirBrowseStart (*browse) (WeirBanks *banks, WeirBrowseQuery *query,
      WeirBrowseFunc func, gpointer data);
  /* READING is read in a thread, and goes to FUNC; it is the banks' until then,
   * and at their end. FALSE when one is being read, or they have stopped. */
  gboolean (*read) (WeirBanks *banks, WeirBankReading *reading,
      WeirBankReadingFunc func, gpointer data);
  /* Signals of all banks. */
  guint32 (*count) (const WeirBanks *banks);
  /* Like add (), but nobody looks for it before let_in (). */
  guint32 (*add_waiting) (WeirBanks *banks, WeirSignal *signal);
  /* All that were put in so are looked for, from one generation on; then FUNC
   * is called, maybe before this returns. */
  void (*let_in) (WeirBanks *banks, WeirBankLetInFunc func, gpointer data);
  /* What was done to a picture that PROBE of it found: for programs, "crop-10",
   * and for people, "cropped by 10 %", "" for the picture as it is. Static. */
  void (*name_probe) (
      guint8 probe, const char **ret_name, const char **ret_text);
  /* Begins to write BANK's entries as a list. FORMAT: csv, text, ndjson or
   * another one that lists are written in. RET_TYPE: its media type, static.
   * NULL when there is no bank of that name or, with RET_WRONG (caller frees),
   * no such format. Must be freed before the banks are. */
  WeirBankExport *(*export_new) (WeirBanks *banks, const char *bank,
      const char *format, WeirBankExportSource source, const char **ret_type,
      char **ret_wrong);
  /* Appends the next part, maybe empty, of some 16 KiB; FALSE behind the
   * last. */
  gboolean (*export_more) (WeirBankExport *exported, GString *to);
  void (*export_free) (WeirBankExport *exported);
} WeirBanksClass;

struct _WeirBanks {
  const WeirBanksClass *klass;
};

/* The same of BANKS, which may be NULL. */
void weir_banks_name_probe (const WeirBanks *banks, guint probe,
    const char **ret_name, const char **ret_text);
