/* Rewrites the ids in parameter sets and slice headers. */
#include "programs/muxer/renumber.h"

#include "core/bits.h"

/* Where the ids are: so many bits behind the beginning, and so many
 * exp-Golomb codes behind those. */
typedef struct {
  guint skip_bits;
  guint skip_codes;
  guint ids;
} Place;

/* ITU-T H.264, 7.3.2.1, 7.3.2.2, 7.3.3. */
static Place
find_h264 (guint8 header)
{
  switch (header & 31) {
  case 1:
  case 5:
    return (Place){ 8, 2, 1 };
  case 7:
    return (Place){ 8 + 24, 0, 1 };
  case 8:
    return (Place){ 8, 0, 2 };
  default:
    return (Place){ 0 };
  }
}

/* ITU-T H.265, 7.3.2.2 with one sub-layer, 7.3.2.3, 7.3.6.1. */
static Place
find_hevc (guint8 header)
{
  guint type = header >> 1 & 63;

  if (type == 33)
    return (Place){ 16 + 8 + 96, 0, 1 };
  if (type == 34)
    return (Place){ 16, 0, 2 };
  if (type < 32)
    return (Place){ type >= 16 && type <= 23 ? 16 + 2 : 16 + 1, 0, 1 };
  return (Place){ 0 };
}

typedef struct {
  GByteArray *bytes;
  guint used; /* bits of the last byte; 0: it is full */
} BitWriter;

static void
put_bit (BitWriter *w, guint bit)
{
  const guint8 zero = 0;

  if (w->used == 0)
    g_byte_array_append (w->bytes, &zero, 1);
  w->bytes->data[w->bytes->len - 1] |= (guint8) (bit << (7 - w->used));
  w->used = (w->used + 1) % 8;
}

static void
copy_bits (WeirBits *b, BitWriter *w, gsize n)
{
  while (n-- > 0 && !b->failed)
    put_bit (w, weir_bits_flag (b));
}

static void
put_id (BitWriter *w)
{
  for (int i = 8; i >= 0; i--)
    put_bit (w, (WEIR_RENUMBER_ID + 1) >> i & 1);
}

/* Without the bytes that keep start codes out. */
static GByteArray *
unescape (const guint8 *nal, gsize size)
{
  GByteArray *bytes = g_byte_array_sized_new ((guint) size);
  guint zeros = 0;

  for (gsize i = 0; i < size; i++) {
    if (zeros >= 2 && nal[i] == 3) {
      zeros = 0;
      continue;
    }
    zeros = nal[i] == 0 ? zeros + 1 : 0;
    g_byte_array_append (bytes, &nal[i], 1);
  }
  return bytes;
}

static void
append_escaped (GByteArray *out, const GByteArray *bytes)
{
  const guint8 three = 3;
  guint zeros = 0;

  for (guint i = 0; i < bytes->len; i++) {
    if (zeros >= 2 && bytes->data[i] <= 3) {
      g_byte_array_append (out, &three, 1);
      zeros = 0;
    }
    zeros = bytes->data[i] == 0 ? zeros + 1 : 0;
    g_byte_array_append (out, &bytes->data[i], 1);
  }
}

static gboolean
append_nal (WeirCodec codec, const guint8 *nal, gsize size, GByteArray *out)
{
  static const guint8 start_code[] = { 0, 0, 0, 1 };
  Place place =
      codec == WEIR_CODEC_H264 ? find_h264 (nal[0]) : find_hevc (nal[0]);
  g_autoptr (GByteArray) before = unescape (nal, size);
  g_autoptr (GByteArray) after = g_byte_array_new ();
  BitWriter w = { after, 0 };
  WeirBits b;

  weir_bits_init (&b, before->data, before->len);
  copy_bits (&b, &w, place.skip_bits);
  for (guint i = 0; i < place.skip_codes; i++) {
    WeirBits from = b;

    weir_bits_ue (&b);
    copy_bits (&from, &w, b.at - from.at);
  }
  for (guint i = 0; i < place.ids; i++) {
    if (weir_bits_ue_max (&b, 0) != 0 || b.failed)
      return FALSE;
    put_id (&w);
  }
  copy_bits (&b, &w, b.bits - b.at);
  g_byte_array_append (out, start_code, sizeof start_code);
  append_escaped (out, after);
  return !b.failed;
}

/* The next start code at or behind AT; SIZE when there is none. */
static gsize
find_start (const guint8 *unit, gsize size, gsize at)
{
  for (; at + 3 <= size; at++)
    if (unit[at] == 0 && unit[at + 1] == 0 && unit[at + 2] == 1)
      return at;
  return size;
}

gboolean
weir_renumber (WeirCodec codec, const guint8 *unit, gsize size, GByteArray *out)
{
  gsize at = find_start (unit, size, 0);

  if (at == size)
    return FALSE;
  while (at < size) {
    gsize next = find_start (unit, size, at + 3), end = next;

    while (end > at + 3 && unit[end - 1] == 0)
      end--;
    if (end < at + 3 + 2
        || !append_nal (codec, unit + at + 3, end - at - 3, out))
      return FALSE;
    at = next;
  }
  return TRUE;
}
