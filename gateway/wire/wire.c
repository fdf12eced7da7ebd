/* Reads and writes the messages between weir and its workers. */
#include "wire/wire.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "wire/codec.h"

static const char *
type_name (WeirWireType type)
{
  switch (type) {
  case WEIR_WIRE_HELLO:
    return "HELLO";
  case WEIR_WIRE_CONFIG:
    return "CONFIG";
  case WEIR_WIRE_FORGET:
    return "FORGET";
  case WEIR_WIRE_INDEX:
    return "INDEX";
  case WEIR_WIRE_UNIT:
    return "UNIT";
  case WEIR_WIRE_READY:
    return "READY";
  case WEIR_WIRE_SAMPLE:
    return "SAMPLE";
  case WEIR_WIRE_FAILED:
    return "FAILED";
  case WEIR_WIRE_GROUP:
    return "GROUP";
  case WEIR_WIRE_DECODED:
    return "DECODED";
  case WEIR_WIRE_LEAVE:
    return "LEAVE";
  case WEIR_WIRE_DRAW:
  case WEIR_WIRE_SLATE:
    return weir_wire_slate_type_name (type);
  default:
    return weir_wire_srt_type_name (type);
  }
}

gboolean
weir_wire_parse_header (const guint8 h[WEIR_WIRE_HEADER_BYTES],
    guint32 *ret_payload_size, WeirWireType *ret_type, GError **error)
{
  WeirReader r;
  guint32 size;
  guint8 type;

  weir_reader_init (&r, h, WEIR_WIRE_HEADER_BYTES);
  size = weir_reader_u32 (&r);
  type = weir_reader_u8 (&r);
  if (type_name ((WeirWireType) type) == NULL) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "message type %u is not known", type);
    return FALSE;
  }
  if (size > WEIR_WIRE_MAX_PAYLOAD_BYTES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%s announces %u bytes, at most %u are taken",
        type_name ((WeirWireType) type), size, WEIR_WIRE_MAX_PAYLOAD_BYTES);
    return FALSE;
  }
  *ret_payload_size = size;
  *ret_type = (WeirWireType) type;
  return TRUE;
}

const guint8 *
weir_wire_take_block (WeirReader *r, guint length_bytes, gsize limit,
    gsize *ret_size, GError **error)
{
  guint64 size = weir_reader_uint (r, length_bytes);

  if (!r->failed && size > limit) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%" G_GUINT64_FORMAT " bytes, at most %" G_GSIZE_FORMAT " are taken",
        size, limit);
    return NULL;
  }
  *ret_size = (gsize) size;
  return weir_reader_take (r, (gsize) size);
}

static gboolean
parse_hello (WeirReader *r, WeirWireMessage *m, GError **error)
{
  guint32 magic = weir_reader_u32 (r);

  m->hello.version = weir_reader_u16 (r);
  if (!r->failed && magic != WEIR_WIRE_MAGIC) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "magic is %08x, %08x expected", magic, WEIR_WIRE_MAGIC);
    return FALSE;
  }
  m->hello.program = (const char *) weir_wire_take_block (
      r, 2, WEIR_WIRE_MAX_TEXT_BYTES, &m->hello.program_size, error);
  return m->hello.program != NULL;
}

static gboolean
parse_scores (WeirReader *r, WeirWireMessage *m, GError **error)
{
  m->sample.n_scores = weir_reader_u8 (r);
  if (!r->failed && m->sample.n_scores > WEIR_WIRE_MAX_SCORES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%u scores, at most %d are taken", m->sample.n_scores,
        WEIR_WIRE_MAX_SCORES);
    return FALSE;
  }
  for (guint i = 0; i < m->sample.n_scores && !r->failed; i++) {
    m->sample.scores[i] = weir_reader_u16 (r);
    if (!r->failed && m->sample.scores[i] > WEIR_WIRE_SCORE_ONE) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "score is %u, at most %d expected", m->sample.scores[i],
          WEIR_WIRE_SCORE_ONE);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
parse_sample (WeirReader *r, WeirWireMessage *m, GError **error)
{
  const guint8 *hash;

  m->sample.job = weir_reader_u64 (r);
  m->sample.pts_ms = (gint64) weir_reader_u64 (r);
  m->sample.quality = weir_reader_u8 (r);
  hash = weir_reader_take (r, WEIR_WIRE_HASH_BYTES);
  if (hash != NULL)
    memcpy (m->sample.hash, hash, WEIR_WIRE_HASH_BYTES);
  m->sample.cost_us = weir_reader_u32 (r);
  m->sample.n_hits = weir_reader_u16 (r);
  if (!r->failed && m->sample.quality > 100) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "quality is %u, at most 100 expected", m->sample.quality);
    return FALSE;
  }
  if (!r->failed && m->sample.n_hits > WEIR_WIRE_MAX_HITS) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%u hits, at most %d are taken", m->sample.n_hits, WEIR_WIRE_MAX_HITS);
    return FALSE;
  }
  for (guint i = 0; i < m->sample.n_hits && !r->failed; i++) {
    WeirWireHit *hit = &m->sample.hits[i];

    hit->entry = weir_reader_u32 (r);
    hit->distance = weir_reader_u16 (r);
    hit->probe = weir_reader_u8 (r);
    if (!r->failed && hit->distance > 8 * WEIR_WIRE_HASH_BYTES) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "distance is %u, at most %d expected", hit->distance,
          8 * WEIR_WIRE_HASH_BYTES);
      return FALSE;
    }
  }
  if (!parse_scores (r, m, error))
    return FALSE;
  m->sample.still = weir_wire_take_block (
      r, 4, WEIR_WIRE_MAX_STILL_BYTES, &m->sample.still_size, error);
  if (m->sample.still == NULL)
    return FALSE;
  if (m->sample.still_size == 0)
    m->sample.still = NULL;
  return TRUE;
}

