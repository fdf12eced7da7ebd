/* Entries whose matches are passed over, because they fire everywhere and
 * people said that it means nothing (core/flood has the rule). Loop thread.
 *
 * An entry that only fires everywhere is told of and goes on asking: that is
 * what an attack looks like, too. A bank that withholds by itself (its action,
 * or a policy that may speak for it, is hold or cut, or does so when nobody
 * decides in time) is one that people rely on while nobody looks: its entries
 * are never taken out of the way by counting, only by a person. Cases that are
 * open stay open. An entry that a person gave back is left alone for [bank]
 * flood_rest_s, whatever is counted. */
#pragma once

#include "control/control.h"
#include "control/quarantine.h"
#include "control/stream.h"

/* Known at most; of those that were lifted or have ended the oldest give way.
 * Beyond it none is added. */
#define WEIR_QUARANTINES_MAX 1000

/* Takes the loaded ones (elements of LOADED are stolen). */
WeirQuarantines *weir_quarantines_new (WeirControl *control, GPtrArray *loaded);
void weir_quarantines_free (WeirQuarantines *quarantines);

/* TRUE when matches of ENTRY are to be passed over. */
gboolean weir_quarantines_has (
    const WeirQuarantines *quarantines, const char *bank, const char *entry);
/* Borrowed; also one that was lifted or has ended. NULL when there is none. */
const WeirQuarantine *weir_quarantines_find (
    const WeirQuarantines *quarantines, const char *bank, const char *entry);
/* Borrowed, NULL without one. */
const WeirQuarantine *weir_quarantines_find_in_effect (
    const WeirQuarantines *quarantines, const char *bank, const char *entry);
/* In effect, of BANK or, with NULL, of all. */
guint
weir_quarantines_count (const WeirQuarantines *quarantines, const char *bank);
/* Borrowed WeirQuarantine elements of BANK that are in effect, the oldest
 * first. */
GPtrArray *
weir_quarantines_list (const WeirQuarantines *quarantines, const char *bank);
/* FALSE when there are too many. */
gboolean weir_quarantines_has_room (const WeirQuarantines *quarantines);

/* HIT, within its bank's radius and quality, was found on STREAM. */
void weir_quarantines_note_hit (WeirQuarantines *quarantines,
    const WeirStream *stream, const WeirPolicyHit *hit);
/* C was CUT, or released. CAUSE is weir_command_cause (): only what people
 * decide counts. */
void weir_quarantines_note_verdict (
    WeirControl *control, const char *cause, const WeirCase *c, gboolean cut);

/* Takes QUARANTINE in the place of what was known of its entry, and tells who
 * watches. It is the caller's that it is stored. */
void
weir_quarantines_put (WeirQuarantines *quarantines, WeirQuarantine *quarantine);
