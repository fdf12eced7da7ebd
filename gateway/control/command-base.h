/* What the command files share: a command on its way to the store. */
#pragma once

#include "control/commands.h"

typedef struct _WeirCommand WeirCommand;

/* Called when the transaction is durable, before the answer: permissive
 * commands take effect here. When COMMAND->refused is set, something stricter
 * came in the meantime: apply then only puts back what was stored. */
typedef void (*WeirCommandApply) (WeirCommand *command);

struct _WeirCommand {
  WeirControl *control;
  WeirResultFunc func;
  gpointer data;
  gboolean restrictive; /* in effect already */
  json_t *extra;        /* for the answer, owned */
  char *label;          /* the actor's, for people */
  const char *cause;    /* for gate.changed: weir_command_cause () */
  char *subject;        /* what it is about: a path or an id */
  char *opens;          /* path of the gate that apply opens, or NULL */
  guint64 restrictions; /* of that path when it was submitted */
  gboolean refused;     /* apply must not, or did not, do it */
  const char *gone;     /* set by apply: what it is about went meanwhile, in
                           words; NULL: it did not */
  gpointer payload;     /* for apply, owned by free_payload */
  GDestroyNotify free_payload;
  WeirCommandApply apply; /* may be NULL */
};

/* Of an entry of a bank. */
#define WEIR_COMMAND_GONE "It was taken out in the meantime."

WeirCommand *weir_command_new (WeirControl *control, const WeirActor *actor,
    const char *subject, WeirResultFunc func, gpointer data);

/* Adds the trail record and hands TXN to the store; the rest follows. Takes
 * all three. DETAIL: a JSON object. */
void weir_command_submit (WeirCommand *command, const WeirActor *actor,
    const char *action, const char *subject, json_t *detail, WeirTxn *txn);

/* "policy" or "reviewer". */
const char *weir_command_cause (const WeirActor *actor);

void weir_answer_error (WeirResultFunc func, gpointer data, const char *error,
    const char *format, ...) G_GNUC_PRINTF (4, 5);
/* PATH's application is in shadow mode. */
void weir_answer_shadow (WeirResultFunc func, gpointer data, const char *path);
/* Nothing had to change; takes EXTRA. */
void weir_answer_ok (WeirResultFunc func, gpointer data, json_t *extra);
