/* Remembers the latest samples and asks the rules what they amount to. */
#include "core/finder.h"

#include "core/evidence.h"

#include <string.h>

/* One more than rules look back on: what was clean before the first hit. */
#define SAMPLES_KEPT (WEIR_POLICY_MAX_SAMPLES + 1)
#define MAX_NOTED 256

typedef struct {
  gint64 pts_ms;
  guint quality;
  guint n_hits; /* the nearest of each bank */
  WeirPolicyHit *hits;
} Sample;

/* A finding and what it borrows. */
typedef struct {
  WeirFinding finding;
  char *policy;
  char *reason;
} Told;

struct _WeirFinder {
  char *app;
  WeirEvidence evidence;
  gboolean begun; /* the finding of the evidence has been told */
  gint64 from_ms; /* of it */
  Sample samples[SAMPLES_KEPT];
  guint n_samples;
  guint newest;      /* place of the newest */
  GHashTable *noted; /* "policy\nbank" → gint64, when it was satisfied last */
  Told last;         /* of rules that ask somebody, or act */
  Told note;         /* of rules that only write down */
};

WeirFinder *
weir_finder_new (const char *app, gint64 gap_ms)
{
  WeirFinder *finder = g_new0 (WeirFinder, 1);

  finder->app = g_strdup (app);
  weir_evidence_init (&finder->evidence, gap_ms);
  return finder;
}

static void
clear_sample (Sample *sample)
{
  for (guint i = 0; i < sample->n_hits; i++) {
    g_free ((char *) sample->hits[i].bank);
    g_free ((char *) sample->hits[i].entry);
    g_free ((char *) sample->hits[i].item);
  }
  g_free (sample->hits);
  *sample = (Sample){ 0 };
}

static void
reset_told (Told *told)
{
  g_clear_pointer (&told->policy, g_free);
  g_clear_pointer (&told->reason, g_free);
  told->finding = (WeirFinding){
    .policy = "", .reason = "", .first_hit_ms = -1, .from_ms = -1, .to_ms = -1
  };
}

void
weir_finder_free (WeirFinder *finder)
{
  if (finder == NULL)
    return;
  for (guint i = 0; i < SAMPLES_KEPT; i++)
    clear_sample (&finder->samples[i]);
  g_clear_pointer (&finder->noted, g_hash_table_unref);
  g_free (finder->app);
  reset_told (&finder->last);
  reset_told (&finder->note);
  g_free (finder);
}

/* The sample AGO before the newest, which there must be. */
static const Sample *
sample_at (const WeirFinder *finder, guint ago)
{
  return &finder->samples[(finder->newest + SAMPLES_KEPT - ago) % SAMPLES_KEPT];
}

static gboolean
has_bank (const Sample *sample, const char *bank)
{
  for (guint i = 0; i < sample->n_hits; i++)
    if (strcmp (sample->hits[i].bank, bank) == 0)
      return TRUE;
  return FALSE;
}

static void
remember (WeirFinder *finder, gint64 pts_ms, guint quality,
    const WeirPolicyHit *hits, guint n_hits)
{
  Sample *sample;

  finder->newest = (finder->newest + 1) % SAMPLES_KEPT;
  finder->n_samples = MIN (finder->n_samples + 1, SAMPLES_KEPT);
  sample = &finder->samples[finder->newest];
  clear_sample (sample);
  sample->pts_ms = pts_ms;
  sample->quality = quality;
  if (n_hits > 0)
    sample->hits = g_new (WeirPolicyHit, MIN (n_hits, WEIR_FINDER_MAX_BANKS));
  for (guint i = 0; i < n_hits && sample->n_hits < WEIR_FINDER_MAX_BANKS; i++) {
    WeirPolicyHit *hit;

    if (has_bank (sample, hits[i].bank))
      continue;
    hit = &sample->hits[sample->n_hits++];
    *hit = hits[i];
    hit->bank = g_strdup (hit->bank);
    hit->entry = g_strdup (hit->entry);
    hit->item = g_strdup (hit->item);
  }
}

static gboolean
speaks (const WeirFinder *finder, const WeirPolicy *policy,
    const WeirPolicyRule *rule, const WeirPolicyHit *hit)
{
  return weir_policy_speaks (policy, rule, finder->app, hit->bank,
      weir_policy_is_score (hit->distance));
}

/* The nearest hit of SAMPLE that counts for RULE, or NULL. A bank's own RULE
 * counts that bank's alone. */
