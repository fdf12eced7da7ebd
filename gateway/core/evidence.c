/* Joins hits to findings and keeps the flagged span. */
#include "core/evidence.h"

void
weir_evidence_init (WeirEvidence *evidence, gint64 gap_ms)
{
  *evidence = (WeirEvidence){ .gap_ms = gap_ms, .last_clean_ms = -1 };
}

WeirEvidenceChange
weir_evidence_add (WeirEvidence *evidence, gint64 pts_ms, gboolean hit)
{
  if (!hit) {
    evidence->last_clean_ms = MAX (evidence->last_clean_ms, pts_ms);
    if (!evidence->any || evidence->to_ms >= 0
        || pts_ms <= evidence->last_hit_ms)
      return WEIR_EVIDENCE_NONE;
    evidence->to_ms = pts_ms;
    return WEIR_EVIDENCE_END;
  }

  if (evidence->any && pts_ms - evidence->last_hit_ms <= evidence->gap_ms) {
    evidence->last_hit_ms = MAX (evidence->last_hit_ms, pts_ms);
    evidence->to_ms = -1;
    evidence->hits++;
    return WEIR_EVIDENCE_MORE;
  }
  evidence->any = TRUE;
  evidence->from_ms = CLAMP (evidence->last_clean_ms, 0, MAX (pts_ms, 0));
  evidence->to_ms = -1;
  evidence->first_hit_ms = evidence->last_hit_ms = pts_ms;
  evidence->hits = 1;
  return WEIR_EVIDENCE_BEGIN;
}

void
weir_evidence_forget (WeirEvidence *evidence)
{
  evidence->any = FALSE;
}
