/* Bounded reading of bits, for parameter sets and headers that strangers
 * wrote. As with WeirReader, the first read past the end fails for good, so
 * that a parser may check once at the end. */
#pragma once

#include <glib.h>

typedef struct {
  const guint8 *data;
  gsize bits;
  gsize at;
  gboolean failed;
} WeirBits;

static inline void
weir_bits_init (WeirBits *b, const guint8 *data, gsize size)
{
  *b = (WeirBits){ .data = data, .bits = size * 8 };
}

static inline guint
weir_bits_flag (WeirBits *b)
{
  guint v;

  if (b->failed || b->at >= b->bits) {
    b->failed = TRUE;
    return 0;
  }
  v = b->data[b->at / 8] >> (7 - b->at % 8) & 1;
  b->at++;
  return v;
}

/* N ≤ 32. */
static inline guint32
weir_bits_uint (WeirBits *b, guint n)
{
  guint32 v = 0;

  while (n-- > 0)
    v = v << 1 | weir_bits_flag (b);
  return v;
}

static inline void
weir_bits_skip (WeirBits *b, gsize n)
{
  if (b->failed || b->bits - b->at < n)
    b->failed = TRUE;
  else
    b->at += n;
}

/* Unsigned exp-Golomb (ITU-T H.264 and H.265, 9.1 and 9.2), below 2^32 - 1. */
static inline guint32
weir_bits_ue (WeirBits *b)
{
  guint zeros = 0;

  while (!b->failed && weir_bits_flag (b) == 0)
    if (++zeros > 31)
      b->failed = TRUE;
  return b->failed ? 0 : (1u << zeros) - 1 + weir_bits_uint (b, zeros);
}

/* One that the specification bounds by MAX: more is a failure. */
static inline guint32
weir_bits_ue_max (WeirBits *b, guint32 max)
{
  guint32 v = weir_bits_ue (b);

  if (v > max)
    b->failed = TRUE;
  return b->failed ? 0 : v;
}

static inline gint32
weir_bits_se (WeirBits *b)
{
  guint32 v = weir_bits_ue (b);

  return v & 1 ? (gint32) (v / 2 + 1) : -(gint32) (v / 2);
}
