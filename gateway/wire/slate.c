/* Reads and writes the messages between weir and weir-muxer. */
#include "base/error.h"
#include "wire/codec.h"

const char *
weir_wire_slate_type_name (WeirWireType type)
{
  switch (type) {
  case WEIR_WIRE_DRAW:
    return "DRAW";
  case WEIR_WIRE_SLATE:
    return "SLATE";
  default:
    return NULL;
  }
}

static gboolean
check_unit_count (const WeirReader *r, guint n, GError **error)
{
  if (r->failed || (n >= 1 && n <= WEIR_SLATE_MAX_CODED_UNITS))
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
      "%u units, 1 to %d are taken", n, WEIR_SLATE_MAX_CODED_UNITS);
  return FALSE;
}

static gboolean
parse_draw (WeirReader *r, WeirSlateDraw *m, GError **error)
{
  m->job = weir_reader_u64 (r);
  m->codec = weir_reader_u8 (r);
  m->profile = weir_reader_u8 (r);
  m->width = weir_reader_u16 (r);
  m->height = weir_reader_u16 (r);
  m->frame_us = weir_reader_u32 (r);
  m->n_units = weir_reader_u16 (r);
  if (!check_unit_count (r, m->n_units, error))
    return FALSE;
  m->text = (const char *) weir_wire_take_block (
      r, 2, WEIR_SLATE_MAX_TEXT_BYTES, &m->text_size, error);
  if (m->text == NULL)
    return FALSE;
  m->picture = weir_wire_take_block (
      r, 4, WEIR_SLATE_MAX_PICTURE_BYTES, &m->picture_size, error);
  if (m->picture == NULL)
    return FALSE;
  if (m->picture_size == 0)
    m->picture = NULL;
  return TRUE;
}

static gboolean
parse_coded (WeirReader *r, WeirSlateCoded *m, GError **error)
{
  m->job = weir_reader_u64 (r);
  m->config = weir_wire_take_block (
      r, 4, WEIR_WIRE_MAX_CONFIG_BYTES, &m->config_size, error);
  if (m->config == NULL)
    return FALSE;
  m->n_units = weir_reader_u16 (r);
  if (!check_unit_count (r, m->n_units, error))
    return FALSE;
  m->units = r->at;
  for (guint i = 0; i < m->n_units; i++) {
    gsize size;

    if (weir_wire_take_block (r, 4, WEIR_SLATE_MAX_CODED_BYTES, &size, error)
        == NULL)
      return FALSE;
  }
  m->units_size = (gsize) (r->at - m->units);
  return TRUE;
}

gboolean
weir_wire_slate_parse_body (WeirReader *r, WeirWireMessage *m, GError **error)
{
  return m->type == WEIR_WIRE_DRAW ? parse_draw (r, &m->draw, error)
                                   : parse_coded (r, &m->slate, error);
}

static void
write_draw (const WeirSlateDraw *m, GByteArray *out)
{
  weir_append_uint (out, m->job, 8);
  weir_append_uint (out, m->codec, 1);
  weir_append_uint (out, m->profile, 1);
  weir_append_uint (out, m->width, 2);
  weir_append_uint (out, m->height, 2);
  weir_append_uint (out, m->frame_us, 4);
  weir_append_uint (out, m->n_units, 2);
  weir_wire_append_block (
      out, 2, WEIR_SLATE_MAX_TEXT_BYTES, m->text, m->text_size);
  weir_wire_append_block (
      out, 4, WEIR_SLATE_MAX_PICTURE_BYTES, m->picture, m->picture_size);
}

static void
write_coded (const WeirSlateCoded *m, GByteArray *out)
{
  weir_append_uint (out, m->job, 8);
  weir_wire_append_block (
      out, 4, WEIR_WIRE_MAX_CONFIG_BYTES, m->config, m->config_size);
  weir_append_uint (out, m->n_units, 2);
  g_byte_array_append (out, m->units, (guint) m->units_size);
}

void
weir_wire_slate_write_body (const WeirWireMessage *m, GByteArray *out)
{
  if (m->type == WEIR_WIRE_DRAW)
    write_draw (&m->draw, out);
  else
    write_coded (&m->slate, out);
}

const guint8 *
weir_wire_next_unit (const WeirSlateCoded *slate, gsize *at, gsize *ret_size)
{
  WeirReader r;
  const guint8 *unit;

  if (*at >= slate->units_size)
    return NULL;
  weir_reader_init (&r, slate->units + *at, slate->units_size - *at);
  *ret_size = weir_reader_u32 (&r);
  unit = weir_reader_take (&r, *ret_size);
  *at = slate->units_size - weir_reader_left (&r);
  return unit;
}
