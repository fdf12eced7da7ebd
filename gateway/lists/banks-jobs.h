/* What threads do for the banks: read files, make generations of the index, and
 * search them. */
#pragma once

#include "base/loop.h"
#include "hash/index-build.h"
#include "lists/bank-set.h"

/* Signals that fit into a generation before the next one is built: scanning so
 * many costs a tenth of a millisecond. */
#define WEIR_BANKS_MIN_CAPACITY 65536u

/* What a generation is made of, and the generation. */
typedef struct {
  WeirBankSet *set;
  guint8 *hashes; /* of signals that are looked for, 32 bytes each */
  guint32 *ids;   /* rise, behind those of SET */
  guint32 count;
  guint32 next_live; /* the maker's */
  /* Where what the generation is built of is kept: then that is SET alone, and
   * signals, which change too often, are in its delta. Else NULL. */
  char *saved_path;
  gboolean taken; /* it was there */
  WeirIndexWriter *writer;
  int fd; /* -1 before it is made, or with ERROR */
  GError *error;
} WeirBanksBuild;

/* At once. Any thread. */
void weir_banks_build_make (WeirBanksBuild *build);
/* In a thread; BUILD goes into MAILBOX, which must have room for it. */
GThread *weir_banks_build_start (WeirBanksBuild *build, WeirMailbox *mailbox);
void weir_banks_build_free (gpointer build);

/* A set of banks that a thread reads. */
typedef struct {
  const WeirSettings *settings;
  char *base_dir;
  guint32 first_id;
  WeirBankSet *set; /* NULL with ERROR */
  GError *error;
} WeirBanksRead;

/* See weir_bank_set_load (). SETTINGS must stay until the thread has ended. A
 * WeirBanksRead goes into MAILBOX, which must have room for it. */
GThread *weir_banks_read_start (const WeirSettings *settings,
    const char *base_dir, guint32 first_id, WeirMailbox *mailbox);
void weir_banks_read_free (gpointer read);

/* One search at a time, in a thread of its own. Loop thread. */
typedef struct _WeirBanksSearch WeirBanksSearch;

WeirBanksSearch *weir_banks_search_new (WeirLoop *loop);
/* Waits for the thread; nobody is called any more. NULL is fine. */
void weir_banks_search_free (WeirBanksSearch *search);

/* In the generation that FD is of, which stays the caller's, within RADIUS: see
 * weir_banks_search (). FALSE while it searches, or when the file can't be
 * mapped. */
gboolean
weir_banks_search_begin (WeirBanksSearch *search, int fd, const guint8 *hashes,
    guint count, guint radius, WeirBankSearchFunc func, gpointer data);
