/* What the API says of policy and hits, as core/ takes it. Pure. */
#pragma once

#include <jansson.h>

#include "core/replay.h"

/* Names of the banks in POLICY, the answer of GET policy, and of its scorers as
 * "scorer NAME"; ends with NULL. */
GPtrArray *weir_ctl_policy_bank_names (const json_t *policy);

/* The rules in it. */
WeirPolicy *weir_ctl_policy_parse (const json_t *policy, GError **error);

typedef struct _WeirCtlHits WeirCtlHits;

/* HITS, as GET hits gives them (newest first), with what the banks and scorers
 * of POLICY say themselves, or of SETTINGS (may be NULL) where it has the bank
 * or scorer. Matches of those that neither knows are left out. Borrows from
 * both. */
WeirCtlHits *weir_ctl_hits_new (
    const json_t *hits, const json_t *policy, const WeirSettings *settings);
void weir_ctl_hits_free (WeirCtlHits *hits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirCtlHits, weir_ctl_hits_free)

/* WeirReplayHit, oldest first. */
const GArray *weir_ctl_hits_get (const WeirCtlHits *hits);
