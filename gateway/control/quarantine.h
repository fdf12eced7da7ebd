/* A quarantine: an entry of a bank whose matches are passed over, since it
 * fires everywhere or somebody said so; or one that a person lifted. Kept in
 * the store. Plain record. */
#pragma once

#include <glib.h>

typedef struct {
  char *id; /* weir_quarantine_dup_id () */
  char *bank;
  char *entry;  /* its name for people */
  char *reason; /* in words */
  char *by;     /* who did it, for people */
  char *note;   /* of who lifted it; "" */
  gint64 since_ms;
  gint64 released_ms; /* 0: in effect */
} WeirQuarantine;

WeirQuarantine *weir_quarantine_new (const char *bank, const char *entry,
    const char *reason, const char *by, gint64 since_ms);
void weir_quarantine_free (WeirQuarantine *quarantine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirQuarantine, weir_quarantine_free)
WeirQuarantine *weir_quarantine_copy (const WeirQuarantine *quarantine);
char *weir_quarantine_dup_id (const char *bank, const char *entry);
