/* What the files of banks share. Loop thread. */
#pragma once

#include "lists/banks-jobs.h"
#include "lists/banks.h"
#include "lists/saved-index.h"

typedef struct {
  WeirSignal *signal; /* NULL: taken out */
  WeirBank *bank;     /* NULL: not looked for */
  gboolean waits;     /* of an import that is not let in yet */
} Live;

typedef struct {
  WeirBanks parent;
  WeirBankSet *set;
  WeirBankSet *before; /* what hits under way may still name; or NULL */
  WeirTimer *forget;   /* lets it go */
  GPtrArray *lives;    /* Live, by id less the set's end */
  GHashTable *by_id;   /* a signal's id: its place in LIVES + 1 */
  GHashTable *by_hash; /* its bank and hash: the same */

  WeirLoop *loop;
  WeirIndexWriter *writer; /* NULL before the start */
  int fd;
  GThread *thread;      /* builds the next generation */
  GArray *taken_out;    /* places in LIVES, since it began */
  WeirMailbox *mailbox; /* WeirBanksBuild */
  WeirSavedIndex *save; /* NULL: what is built is not kept */
  WeirBanksGenerationFunc on_generation;
  gpointer data;

  GThread *loader;     /* loads the next set */
  WeirMailbox *loaded; /* WeirBanksRead */
  WeirBankSet *next;   /* loaded, waits for THREAD or is being built */
  WeirBanksSearch *search;
  WeirBanksReloadFunc on_reloaded;
  gpointer reload_data;
  struct _WeirBrowser *browser; /* between start and stop */

  /* An import. */
  GThread *reader;   /* reads the list */
  WeirMailbox *read; /* WeirBankReading */
  WeirBankReadingFunc on_read;
  gpointer read_data;
  guint n_waiting;
  guint first_waiting;         /* place in LIVES */
  WeirBankLetInFunc on_let_in; /* NULL: nobody asks */
  gpointer let_in_data;
  gboolean letting_in; /* THREAD builds the generation that has them */
} Banks;

/* Of banks.c. */
void weir_banks_begin_build (Banks *banks, WeirBankSet *set);
Live *weir_banks_keep (Banks *banks, WeirSignal *signal);

/* For WeirBanksClass. */
const WeirSignal *
weir_banks_find_same (const WeirBanks *banks, const WeirSignal *signal);
char *weir_banks_dup_fault (const WeirBanks *banks, const WeirSignal *signal);
gboolean weir_banks_each_held (const WeirBanks *banks, const char *bank,
    WeirBankHeldFunc func, gpointer data);
const char *weir_banks_find_name (
    const WeirBanks *banks, const char *bank, const char *entry);
WeirSignal *weir_banks_find_held (const WeirBanks *banks, const char *bank,
    const char *entry, guint *ret_count);

/* Of banks-import.c, for WeirBanksClass. */
gboolean weir_banks_read (WeirBanks *base, WeirBankReading *reading,
    WeirBankReadingFunc func, gpointer data);
guint32 weir_banks_count_signals (const WeirBanks *base);
guint32 weir_banks_add_waiting (WeirBanks *base, WeirSignal *signal);
void weir_banks_let_in (WeirBanks *base, WeirBankLetInFunc func, gpointer data);

/* Between these imports are possible. */
void weir_banks_imports_start (Banks *banks);
void weir_banks_imports_stop (Banks *banks);
/* THREAD is free: what waits for it is let in. */
void weir_banks_imports_go_on (Banks *banks);
/* The generation of what was let in is there, or, with ERROR, it isn't. */
void weir_banks_imports_end (Banks *banks, const GError *error);
