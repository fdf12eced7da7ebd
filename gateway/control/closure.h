/* A name that a person closed, as the store keeps it. */
#pragma once

#include <glib.h>

typedef enum {
  WEIR_CLOSURE_BLANK,
  WEIR_CLOSURE_MUTE,
  WEIR_CLOSURE_KINDS
} WeirClosureKind;

/* "blank", "mute" */
const char *weir_closure_kind_name (WeirClosureKind kind);

typedef struct {
  char *id;
  char *stream; /* "APP/NAME" */
  WeirClosureKind kind;
  char *by;
  char *reason;
  gint64 since_ms; /* wall */
  gint64 until_ms; /* wall; 0: somebody streams it, or until it is opened */
} WeirClosure;

WeirClosure *weir_closure_copy (const WeirClosure *closure);
void weir_closure_free (WeirClosure *closure);