static gboolean
parse_body (WeirReader *r, WeirWireMessage *m, GError **error)
{
  switch (m->type) {
  case WEIR_WIRE_HELLO:
    return parse_hello (r, m, error);
  case WEIR_WIRE_CONFIG:
    m->config.id = weir_reader_u32 (r);
    m->config.codec = weir_reader_u8 (r);
    m->config.data = weir_wire_take_block (
        r, 4, WEIR_WIRE_MAX_CONFIG_BYTES, &m->config.size, error);
    return m->config.data != NULL;
  case WEIR_WIRE_FORGET:
    m->forget.id = weir_reader_u32 (r);
    return TRUE;
  case WEIR_WIRE_INDEX:
    m->index.radius = weir_reader_u16 (r);
    if (!r->failed && m->index.radius > 8 * WEIR_WIRE_HASH_BYTES) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "radius is %u, at most %d expected", m->index.radius,
          8 * WEIR_WIRE_HASH_BYTES);
      return FALSE;
    }
    return TRUE;
  case WEIR_WIRE_UNIT:
    m->unit.job = weir_reader_u64 (r);
    m->unit.config = weir_reader_u32 (r);
    m->unit.pts_ms = (gint64) weir_reader_u64 (r);
    m->unit.flags = weir_reader_u8 (r);
    m->unit.data = weir_wire_take_block (
        r, 4, WEIR_WIRE_MAX_UNIT_BYTES, &m->unit.size, error);
    return m->unit.data != NULL;
  case WEIR_WIRE_GROUP:
    m->group.job = weir_reader_u64 (r);
    m->group.stream = weir_reader_u64 (r);
    m->group.config = weir_reader_u32 (r);
    m->group.gap_ms = weir_reader_u32 (r);
    m->group.pts_ms = (gint64) weir_reader_u64 (r);
    m->group.flags = weir_reader_u8 (r);
    m->group.data = weir_wire_take_block (
        r, 4, WEIR_WIRE_MAX_UNIT_BYTES, &m->group.size, error);
    return m->group.data != NULL;
  case WEIR_WIRE_DECODED:
    m->decoded.job = weir_reader_u64 (r);
    m->decoded.cost_us = weir_reader_u32 (r);
    return TRUE;
  case WEIR_WIRE_LEAVE:
    m->leave.stream = weir_reader_u64 (r);
    return TRUE;
  case WEIR_WIRE_READY:
    return TRUE;
  case WEIR_WIRE_SAMPLE:
    return parse_sample (r, m, error);
  case WEIR_WIRE_FAILED:
    m->failed.job = weir_reader_u64 (r);
    m->failed.text = (const char *) weir_wire_take_block (
        r, 2, WEIR_WIRE_MAX_TEXT_BYTES, &m->failed.text_size, error);
    return m->failed.text != NULL;
  case WEIR_WIRE_DRAW:
  case WEIR_WIRE_SLATE:
    return weir_wire_slate_parse_body (r, m, error);
  default:
    return weir_wire_srt_parse_body (r, m, error);
  }
}

gboolean
weir_wire_parse (WeirWireType type, const guint8 *payload, gsize size,
    WeirWireMessage *ret, GError **error)
{
  g_autoptr (GError) why = NULL;
  const char *name = type_name (type);
  WeirWireMessage m;
  WeirReader r;
  gboolean whole;

  memset (&m, 0, sizeof m);
  m.type = type;
  weir_reader_init (&r, size ? payload : (const guint8 *) "", size);
  whole = parse_body (&r, &m, &why);
  if (r.failed) {
    g_clear_error (&why);
    g_set_error (&why, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "ends early, %" G_GSIZE_FORMAT " bytes in all", size);
  } else if (whole && weir_reader_left (&r) > 0) {
    g_set_error (&why, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "%" G_GSIZE_FORMAT " bytes too many", weir_reader_left (&r));
  }
  if (why != NULL) {
    g_propagate_prefixed_error (
        error, g_steal_pointer (&why), "%s: ", name ? name : "message");
    return FALSE;
  }
  *ret = m;
  return TRUE;
}

static void
append_bytes (GByteArray *out, const void *data, gsize size)
{
  if (size > 0)
    g_byte_array_append (out, data, (guint) size);
}

