/* Records of CSV (RFC 4180) in memory, as slices of the text: nothing is copied
 * but fields with doubled quotes. */
#pragma once

#include <glib.h>

#define WEIR_CSV_MAX_RECORD_BYTES 4096u
#define WEIR_CSV_MAX_FIELDS 64u

typedef struct {
  const char *text; /* not NUL-terminated */
  gsize size;
} WeirSlice;

typedef struct {
  const char *start;
  const char *at;
  const char *end;
  guint line;        /* where the next record begins, from 1 */
  guint record_line; /* where the current one began */
  const char *record_start;
  WeirSlice fields[WEIR_CSV_MAX_FIELDS]; /* without spaces around */
  guint n_fields;
  char unquoted[WEIR_CSV_MAX_RECORD_BYTES];
  gsize n_unquoted;
} WeirCsvReader;

void weir_csv_reader_init (WeirCsvReader *reader, const char *text, gsize size);

/* The next record that is not empty and does not begin with '#'; TRUE with
 * n_fields 0 at the end. Errors are in WEIR_HASH_ERROR and name the line; after
 * one, weir_csv_reader_skip () goes on with the line behind that the record
 * began on. */
gboolean weir_csv_reader_next (WeirCsvReader *reader, GError **error);
void weir_csv_reader_skip (WeirCsvReader *reader);

gboolean weir_csv_fail (const WeirCsvReader *reader, int code, GError **error,
    const char *format, ...) G_GNUC_PRINTF (4, 5);
gboolean weir_slice_is (WeirSlice slice, const char *word); /* of either case */
/* A whole number of at most 9 digits from 0 to MAX. */
gboolean weir_slice_to_uint (WeirSlice slice, guint max, guint *ret);
WeirSlice weir_slice_strip (WeirSlice slice);
