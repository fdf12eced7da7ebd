/* Bounded reading and writing of big-endian numbers: what every wire parser
 * here stands on. A reader never reads past its end; the first short read
 * makes it fail for good, so that a parser may check once at the end. */
#pragma once

#include <glib.h>
#include <string.h>

typedef struct {
  const guint8 *at;
  const guint8 *end;
  gboolean failed;
} WeirReader;

static inline void
weir_reader_init (WeirReader *r, const void *data, gsize size)
{
  static const guint8 nothing[1];

  r->at = data != NULL ? data : nothing;
  r->end = data != NULL ? r->at + size : nothing;
  r->failed = FALSE;
}

static inline gsize
weir_reader_left (const WeirReader *r)
{
  return (gsize) (r->end - r->at);
}

/* Borrowed pointer to the next SIZE bytes, or NULL when there are fewer. */
static inline const guint8 *
weir_reader_take (WeirReader *r, gsize size)
{
  const guint8 *p = r->at;

  if (r->failed || weir_reader_left (r) < size) {
    r->failed = TRUE;
    return NULL;
  }
  r->at += size;
  return p;
}

static inline guint64
weir_reader_uint (WeirReader *r, guint bytes)
{
  const guint8 *p = weir_reader_take (r, bytes);
  guint64 v = 0;

  if (p == NULL)
    return 0;
  for (guint i = 0; i < bytes; i++)
    v = v << 8 | p[i];
  return v;
}

static inline guint8
weir_reader_u8 (WeirReader *r)
{
  return (guint8) weir_reader_uint (r, 1);
}

static inline guint16
weir_reader_u16 (WeirReader *r)
{
  return (guint16) weir_reader_uint (r, 2);
}

static inline guint32
weir_reader_u24 (WeirReader *r)
{
  return (guint32) weir_reader_uint (r, 3);
}

static inline guint32
weir_reader_u32 (WeirReader *r)
{
  return (guint32) weir_reader_uint (r, 4);
}

static inline guint64
weir_reader_u64 (WeirReader *r)
{
  return weir_reader_uint (r, 8);
}

static inline guint8 *
weir_put_uint (guint8 *p, guint64 v, guint bytes)
{
  for (guint i = 0; i < bytes; i++)
    p[i] = (guint8) (v >> (8 * (bytes - 1 - i)));
  return p + bytes;
}

static inline void
weir_append_uint (GByteArray *out, guint64 v, guint bytes)
{
  guint8 b[8];

  g_assert (bytes <= sizeof b);
  weir_put_uint (b, v, bytes);
  g_byte_array_append (out, b, bytes);
}
