/* The case record and its transitions. */
#include "core/case.h"

#include <string.h>

static const char *const verdict_names[] = { NULL, "release", "blank", "cut" };

const char *
weir_verdict_name (WeirVerdict verdict)
{
  return verdict_names[verdict];
}

gboolean
weir_verdict_from_string (const char *text, WeirVerdict *ret_verdict)
{
  for (guint i = 1; i < G_N_ELEMENTS (verdict_names); i++) {
    if (strcmp (text, verdict_names[i]) == 0) {
      *ret_verdict = (WeirVerdict) i;
      return TRUE;
    }
  }
  return FALSE;
}

WeirCase *
weir_case_new (
    const char *id, const char *stream, const char *publisher, gint64 wall_ms)
{
  WeirCase *c = g_new0 (WeirCase, 1);

  c->id = g_strdup (id);
  c->stream = g_strdup (stream);
  c->publisher = g_strdup (publisher);
  c->open = TRUE;
  c->opened_ms = wall_ms;
  c->to_ms = -1;
  c->exposure_ms = -1;
  c->time_to_cut_us = -1;
  return c;
}

void
weir_case_free (WeirCase *c)
{
  if (c == NULL)
    return;
  g_free (c->id);
  g_free (c->stream);
  g_free (c->publisher);
  g_free (c->bank);
  g_free (c->entry);
  g_free (c->item);
  g_clear_pointer (&c->still, g_bytes_unref);
  g_free (c->reason);
  g_free (c->policy);
  g_free (c->decided_by);
  g_free (c->note);
  g_free (c);
}

void
weir_case_add_hit (WeirCase *c, const WeirCaseHit *hit)
{
  gboolean first = c->hits++ == 0;

  if (first)
    c->first_hit_ms = hit->pts_ms;
  c->last_hit_ms = first ? hit->pts_ms : MAX (c->last_hit_ms, hit->pts_ms);
  c->sampled_ms = hit->sampled_ms;
  if (!first && hit->distance >= c->distance)
    return;
  g_free (c->bank);
  g_free (c->entry);
  g_free (c->item);
  g_free (c->reason);
  c->bank = g_strdup (hit->bank);
  c->entry = g_strdup (hit->entry);
  c->item = g_strdup (hit->item);
  c->distance = hit->distance;
  c->quality = hit->quality;
  c->probe = hit->probe;
  c->reason = g_strdup (hit->reason);
  if (hit->still != NULL) {
    g_clear_pointer (&c->still, g_bytes_unref);
    c->still = g_bytes_ref (hit->still);
  }
}

gboolean
weir_case_strengthen (WeirCase *c, WeirAction action, const char *policy,
    guint priority, const char *reason)
{
  c->priority = MAX (c->priority, priority);
  if (action <= c->action)
    return FALSE;
  c->action = action;
  g_free (c->policy);
  c->policy = g_strdup (policy);
  g_free (c->reason);
  c->reason = g_strdup (reason);
  return TRUE;
}

WeirDecide
weir_case_may_decide (const WeirCase *c, WeirVerdict verdict)
{
  if (verdict == WEIR_VERDICT_NONE)
    return WEIR_DECIDE_CONFLICT;
  if (verdict == WEIR_VERDICT_BLANK && c->open)
    return c->interim == verdict ? WEIR_DECIDE_SAME : WEIR_DECIDE_APPLIED;
  if (c->open)
    return WEIR_DECIDE_APPLIED;
  if (c->verdict == verdict)
    return WEIR_DECIDE_SAME;
  return c->verdict == WEIR_VERDICT_RELEASE && verdict == WEIR_VERDICT_CUT
             ? WEIR_DECIDE_APPLIED
             : WEIR_DECIDE_CONFLICT;
}

WeirDecide
weir_case_decide (WeirCase *c, WeirVerdict verdict, const char *by,
    const char *note, gint64 wall_ms)
{
  WeirDecide outcome = weir_case_may_decide (c, verdict);

  if (outcome != WEIR_DECIDE_APPLIED)
    return outcome;
  if (verdict == WEIR_VERDICT_BLANK) {
    c->interim = verdict;
  } else {
    c->interim = WEIR_VERDICT_NONE;
    c->verdict = verdict;
    c->open = FALSE;
    c->decided_ms = wall_ms;
    g_free (c->decided_by);
    c->decided_by = g_strdup (by);
  }
  if (note != NULL && *note != '\0') {
    g_free (c->note);
    c->note = g_strdup (note);
  }
  return outcome;
}

gboolean
weir_case_blank (WeirCase *c, const char *by, gboolean by_person)
{
  gboolean kept =
      by_person && c->on_timeout == WEIR_TIMEOUT_RELEASE && c->deadline_ms != 0;

  if (kept)
    c->deadline_ms = 0;
  return weir_case_decide (c, WEIR_VERDICT_BLANK, by, NULL, 0)
             == WEIR_DECIDE_APPLIED
         || kept;
}
