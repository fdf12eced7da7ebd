/* From samples to findings: which span of a stream is flagged. Pure.
 *
 * A finding begins with a sample that hit and goes on while hits follow each
 * other within GAP_MS of stream time. Its flagged span reaches from the last
 * clean sample before the first hit to the first clean sample after the last;
 * open while there is none. */
#pragma once

#include <glib.h>

typedef enum {
  WEIR_EVIDENCE_NONE,  /* a clean sample that changes nothing */
  WEIR_EVIDENCE_BEGIN, /* a new finding */
  WEIR_EVIDENCE_MORE,  /* one more hit of the finding */
  WEIR_EVIDENCE_END,   /* the clean sample that closes its span */
} WeirEvidenceChange;

typedef struct {
  gint64 gap_ms;
  gint64 last_clean_ms; /* -1 before the first */
  gboolean any;         /* there is a finding; the rest describes it */
  gint64 from_ms;
  gint64 to_ms; /* -1 while open */
  gint64 first_hit_ms;
  gint64 last_hit_ms;
  guint hits;
} WeirEvidence;

void weir_evidence_init (WeirEvidence *evidence, gint64 gap_ms);

/* The sample at PTS_MS of stream time was analysed. Samples come in order of
 * decoding; one that is older than the newest clean one still counts. */
WeirEvidenceChange
weir_evidence_add (WeirEvidence *evidence, gint64 pts_ms, gboolean hit);

/* The next hit begins a new finding, however near. */
void weir_evidence_forget (WeirEvidence *evidence);