static const WeirPolicyHit *
counted_hit (const WeirFinder *finder, const WeirPolicy *policy,
    const WeirPolicyRule *rule, const Sample *sample)
{
  for (guint i = 0; i < sample->n_hits; i++) {
    const WeirPolicyHit *hit = &sample->hits[i];

    if (!weir_policy_rule_admits (rule, hit, sample->quality))
      continue;
    if (*rule->name == '\0' ? strcmp (hit->bank, rule->bank) == 0
                            : speaks (finder, policy, rule, hit))
      return hit;
  }
  return NULL;
}

/* What RULE has found in the samples up to the newest. */
typedef struct {
  guint hits;
  guint of; /* samples from the oldest of them on, or those it looks at */
  gint64 oldest_ms;
  gint64 first_ms; /* of the newest that suffice */
  gint64 clean_ms; /* the newest sample before, which doesn't count; -1 */
  const WeirPolicyHit *nearest;
  guint quality; /* of its picture */
  gboolean one_item;
  gboolean one_bank;
} Count;

/* FALSE when it does not suffice. */
static gboolean
count (const WeirFinder *finder, const WeirPolicy *policy,
    const WeirPolicyRule *rule, Count *ret)
{
  gint64 newest_ms = sample_at (finder, 0)->pts_ms;
  guint most = rule->of > 0 ? rule->of : WEIR_POLICY_MAX_SAMPLES;
  guint enough = 0;

  *ret = (Count){ .clean_ms = -1, .one_item = TRUE, .one_bank = TRUE };
  for (guint ago = 0; ago < MIN (finder->n_samples, most); ago++) {
    const Sample *sample = sample_at (finder, ago);
    const WeirPolicyHit *hit;

    if (rule->within_ms > 0 && newest_ms - sample->pts_ms > rule->within_ms)
      break;
    hit = counted_hit (finder, policy, rule, sample);
    if (hit == NULL)
      continue;
    ret->hits++;
    ret->of = ago + 1;
    ret->oldest_ms = sample->pts_ms;
    if (ret->hits <= rule->hits) {
      enough = ago;
      ret->first_ms = sample->pts_ms;
    }
    if (ret->nearest != NULL) {
      ret->one_bank &= strcmp (hit->bank, ret->nearest->bank) == 0;
      ret->one_item &= strcmp (hit->item, ret->nearest->item) == 0;
    }
    if (ret->nearest == NULL || hit->distance < ret->nearest->distance) {
      ret->nearest = hit;
      ret->quality = sample->quality;
    }
  }
  for (guint ago = enough; ago < finder->n_samples; ago++) {
    const Sample *sample = sample_at (finder, ago);

    if (counted_hit (finder, policy, rule, sample) == NULL) {
      ret->clean_ms = sample->pts_ms;
      break;
    }
  }
  if (rule->of > 0)
    ret->of = MIN (rule->of, finder->n_samples);
  return ret->hits >= rule->hits;
}

static double
score_of (guint distance)
{
  return weir_policy_score_of_distance (distance)
         / (double) WEIR_POLICY_SCORE_ONE;
}

/* By which scorer, how high at most, on which pictures. */
static void
append_score (GString *text, const WeirPolicyRule *rule, const Count *c,
    gint64 pts_ms, gint64 newest_ms)
{
  const WeirPolicyHit *hit = c->nearest;
  double score = score_of (hit->distance);
  double threshold =
      score_of (rule->radius >= 0 ? (guint) rule->radius : hit->radius);

  if (c->hits == 1) {
    g_string_append_printf (text,
        "The picture at %" G_GINT64_FORMAT
        ".%d s was scored %.2f by “%s”, threshold %.2f.",
        pts_ms / 1000, (int) (pts_ms % 1000 / 100), score, hit->bank,
        threshold);
    return;
  }
  g_string_append_printf (text, "“%s” scored %.2f (threshold %.2f) on ",
      hit->bank, score, threshold);
  if (c->hits == c->of)
    g_string_append_printf (text, "the last %u pictures", c->hits);
  else
    g_string_append_printf (text, "%u of the last %u pictures", c->hits, c->of);
  g_string_append_printf (
      text, ", for %.1f s.", (double) (newest_ms - c->oldest_ms) / 1000);
}

