/* PAT and PMT. */
#include "programs/srt/ts-psi.h"

#include <string.h>

#include "base/bytes.h"

#define TABLE_PAT 0
#define TABLE_PMT 2
#define HEADER_BYTES 3
#define CRC_BYTES 4

#define FOURCC(a, b, c, d)                                                     \
  ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (d))

static guint32
crc32_mpeg (const guint8 *data, gsize size)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < size; i++) {
    crc ^= (guint32) data[i] << 24;
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 0x80000000 ? crc << 1 ^ 0x04c11db7 : crc << 1;
  }
  return crc;
}

static gsize
section_size (const guint8 *data)
{
  return HEADER_BYTES + ((gsize) (data[1] & 0x0f) << 8 | data[2]);
}

void
weir_ts_section_reset (WeirTsSection *section)
{
  section->running = FALSE;
  section->have = 0;
}

/* TRUE when the section is whole and sound. */
static gboolean
append (WeirTsSection *s, const guint8 *data, gsize size)
{
  gsize room = sizeof s->data - s->have, wanted;

  memcpy (s->data + s->have, data, MIN (size, room));
  s->have = (guint16) (s->have + MIN (size, room));
  if (s->have < HEADER_BYTES)
    return FALSE;
  wanted = section_size (s->data);
  if (wanted > sizeof s->data) {
    weir_ts_section_reset (s);
    return FALSE;
  }
  if (s->have < wanted)
    return FALSE;
  s->running = FALSE;
  s->have = (guint16) wanted;
  return wanted >= HEADER_BYTES + 5 + CRC_BYTES
         && crc32_mpeg (s->data, wanted) == 0;
}

gboolean
weir_ts_section_push (
    WeirTsSection *section, gboolean start, const guint8 *payload, gsize size)
{
  gsize before;

  if (!start)
    return section->running && append (section, payload, size);
  if (size < 1 || (before = payload[0]) >= size) {
    weir_ts_section_reset (section);
    return FALSE;
  }
  /* What stands before the pointer ends the section that is running; it is
   * rare that a new one begins in the same packet. */
  if (section->running && before > 0 && append (section, payload + 1, before))
    return TRUE;
  section->running = TRUE;
  section->have = 0;
  return append (section, payload + 1 + before, size - 1 - before);
}

void
weir_ts_section_write (
    const WeirTsSection *section, guint pid, guint version, GByteArray *packets)
{
  WeirTsSection s = *section;
  gsize at = 0, end = s.have - (gsize) CRC_BYTES;

  s.data[5] = (guint8) ((s.data[5] & 0xc1) | (version & 31) << 1);
  weir_put_uint (s.data + end, crc32_mpeg (s.data, end), CRC_BYTES);

  for (guint i = 0; at < s.have; i++) {
    guint8 packet[WEIR_TS_PACKET_BYTES];
    gsize head = i == 0 ? 5 : 4; /* a pointer stands in the first */
    gsize n = MIN (s.have - at, sizeof packet - head);

    memset (packet, 0xff, sizeof packet);
    packet[0] = WEIR_TS_SYNC;
    packet[1] = (guint8) (pid >> 8 | (i == 0 ? 0x40 : 0));
    packet[2] = (guint8) pid;
    packet[3] = (guint8) (0x10 | (i & 15));
    packet[4] = 0;
    memcpy (packet + head, s.data + at, n);
    g_byte_array_append (packets, packet, sizeof packet);
    at += n;
  }
}

/* The part between the header of eight bytes and the checksum. FALSE when it
 * is another table or not in force yet. */
static gboolean
open_section (const WeirTsSection *s, guint table, WeirReader *ret)
{
  if (s->have < HEADER_BYTES + 5 + CRC_BYTES || s->data[0] != table
      || !(s->data[1] & 0x80) || !(s->data[5] & 1))
    return FALSE;
  weir_reader_init (ret, s->data + 8, s->have - 8u - CRC_BYTES);
  return TRUE;
}

gboolean
weir_ts_pat_parse (const WeirTsSection *section, WeirTsPat *ret_pat)
{
  WeirReader r;

  if (!open_section (section, TABLE_PAT, &r))
    return FALSE;
  ret_pat->n_programs = 0;
  while (weir_reader_left (&r) >= 4
         && ret_pat->n_programs < WEIR_TS_MAX_PROGRAMS) {
    guint16 number = weir_reader_u16 (&r);
    guint16 pid = weir_reader_u16 (&r) & 0x1fff;

    if (number != 0 && pid >= 0x10 && pid != WEIR_TS_NULL_PID)
      ret_pat->programs[ret_pat->n_programs++] = (WeirTsProgram){ number, pid };
  }
  return TRUE;
}

void
weir_ts_pat_write (const WeirTsProgram *program, guint version,
    guint continuity, guint8 ret_packet[WEIR_TS_PACKET_BYTES])
{
  guint8 *p = ret_packet, *section;

  memset (ret_packet, 0xff, WEIR_TS_PACKET_BYTES);
  p = weir_put_uint (p, WEIR_TS_SYNC, 1);
  p = weir_put_uint (p, 0x4000 | WEIR_TS_PAT_PID, 2);
  p = weir_put_uint (p, 0x10 | (continuity & 15), 1);
  p = weir_put_uint (p, 0, 1); /* pointer */
  section = p;
  p = weir_put_uint (p, TABLE_PAT, 1);
  p = weir_put_uint (p, 0xb000 | (5 + 4 + CRC_BYTES), 2);
  p = weir_put_uint (p, 1, 2); /* transport stream */
  p = weir_put_uint (p, 0xc1 | (version & 31) << 1, 1);
  p = weir_put_uint (p, 0, 2); /* the only section */
  p = weir_put_uint (p, program->number, 2);
  p = weir_put_uint (p, 0xe000 | program->pmt_pid, 2);
  weir_put_uint (p, crc32_mpeg (section, (gsize) (p - section)), 4);
}

