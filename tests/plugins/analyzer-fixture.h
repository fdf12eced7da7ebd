/* The real weir-analyzer behind a socket. Every read has a deadline, what goes
 * wrong fails the test. */
#pragma once

#include <glib.h>

#include "core/packet.h"
#include "wire/frame-reader.h"

#define N_UNITS 3

typedef struct {
  GPid pid;
  int fd; /* our end */
  GByteArray *in;
  GByteArray *out;
} Analyzer;

/* Key frames of one stream with B-frames, with its configuration; the frames
 * at 6, 12 and 18 s as the reference hashes them before encoding. From
 * analyzer_load_media () on. */
extern const char *const analyzer_references[N_UNITS];
extern GBytes *analyzer_avcc;
extern GBytes *analyzer_units[N_UNITS];

void analyzer_load_media (void);
GBytes *analyzer_load (const char *name);
/* tests/data/codecs/NAME with ENDING */
GBytes *analyzer_load_codec (const char *name, const char *ending);

/* INDEX_FD may be -1, ARGS NULL or further arguments, NULL-terminated. Takes
 * part in nothing but the two descriptors. */
void analyzer_start (Analyzer *a, int index_fd, const char *const *args);
/* Until READY. */
void analyzer_start_ready (Analyzer *a, int index_fd, const char *const *args);
void analyzer_greet (Analyzer *a, guint16 version);
/* Waits for the process, which must end by itself with STATUS. */
void analyzer_finish (Analyzer *a, int status);

void analyzer_send (Analyzer *a, const WeirWireMessage *m);
void analyzer_receive (Analyzer *a, WeirWireType type, WeirWireMessage *ret);
void
analyzer_send_config (Analyzer *a, guint32 id, WeirCodec codec, GBytes *data);
/* Its PTS is 40 ms a JOB, less 100. */
void analyzer_send_unit (
    Analyzer *a, guint64 job, guint32 config, guint8 flags, GBytes *data);
/* FAILED with PART in its text. */
void analyzer_receive_failed (Analyzer *a, guint64 job, const char *part);
/* What analyzer_units[UNIT] must show. */
void analyzer_receive_sample (
    Analyzer *a, guint64 job, guint unit, WeirWireMessage *ret);
