/* A quarantine: an entry of a bank whose matches are passed over, since it
 * fires everywhere or somebody said so, maybe for a time; or one that a person
 * lifted. Kept in the store. Plain record. */
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
  gint64 released_ms; /* 0: in effect, until it ends */
  gint64 until_ms;    /* ends by itself; 0: never */
} WeirQuarantine;

WeirQuarantine *weir_quarantine_new (const char *bank, const char *entry,
    const char *reason, const char *by, gint64 since_ms);
void weir_quarantine_free (WeirQuarantine *quarantine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirQuarantine, weir_quarantine_free)
WeirQuarantine *weir_quarantine_copy (const WeirQuarantine *quarantine);
gboolean
weir_quarantine_is_in_effect (const WeirQuarantine *quarantine, gint64 now_ms);
char *weir_quarantine_dup_id (const char *bank, const char *entry);
