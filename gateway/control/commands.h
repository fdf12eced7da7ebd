/* Commands: one function each. Console, API, CLI and policy call the same
 * ones, with the same rights, limits and trail. Loop thread.
 *
 * A restrictive command (blank, cut) takes effect before it returns and is
 * answered when it is durable; when it can't be made durable it stays in
 * effect and is answered not_durable with applied true. A permissive one
 * (release, resume, unbar, a new key) takes effect once it is durable. */
#pragma once

#include "control/control.h"
#include "core/sampler.h"
#include "control/users.h"
#include "core/case.h"

#include <jansson.h>

#define WEIR_COMMAND_MAX_TEXT_BYTES 1000
#define WEIR_COMMAND_MAX_SIGNALS 500 /* in one command */

/* Who commands. Borrowed for the call. */
typedef struct {
  const char *name;  /* "user:admin" for the trail */
  const char *label; /* "admin" for people */
  WeirRole role;
  gint64 arrived_us; /* when the command's last byte was read */
  const char *cause; /* of what it does, for gate.changed; NULL: reviewer */
} WeirActor;

/* The answer. ERROR: NULL when ok, else unknown_command, bad_request,
 * not_found, not_allowed, conflict, not_durable. MESSAGE: words. EXTRA: an
 * object with more members, or NULL. Borrowed for the call. */
typedef struct {
  gboolean ok;
  const char *error;
  const char *message;
  gboolean applied;
  json_t *extra;
} WeirResult;

/* Called exactly once, maybe before the command returns. */
typedef void (*WeirResultFunc) (const WeirResult *result, gpointer data);

/* Runs {"type":"stream.cut", …}: finds the command, checks ACTOR's role and
 * the arguments, calls the function. REQUEST is borrowed. */
void weir_command_run (WeirControl *control, const WeirActor *actor,
    json_t *request, WeirResultFunc func, gpointer data);

/* "mode" of REQUEST, with "fps" or "min_gap_ms". FALSE with words in RET_WRONG,
 * for the caller to free. */
gboolean weir_command_parse_sampling (
    json_t *request, WeirSamplingRate *ret, char **ret_wrong);
/* "probes" of REQUEST. FALSE when it is no set; RET_ANY: it is there. */
gboolean weir_command_parse_probes (
    json_t *request, WeirSamplingProbes *ret, gboolean *ret_any);
/* Another rate for STREAM as long as it is on, in effect with its next packet,
 * and other PROBES, NULL: as they are.
 * The answer has "cpu_us", what a second of it is going to cost;
 * ESTIMATE_ONLY: nothing else happens. */
void weir_command_set_sampling (WeirControl *control, const WeirActor *actor,
    const char *stream, const WeirSamplingRate *rate,
    const WeirSamplingProbes *probes, gboolean estimate_only,
    const char *reason, WeirResultFunc func, gpointer data);
void weir_command_blank (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
void weir_command_resume (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
/* [FROM_MS, TO_MS) of stream time; TO_MS below 0: open, until it is lifted by
 * resume. What was sent of it is in the answer, the rest is withheld. */
void weir_command_redact (WeirControl *control, const WeirActor *actor,
    const char *stream, gint64 from_ms, gint64 to_ms, const char *reason,
    WeirResultFunc func, gpointer data);
/* All that was not sent, or its newest NEWEST_MS when that is above 0. */
void weir_command_dump (WeirControl *control, const WeirActor *actor,
    const char *stream, gint64 newest_ms, const char *reason,
    WeirResultFunc func, gpointer data);
void weir_command_mute (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
void weir_command_unmute (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
/* A longer delay holds at once, a shorter one from a key frame on. */
void weir_command_set_delay (WeirControl *control, const WeirActor *actor,
    const char *stream, gint64 delay_ms, const char *reason,
    WeirResultFunc func, gpointer data);

typedef struct {
  gint64 slate_ms; /* the slate goes on so long; below 0: as is set */
  gint64 bar_ms;   /* barred so long; 0: for good */
} WeirCutOptions;

/* Works for a stream that is not live: it is barred. OPTIONS may be NULL. */
void weir_command_cut (WeirControl *control, const WeirActor *actor,
    const char *stream, const WeirCutOptions *options, const char *reason,
    WeirResultFunc func, gpointer data);
void weir_command_unbar (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
/* The stream is looked at more closely; it must be live. */
void weir_command_report (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
void weir_command_decide (WeirControl *control, const WeirActor *actor,
    const char *case_id, WeirVerdict verdict, const char *note,
    WeirResultFunc func, gpointer data);
/* For policy: blanks the case's stream from its first flagged key frame on,
 * until the case is decided. */
void weir_command_hold (WeirControl *control, const WeirActor *actor,
    const char *case_id, const char *note, WeirResultFunc func, gpointer data);
void weir_command_create_key (WeirControl *control, const WeirActor *actor,
    const char *app, const char *name, const char *publisher,
    WeirResultFunc func, gpointer data);
void weir_command_rotate_key (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data);
void weir_command_delete_key (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data);
/* ENTRIES: objects with "hash" and maybe "quality", "entry", "item", "label",
 * "owner", "opinion", "note", "disable_until_ms". What is wrong with one is in
 * the answer, the others go in, together; one whose hash the bank has already
 * changes nothing. */
void weir_command_add_signals (WeirControl *control, const WeirActor *actor,
    const char *bank, json_t *entries, WeirResultFunc func, gpointer data);
void weir_command_delete_signal (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data);
/* Matches of ENTRY of BANK are passed over from when it is durable on. */
void weir_command_quarantine (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *entry, const char *note, WeirResultFunc func,
    gpointer data);
/* They count again, at once. */
void weir_command_give_back (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *entry, const char *note, WeirResultFunc func,
    gpointer data);
/* Matches of ENTRY (its name, hash or id) of BANK are passed over until then,
 * from when it is durable on. */
#define WEIR_COMMAND_MAX_DISABLED_MS                                           \
  (G_GINT64_CONSTANT (10) * 366 * 86400 * 1000)
void weir_command_disable_entry (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *entry, gint64 until_ms, const char *note,
    WeirResultFunc func, gpointer data);
/* They count again before, from when it is durable on. */
void weir_command_enable_entry (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *entry, const char *note, WeirResultFunc func,
    gpointer data);
void weir_command_delete_bar (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data);
