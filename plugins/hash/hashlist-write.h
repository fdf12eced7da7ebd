/* Writes lists of PDQ hashes in the forms that hashlist.h reads. Hex digits are
 * lower case. What a form has no place for is left out:
 *
 *   lines, pdq   everything but the hash
 *   csv          nothing; and it has the id that a running gateway knows an
 *                entry by, "" without one, which is not read again
 *   tx           everything but hash, label, owner and opinion
 *   vpdq         everything but hash, quality and the seconds in
 * "FILE@SECONDS"; vpdq-json    meant for the pictures of one file */
#pragma once

#include "hash/hashlist.h"

typedef enum {
  WEIR_HASHLIST_FORM_LINES,
  WEIR_HASHLIST_FORM_PDQ,
  WEIR_HASHLIST_FORM_CSV,
  WEIR_HASHLIST_FORM_TX,
  WEIR_HASHLIST_FORM_VPDQ,
  WEIR_HASHLIST_FORM_VPDQ_JSON,
  WEIR_HASHLIST_FORMS
} WeirHashlistForm;

/* "lines", "pdq", "csv", "tx", "vpdq", "vpdq-json"; ends with NULL. */
const char *const *weir_hashlist_form_names (void);
/* FALSE for a name that is none. */
gboolean weir_hashlist_form_parse (const char *name, WeirHashlistForm *ret);

/* A whole list is its head, entries with their PLACE from 0 on, and its tail,
 * appended to TO. */
void weir_hashlist_write_head (GString *to, WeirHashlistForm form);
void weir_hashlist_write_entry (GString *to, WeirHashlistForm form,
    guint32 place, const WeirHashlistEntry *entry, const char *id);
void weir_hashlist_write_tail (GString *to, WeirHashlistForm form);