void
weir_wire_append_block (GByteArray *out, guint length_bytes, gsize limit,
    const void *data, gsize size)
{
  g_assert (size <= limit);
  weir_append_uint (out, size, length_bytes);
  append_bytes (out, data, size);
}

static void
write_sample (const WeirWireMessage *m, GByteArray *out)
{
  g_assert (m->sample.quality <= 100);
  g_assert (m->sample.n_hits <= WEIR_WIRE_MAX_HITS);
  weir_append_uint (out, m->sample.job, 8);
  weir_append_uint (out, (guint64) m->sample.pts_ms, 8);
  weir_append_uint (out, m->sample.quality, 1);
  append_bytes (out, m->sample.hash, WEIR_WIRE_HASH_BYTES);
  weir_append_uint (out, m->sample.cost_us, 4);
  weir_append_uint (out, m->sample.n_hits, 2);
  for (guint i = 0; i < m->sample.n_hits; i++) {
    g_assert (m->sample.hits[i].distance <= 8 * WEIR_WIRE_HASH_BYTES);
    weir_append_uint (out, m->sample.hits[i].entry, 4);
    weir_append_uint (out, m->sample.hits[i].distance, 2);
    weir_append_uint (out, m->sample.hits[i].probe, 1);
  }
  g_assert (m->sample.n_scores <= WEIR_WIRE_MAX_SCORES);
  weir_append_uint (out, m->sample.n_scores, 1);
  for (guint i = 0; i < m->sample.n_scores; i++) {
    g_assert (m->sample.scores[i] <= WEIR_WIRE_SCORE_ONE);
    weir_append_uint (out, m->sample.scores[i], 2);
  }
  weir_wire_append_block (
      out, 4, WEIR_WIRE_MAX_STILL_BYTES, m->sample.still, m->sample.still_size);
}

static void
write_body (const WeirWireMessage *m, GByteArray *out)
{
  switch (m->type) {
  case WEIR_WIRE_HELLO:
    weir_append_uint (out, WEIR_WIRE_MAGIC, 4);
    weir_append_uint (out, m->hello.version, 2);
    weir_wire_append_block (out, 2, WEIR_WIRE_MAX_TEXT_BYTES, m->hello.program,
        m->hello.program_size);
    return;
  case WEIR_WIRE_CONFIG:
    weir_append_uint (out, m->config.id, 4);
    weir_append_uint (out, m->config.codec, 1);
    weir_wire_append_block (
        out, 4, WEIR_WIRE_MAX_CONFIG_BYTES, m->config.data, m->config.size);
    return;
  case WEIR_WIRE_FORGET:
    weir_append_uint (out, m->forget.id, 4);
    return;
  case WEIR_WIRE_INDEX:
    g_assert (m->index.radius <= 8 * WEIR_WIRE_HASH_BYTES);
    weir_append_uint (out, m->index.radius, 2);
    return;
  case WEIR_WIRE_UNIT:
    weir_append_uint (out, m->unit.job, 8);
    weir_append_uint (out, m->unit.config, 4);
    weir_append_uint (out, (guint64) m->unit.pts_ms, 8);
    weir_append_uint (out, m->unit.flags, 1);
    weir_wire_append_block (
        out, 4, WEIR_WIRE_MAX_UNIT_BYTES, m->unit.data, m->unit.size);
    return;
  case WEIR_WIRE_GROUP:
    weir_append_uint (out, m->group.job, 8);
    weir_append_uint (out, m->group.stream, 8);
    weir_append_uint (out, m->group.config, 4);
    weir_append_uint (out, m->group.gap_ms, 4);
    weir_append_uint (out, (guint64) m->group.pts_ms, 8);
    weir_append_uint (out, m->group.flags, 1);
    weir_wire_append_block (
        out, 4, WEIR_WIRE_MAX_UNIT_BYTES, m->group.data, m->group.size);
    return;
  case WEIR_WIRE_DECODED:
    weir_append_uint (out, m->decoded.job, 8);
    weir_append_uint (out, m->decoded.cost_us, 4);
    return;
  case WEIR_WIRE_LEAVE:
    weir_append_uint (out, m->leave.stream, 8);
    return;
  case WEIR_WIRE_READY:
    return;
  case WEIR_WIRE_SAMPLE:
    write_sample (m, out);
    return;
  case WEIR_WIRE_FAILED:
    weir_append_uint (out, m->failed.job, 8);
    weir_wire_append_block (
        out, 2, WEIR_WIRE_MAX_TEXT_BYTES, m->failed.text, m->failed.text_size);
    return;
  case WEIR_WIRE_DRAW:
  case WEIR_WIRE_SLATE:
    weir_wire_slate_write_body (m, out);
    return;
  default:
    weir_wire_srt_write_body (m, out);
    return;
  }
}

void
weir_wire_write (const WeirWireMessage *message, GByteArray *out)
{
  guint start = out->len;

  weir_append_uint (out, 0, 4);
  weir_append_uint (out, message->type, 1);
  write_body (message, out);
  weir_put_uint (
      out->data + start, out->len - start - WEIR_WIRE_HEADER_BYTES, 4);
}
