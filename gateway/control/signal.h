/* A signal: an entry of a bank that was put in while the gateway runs, by a
 * person or a program. It is kept in the store; entries from a bank's file are
 * not. Plain records. */
#pragma once

#include <glib.h>

#define WEIR_SIGNAL_HASH_BYTES 32

typedef struct {
  char *id;
  char *bank;
  guint8 hash[WEIR_SIGNAL_HASH_BYTES]; /* PDQ, in the order of its text */
  guint quality;                       /* 0 to 100 */
  char *entry;                         /* its name for people */
  char *item;                          /* what entries belong together */
  char *label;                         /* "" without one, as the following */
  char *owner;
  char *opinion; /* positive, negative, investigation, disputed */
  char *note;
  gint64 disable_until_ms; /* matches nothing before; 0: never disabled */
  gint64 created_ms;
  char *by; /* who put it in, for people */
  /* It counts although its hash or its quality speaks against it, since a
   * person said so; 0: nobody did, and the texts may be NULL. */
  gint64 released_ms;
  char *released_by;
  char *release_note;
  gboolean of_file; /* released from its bank's file, and only counts while that
                       leaves it out */
} WeirSignal;

void weir_signal_free (WeirSignal *signal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirSignal, weir_signal_free)
WeirSignal *weir_signal_copy (const WeirSignal *signal);

/* 64 hex digits of either case; FALSE, RET_HASH untouched, for others. */
gboolean weir_signal_parse_hash (
    const char *text, guint8 ret_hash[WEIR_SIGNAL_HASH_BYTES]);
/* Lower case. Caller frees. */
char *weir_signal_dup_hex (const guint8 hash[WEIR_SIGNAL_HASH_BYTES]);
