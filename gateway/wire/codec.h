/* What the files of the codec share. Not for others. */
#pragma once

#include "base/bytes.h"
#include "wire/wire.h"

/* A block with its length before it in LENGTH_BYTES. Borrowed; NULL when it is
 * longer than LIMIT (with ERROR) or than what is left (the reader has failed).
 */
const guint8 *weir_wire_take_block (WeirReader *r, guint length_bytes,
    gsize limit, gsize *ret_size, GError **error);
/* Longer than LIMIT is a programming error. */
void weir_wire_append_block (GByteArray *out, guint length_bytes, gsize limit,
    const void *data, gsize size);

/* The messages of wire/srt.h. Name is NULL for any other type. Parsing returns
 * FALSE when the reader has failed or with ERROR. */
const char *weir_wire_srt_type_name (WeirWireType type);
gboolean
weir_wire_srt_parse_body (WeirReader *r, WeirWireMessage *m, GError **error);
void weir_wire_srt_write_body (const WeirWireMessage *m, GByteArray *out);

/* The same for those of wire/slate.h. Only for its types. */
const char *weir_wire_slate_type_name (WeirWireType type);
gboolean
weir_wire_slate_parse_body (WeirReader *r, WeirWireMessage *m, GError **error);
void weir_wire_slate_write_body (const WeirWireMessage *m, GByteArray *out);