/* What was matched, and how nearly. */
static void
append_match (GString *text, const Count *c)
{
  const WeirPolicyHit *hit = c->nearest;

  if (c->hits == 1)
    g_string_append_printf (text,
        "matches “%s” of bank %s, %u bits of 256 differ", hit->item, hit->bank,
        hit->distance);
  else if (c->one_item && c->one_bank)
    g_string_append_printf (text,
        "match “%s” of bank %s, nearest %u bits of 256", hit->item, hit->bank,
        hit->distance);
  else if (c->one_bank)
    g_string_append_printf (text,
        "match bank %s, nearest “%s” with %u bits of 256", hit->bank, hit->item,
        hit->distance);
  else
    g_string_append_printf (text,
        "match several banks, nearest “%s” of bank %s with %u bits of 256",
        hit->item, hit->bank, hit->distance);
  if (hit->edit != NULL && *hit->edit != '\0')
    g_string_append_printf (text, ", %s", hit->edit);
  g_string_append_printf (text, ", quality %u.", c->quality);
}

static void
append_end (GString *text, const WeirPolicyRule *rule, const WeirPolicyHit *hit)
{
  static const char *const does[] = { "", "writes it down.",
    "asks you to decide.", "withholds the stream until somebody decides.",
    "cuts the stream." };
  gboolean own = *rule->name == '\0';

  if (own && rule->action == WEIR_ACTION_CASE)
    return;
  g_string_append_printf (text, " %s %s %s",
      !own                                   ? "Policy"
      : weir_policy_is_score (hit->distance) ? "Scorer"
                                             : "Bank",
      own ? rule->bank : rule->name, does[rule->action]);
}

static char *
make_reason (const WeirPolicyRule *rule, const Count *c, gint64 newest_ms)
{
  gint64 pts_ms = MAX (newest_ms, 0);
  GString *text = g_string_new (NULL);

  if (weir_policy_is_score (c->nearest->distance)) {
    append_score (text, rule, c, pts_ms, newest_ms);
    append_end (text, rule, c->nearest);
    return g_string_free (text, FALSE);
  }
  if (c->hits == 1)
    g_string_append_printf (text, "The picture at %" G_GINT64_FORMAT ".%d s ",
        pts_ms / 1000, (int) (pts_ms % 1000 / 100));
  else if (rule->of > 0 && c->hits == c->of)
    g_string_append_printf (text, "The last %u pictures ", c->of);
  else if (rule->of > 0 || c->hits < c->of)
    g_string_append_printf (
        text, "%u of the last %u pictures ", c->hits, c->of);
  else
    g_string_append_printf (text, "%u pictures in %.1f s ", c->hits,
        (double) (newest_ms - c->oldest_ms) / 1000);
  append_match (text, c);
  append_end (text, rule, c->nearest);
  return g_string_free (text, FALSE);
}

/* Takes RULE as TOLD's if it is satisfied and stricter, or as strict and more
 * urgent. */
static void
try_rule (WeirFinder *finder, const WeirPolicy *policy,
    const WeirPolicyRule *rule, Told *told)
{
  const Sample *newest = sample_at (finder, 0);
  WeirFinding *f = &told->finding;
  Count c;

  if (f->action > rule->action
      || (f->action == rule->action && f->priority >= rule->priority))
    return;
  if (!count (finder, policy, rule, &c))
    return;
  reset_told (told);
  told->policy = g_strdup (rule->name);
  told->reason = make_reason (rule, &c, newest->pts_ms);
  *f = (WeirFinding){
    .hit = *counted_hit (finder, policy, rule, newest),
    .quality = newest->quality,
    .action = rule->action,
    .policy = told->policy,
    .priority = rule->priority,
    .timeout_ms = rule->timeout_ms,
    .on_timeout = rule->on_timeout,
    .hits = c.hits,
    .of = c.of,
    .first_hit_ms = c.first_ms,
    .from_ms = c.clean_ms,
    .to_ms = -1,
    .reason = told->reason,
  };
}

/* For a hit that stands while its rule is not, or no longer, satisfied. */
static void
show_single (WeirFinder *finder, const WeirPolicyHit *hit)
{
  const Sample *newest = sample_at (finder, 0);
  WeirFinding *f = &finder->last.finding;
  WeirPolicyRule rule = weir_policy_own_rule (hit);
  Count c = { .hits = 1,
    .of = 1,
    .nearest = hit,
    .quality = newest->quality,
    .one_item = TRUE,
    .one_bank = TRUE };

  rule.action = WEIR_ACTION_CASE;
  f->hit = *hit;
  f->quality = newest->quality;
  f->hits = f->of = 1;
  f->first_hit_ms = newest->pts_ms;
  f->reason = finder->last.reason = make_reason (&rule, &c, newest->pts_ms);
}

/* Fills finding and note of the newest sample, change aside. TRUE when one of
 * its hits stands: within what a rule that asks somebody lets count. */
