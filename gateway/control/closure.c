/* Copies and names of closures. */
#include "control/closure.h"

const char *
weir_closure_kind_name (WeirClosureKind kind)
{
  return kind == WEIR_CLOSURE_MUTE ? "mute" : "blank";
}

WeirClosure *
weir_closure_copy (const WeirClosure *closure)
{
  WeirClosure *copy = g_memdup2 (closure, sizeof *closure);

  copy->id = g_strdup (closure->id);
  copy->stream = g_strdup (closure->stream);
  copy->by = g_strdup (closure->by);
  copy->reason = g_strdup (closure->reason);
  return copy;
}

void
weir_closure_free (WeirClosure *closure)
{
  if (closure == NULL)
    return;
  g_free (closure->id);
  g_free (closure->stream);
  g_free (closure->by);
  g_free (closure->reason);
  g_free (closure);
}
