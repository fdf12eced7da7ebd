/* What a finding leads to: the table of [policy NAME] sections. Pure.
 *
 * A rule speaks for the hits of one bank or of all banks, or for those of one
 * scorer, in one application or in all. Of the rules that fit a hit only the
 * most particular speak: those that name bank (or scorer) and application
 * before those that name the bank, before those that name the application,
 * before the rest. Where none fits, the bank's, or scorer's, own values are the
 * rule: a single hit does its action. */
#pragma once

#include "core/settings.h"

/* More would make a table nobody understands. */
#define WEIR_POLICY_MAX_RULES 128
/* Samples that an evidence rule may look back on. */
#define WEIR_POLICY_MAX_SAMPLES 60

/* From mild to strict. */
typedef enum {
  WEIR_ACTION_NONE,
  WEIR_ACTION_NOTE, /* written down, nobody is asked */
  WEIR_ACTION_CASE, /* somebody decides */
  WEIR_ACTION_HOLD, /* withheld until somebody decides */
  WEIR_ACTION_CUT,  /* cut; somebody may lift it */
} WeirAction;

const char *weir_action_name (WeirAction action); /* "none" for none */
gboolean weir_action_from_string (const char *text, WeirAction *ret_action);

/* What happens to a case that nobody has decided in time. */
typedef enum {
  WEIR_TIMEOUT_KEEP, /* nothing */
  WEIR_TIMEOUT_RELEASE,
  WEIR_TIMEOUT_HOLD,
  WEIR_TIMEOUT_CUT,
} WeirTimeout;

const char *weir_timeout_name (WeirTimeout timeout);
gboolean weir_timeout_from_string (const char *text, WeirTimeout *ret_timeout);

/* A classifier's score counts as a hit whose bank, entry and item are the
 * scorer's name, and whose distance is beyond all that hashes can have: the
 * less, the higher the score. So what matches a list always counts as nearer,
 * and the distance of its threshold is its radius. */
#define WEIR_POLICY_SCORE_ONE 1000 /* scores are in thousandths */
guint weir_policy_distance_of_score (guint thousandths);
gboolean weir_policy_is_score (guint distance);
guint weir_policy_score_of_distance (guint distance);
/* A threshold as it is written, "0.8"; FALSE beyond 0.001 to 1. */
gboolean weir_policy_parse_threshold (const char *text, guint *ret_thousandths);

/* One match of one picture, with what its bank says itself. */
typedef struct {
  const char *bank;
  const char *entry;
  const char *item;
  guint distance;
  guint probe;
  guint radius;
  guint min_quality;
  WeirAction action;
  guint priority;
  const char *edit; /* what the probe undid, "mirrored"; static; NULL or "": the
                       picture is as it is */
} WeirPolicyHit;

typedef struct {
  char *name;       /* "" for a bank's own values */
  char *app;        /* "": all */
  char *bank;       /* "": all, or that of a scorer */
  char *scorer;     /* "": it is about banks */
  gint radius;      /* -1: the bank's; a scorer's threshold as a distance */
  gint min_quality; /* -1: the bank's */
  guint hits;       /* at least so many, the newest sample being one */
  guint of;         /* among the newest so many; 0: the most it can look at */
  gint64 within_ms; /* from first to last of them, stream time; 0: any */
  WeirAction action;
  guint priority;    /* 0 to 100, the most urgent */
  gint64 timeout_ms; /* 0: of a case, when it becomes public; else none */
  WeirTimeout on_timeout;
} WeirPolicyRule;

typedef struct _WeirPolicy WeirPolicy;

/* The rules of SETTINGS, checked: WEIR_ERROR_CONFIG names section and key of
 * what is unknown, impossible or contradictory. BANKS: banks that rules may
 * name, and scorers, as "scorer NAME"; they also may be in SETTINGS. NULL: only
 * those. */
WeirPolicy *weir_policy_new (
    const WeirSettings *settings, const char *const *banks, GError **error);
/* The same from a table; takes RULES (WeirPolicyRule). */
WeirPolicy *weir_policy_new_from_rules (
    GPtrArray *rules, const char *const *banks, GError **error);
void weir_policy_free (WeirPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirPolicy, weir_policy_free)

void weir_policy_rule_free (WeirPolicyRule *rule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirPolicyRule, weir_policy_rule_free)

/* In the order of the file. Borrowed. */
const GPtrArray *weir_policy_get_rules (const WeirPolicy *policy);
/* The largest radius of any rule for banks, and its rule's name; 0 and NULL if
 * none has one of its own. */
guint weir_policy_get_radius (const WeirPolicy *policy, const char **ret_name);

/* The lowest threshold of any rule for SCORER that has one of its own, and its
 * rule's name; MOST and NULL if none is below that. */
guint weir_policy_get_threshold (const WeirPolicy *policy, const char *scorer,
    guint most, const char **ret_name);

/* TRUE when RULE speaks for hits of BANK in APP; IS_SCORE: BANK is a scorer. */
gboolean
weir_policy_speaks (const WeirPolicy *policy, const WeirPolicyRule *rule,
    const char *app, const char *bank, gboolean is_score);
/* TRUE when HIT, of a picture of QUALITY, is near enough for RULE. */
gboolean weir_policy_rule_admits (
    const WeirPolicyRule *rule, const WeirPolicyHit *hit, guint quality);
/* The rule that HIT's bank makes itself; borrows from HIT. */
WeirPolicyRule weir_policy_own_rule (const WeirPolicyHit *hit);