static gboolean
judge (WeirFinder *finder, const WeirPolicy *policy)
{
  const GPtrArray *rules = weir_policy_get_rules (policy);
  const Sample *newest = sample_at (finder, 0);
  const WeirPolicyHit *standing = NULL;

  reset_told (&finder->last);
  reset_told (&finder->note);
  for (guint i = 0; i < newest->n_hits; i++) {
    const WeirPolicyHit *hit = &newest->hits[i];
    WeirPolicyRule own = weir_policy_own_rule (hit);
    gboolean any = FALSE;

    for (guint r = 0; r <= rules->len; r++) {
      const WeirPolicyRule *rule =
          r < rules->len ? g_ptr_array_index (rules, r) : &own;

      if (rule == &own ? any : !speaks (finder, policy, rule, hit))
        continue;
      any = TRUE;
      if (!weir_policy_rule_admits (rule, hit, newest->quality))
        continue;
      if (standing == NULL && rule->action >= WEIR_ACTION_CASE)
        standing = hit;
      try_rule (finder, policy, rule,
          rule->action >= WEIR_ACTION_CASE ? &finder->last : &finder->note);
    }
  }
  if (standing != NULL && finder->last.finding.action == WEIR_ACTION_NONE)
    show_single (finder, standing);
  return standing != NULL;
}

/* TRUE when the note that is satisfied now was not so a moment ago. */
static gboolean
is_new_note (WeirFinder *finder, gint64 pts_ms)
{
  const WeirFinding *note = &finder->note.finding;
  g_autofree char *id = g_strconcat (note->policy, "\n", note->hit.bank, NULL);
  const gint64 *before;
  gboolean fresh;

  if (finder->noted == NULL)
    finder->noted =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  before = g_hash_table_lookup (finder->noted, id);
  fresh = before == NULL || pts_ms - *before > finder->evidence.gap_ms;
  if (before == NULL && g_hash_table_size (finder->noted) >= MAX_NOTED)
    g_hash_table_remove_all (finder->noted);
  g_hash_table_replace (
      finder->noted, g_steal_pointer (&id), g_memdup2 (&pts_ms, sizeof pts_ms));
  return fresh;
}

/* A case about the same bank says more than a note. */
static WeirFindingChange
change_of_note (WeirFinder *finder, gint64 pts_ms)
{
  const WeirFinding *note = &finder->note.finding, *f = &finder->last.finding;

  if (note->action == WEIR_ACTION_NONE || !is_new_note (finder, pts_ms)
      || (f->action != WEIR_ACTION_NONE
          && strcmp (f->hit.bank, note->hit.bank) == 0))
    return WEIR_FINDING_NONE;
  return WEIR_FINDING_NOTE;
}

static void
begin (WeirFinder *finder)
{
  WeirFinding *f = &finder->last.finding;

  f->change = WEIR_FINDING_BEGIN;
  finder->begun = TRUE;
  finder->from_ms = f->from_ms >= 0
                        ? f->from_ms
                        : MIN (finder->evidence.from_ms, f->first_hit_ms);
}

static void
tell (const WeirFinder *finder, WeirFinding *ret)
{
  *ret = finder->last.finding;
  ret->from_ms = MAX (finder->from_ms, 0);
  ret->to_ms = finder->evidence.to_ms;
}

void
weir_finder_add (WeirFinder *finder, const WeirPolicy *policy, gint64 pts_ms,
    guint quality, const WeirPolicyHit *hits, guint n_hits, WeirFinding *ret,
    WeirFinding *ret_note)
{
  WeirFinding *f = &finder->last.finding;
  WeirEvidenceChange change;
  gboolean stands;

  remember (finder, pts_ms, quality, hits, n_hits);
  stands = judge (finder, policy);
  change = weir_evidence_add (&finder->evidence, pts_ms, stands);
  if (change == WEIR_EVIDENCE_BEGIN)
    finder->begun = FALSE;
  if (change == WEIR_EVIDENCE_END && finder->begun) {
    f->change = WEIR_FINDING_END;
  } else if (stands && finder->begun) {
    f->change = WEIR_FINDING_MORE;
  } else if (f->action != WEIR_ACTION_NONE) {
    begin (finder);
  }
  tell (finder, ret);
  *ret_note = finder->note.finding;
  ret_note->change = change_of_note (finder, pts_ms);
}

gboolean
weir_finder_restart (WeirFinder *finder, WeirFinding *ret)
{
  WeirFinding *f = &finder->last.finding;

  if (f->action == WEIR_ACTION_NONE)
    return FALSE;
  weir_evidence_forget (&finder->evidence);
  weir_evidence_add (&finder->evidence, sample_at (finder, 0)->pts_ms, TRUE);
  begin (finder);
  tell (finder, ret);
  return TRUE;
}
