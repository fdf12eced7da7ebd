/* Fuzzes gateway/wire/wire.c, slate.c and srt.c with a stream of frames. What
 * parses must write back to the same bytes. */
#include <stdint.h>
#include <string.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
count_units (const WeirWireMessage *m)
{
  gsize at = 0, size;
  guint n = 0;

  if (m->type != WEIR_WIRE_SLATE)
    return;
  while (weir_wire_next_unit (&m->slate, &at, &size) != NULL)
    n++;
  g_assert_cmpuint (n, ==, m->slate.n_units);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  while (size >= WEIR_WIRE_HEADER_BYTES) {
    g_autoptr (GByteArray) again = NULL;
    WeirWireMessage m;
    WeirWireType type;
    guint32 payload;

    if (!weir_wire_parse_header (data, &payload, &type, NULL))
      break;
    if (payload > size - WEIR_WIRE_HEADER_BYTES)
      payload = (guint32) (size - WEIR_WIRE_HEADER_BYTES);
    if (weir_wire_parse (
            type, data + WEIR_WIRE_HEADER_BYTES, payload, &m, NULL)) {
      again = g_byte_array_new ();
      weir_wire_write (&m, again);
      g_assert_cmpuint (again->len, ==, WEIR_WIRE_HEADER_BYTES + payload);
      count_units (&m);
      g_assert_true (memcmp (again->data + WEIR_WIRE_HEADER_BYTES,
                         data + WEIR_WIRE_HEADER_BYTES, payload)
                     == 0);
    }
    data += WEIR_WIRE_HEADER_BYTES + payload;
    size -= WEIR_WIRE_HEADER_BYTES + payload;
  }
  return 0;
}
