/* Commands: one function each. Console, API, CLI and policy call the same
 * ones, with the same rights, limits and trail. Loop thread.
 *
 * A restrictive command (blank, cut) takes effect before it returns and is
 * answered when it is durable; when it can't be made durable it stays in
 * effect and is answered not_durable with applied true. A permissive one
 * (release, resume, unbar, a new key) takes effect once it is durable. */
#pragma once

#include "control/control.h"
#include "control/users.h"
#include "core/case.h"

#include <jansson.h>

#define WEIR_COMMAND_MAX_TEXT_BYTES 1000

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

void weir_command_blank (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
void weir_command_resume (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
/* CASE_ID may be NULL. Works for a stream that is not live: it is barred. */
void weir_command_cut (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
void weir_command_unbar (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);
void weir_command_decide (WeirControl *control, const WeirActor *actor,
    const char *case_id, WeirVerdict verdict, const char *note,
    WeirResultFunc func, gpointer data);
void weir_command_create_key (WeirControl *control, const WeirActor *actor,
    const char *app, const char *name, const char *publisher,
    WeirResultFunc func, gpointer data);
void weir_command_rotate_key (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data);
void weir_command_delete_key (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data);
void weir_command_delete_bar (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data);