/* Private data says in its descriptors what it is (ETSI EN 300 468; SMPTE-RA
 * registrations). RET_SOUND: it is sound of a kind that is not carried. */
static WeirCodec
codec_by_descriptors (WeirReader descriptors, gboolean *ret_sound)
{
  while (weir_reader_left (&descriptors) >= 2) {
    guint tag = weir_reader_u8 (&descriptors);
    guint size = weir_reader_u8 (&descriptors);
    const guint8 *data = weir_reader_take (&descriptors, size);

    if (data == NULL)
      break;
    if (tag == 0x6a)
      return WEIR_CODEC_AC3;
    *ret_sound |= tag >= 0x7a && tag <= 0x7c; /* E-AC-3, DTS, AAC in LATM */
    if (tag != 0x05 || size < 4)
      continue;
    switch (FOURCC (data[0], data[1], data[2], data[3])) {
    case FOURCC ('O', 'p', 'u', 's'):
      return WEIR_CODEC_OPUS;
    case FOURCC ('A', 'C', '-', '3'):
      return WEIR_CODEC_AC3;
    case FOURCC ('H', 'E', 'V', 'C'):
      return WEIR_CODEC_HEVC;
    case FOURCC ('E', 'A', 'C', '3'):
    case FOURCC ('D', 'T', 'S', '1'):
    case FOURCC ('D', 'T', 'S', '2'):
    case FOURCC ('D', 'T', 'S', '3'):
    case FOURCC ('B', 'S', 'S', 'D'): /* SMPTE 302M */
      *ret_sound = TRUE;
      break;
    default:
      break;
    }
  }
  return WEIR_CODEC_NONE;
}

static WeirTsStream
describe_stream (guint8 type, guint16 pid, WeirReader descriptors)
{
  WeirTsStream s = { .pid = pid, .stream_type = type };

  switch (type) {
  case 0x1b:
    s.codec = WEIR_CODEC_H264;
    break;
  case 0x24:
    s.codec = WEIR_CODEC_HEVC;
    break;
  case 0x0f:
    s.codec = WEIR_CODEC_AAC;
    break;
  case 0x03:
  case 0x04:
    s.codec = WEIR_CODEC_MP2; /* or MP3: the frames say which */
    break;
  case 0x81:
    s.codec = WEIR_CODEC_AC3;
    break;
  case 0x06:
    s.codec = (guint8) codec_by_descriptors (descriptors, &s.sound);
    break;
  case 0x01: /* MPEG-1 */
  case 0x02: /* MPEG-2 */
  case 0x10: /* MPEG-4 part 2 */
  case 0x21: /* JPEG 2000 */
  case 0x33: /* VVC */
    s.video = TRUE;
    break;
  case 0x11: /* AAC in LATM */
  case 0x82: /* DTS, as ffmpeg has it */
  case 0x84: /* E-AC-3 */
  case 0x87: /* the same */
  case 0x8a: /* DTS */
    s.sound = TRUE;
    break;
  default:
    break;
  }
  if (s.codec != WEIR_CODEC_NONE)
    s.video = weir_codec_kind (s.codec) == WEIR_MEDIA_VIDEO;
  if (s.codec != WEIR_CODEC_NONE)
    s.sound = !s.video;
  return s;
}

gboolean
weir_ts_pmt_parse (const WeirTsSection *section, WeirTsPmt *ret_pmt)
{
  WeirReader r;
  WeirTsPmt pmt = { 0 };

  if (!open_section (section, TABLE_PMT, &r))
    return FALSE;
  pmt.number = (guint16) (section->data[3] << 8 | section->data[4]);
  pmt.pcr_pid = weir_reader_u16 (&r) & 0x1fff;
  weir_reader_take (&r, weir_reader_u16 (&r) & 0x0fff);
  while (!r.failed && weir_reader_left (&r) >= 5
         && pmt.n_streams < WEIR_TS_MAX_STREAMS) {
    guint8 type = weir_reader_u8 (&r);
    guint16 pid = weir_reader_u16 (&r) & 0x1fff;
    gsize size = weir_reader_u16 (&r) & 0x0fff;
    const guint8 *data = weir_reader_take (&r, size);
    WeirReader descriptors;

    if (data == NULL)
      break;
    weir_reader_init (&descriptors, data, size);
    if (pid >= 0x10 && pid != WEIR_TS_NULL_PID)
      pmt.streams[pmt.n_streams++] = describe_stream (type, pid, descriptors);
  }
  if (r.failed)
    return FALSE;
  *ret_pmt = pmt;
  return TRUE;
}

gboolean
weir_ts_pmt_equal (const WeirTsPmt *a, const WeirTsPmt *b)
{
  if (a->number != b->number || a->pcr_pid != b->pcr_pid
      || a->n_streams != b->n_streams)
    return FALSE;
  for (guint i = 0; i < a->n_streams; i++)
    if (a->streams[i].pid != b->streams[i].pid
        || a->streams[i].stream_type != b->streams[i].stream_type
        || a->streams[i].codec != b->streams[i].codec)
      return FALSE;
  return TRUE;
}

const WeirTsStream *
weir_ts_pmt_find (const WeirTsPmt *pmt, WeirMediaKind kind)
{
  for (guint i = 0; i < pmt->n_streams; i++)
    if (pmt->streams[i].codec != WEIR_CODEC_NONE
        && weir_codec_kind (pmt->streams[i].codec) == kind)
      return &pmt->streams[i];
  return NULL;
}
