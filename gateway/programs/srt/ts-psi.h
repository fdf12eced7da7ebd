/* Programme tables of MPEG-TS (ISO/IEC 13818-1, 2.4.4): sections put together
 * from packets, PAT and PMT read as far as choosing a programme and its tracks
 * needs it. Pure.
 *
 * Only sections that are complete, current, of the right kind and have the
 * right checksum are looked at. */
#pragma once

#include <glib.h>

#include "core/packet.h"
#include "programs/srt/ts-packet.h"

/* Of PAT and PMT. */
#define WEIR_TS_MAX_SECTION_BYTES 1024
/* Further ones are passed over. */
#define WEIR_TS_MAX_PROGRAMS 64
#define WEIR_TS_MAX_STREAMS 64

/* Puts one section together. All zero at first. */
typedef struct {
  guint8 data[WEIR_TS_MAX_SECTION_BYTES];
  guint16 have;
  gboolean running;
} WeirTsSection;

/* The payload of a packet of the section's PID; START: its unit start
 * indicator. TRUE when a section is whole: HAVE bytes of DATA, checksum right;
 * the next call overwrites it. Of several in one packet the first. */
gboolean weir_ts_section_push (
    WeirTsSection *section, gboolean start, const guint8 *payload, gsize size);
/* Something was missing: forget what there is. */
void weir_ts_section_reset (WeirTsSection *section);

/* Appends packets of PID with SECTION, which is whole; of VERSION the bits that
 * there is room for. */
void weir_ts_section_write (const WeirTsSection *section, guint pid,
    guint version, GByteArray *packets);

typedef struct {
  guint16 number;
  guint16 pmt_pid;
} WeirTsProgram;

typedef struct {
  guint n_programs;
  WeirTsProgram programs[WEIR_TS_MAX_PROGRAMS];
} WeirTsPat;

/* FALSE for a section that is no PAT. */
gboolean weir_ts_pat_parse (const WeirTsSection *section, WeirTsPat *ret_pat);
/* A packet with a PAT of one programme. Of VERSION and CONTINUITY the bits
 * that there is room for. */
void weir_ts_pat_write (const WeirTsProgram *program, guint version,
    guint continuity, guint8 ret_packet[WEIR_TS_PACKET_BYTES]);

typedef struct {
  guint16 pid;
  guint8 stream_type;
  guint8 codec;   /* WeirCodec, NONE: one that is not carried */
  gboolean video; /* pictures, carried or not */
  gboolean sound; /* the same */
} WeirTsStream;

typedef struct {
  guint16 number;
  guint16 pcr_pid;
  guint n_streams;
  WeirTsStream streams[WEIR_TS_MAX_STREAMS];
} WeirTsPmt;

gboolean weir_ts_pmt_parse (const WeirTsSection *section, WeirTsPmt *ret_pmt);
gboolean weir_ts_pmt_equal (const WeirTsPmt *a, const WeirTsPmt *b);
/* The first stream of KIND that is carried, or NULL. */
const WeirTsStream *weir_ts_pmt_find (const WeirTsPmt *pmt, WeirMediaKind kind);
