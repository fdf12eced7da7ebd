/* Says at once what changes, then no more for a second. */
#include "control/bank-changes.h"

#include "control/events.h"

#define PAUSE_MS 1000

struct _WeirBankChanges {
  WeirControl *control;
  GHashTable *waiting; /* names; "" stands for all */
  WeirTimer *pause;    /* NULL: whatever comes is told at once */
};

WeirBankChanges *
weir_bank_changes_new (WeirControl *control)
{
  WeirBankChanges *self = g_new0 (WeirBankChanges, 1);

  self->control = control;
  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
weir_bank_changes_free (WeirBankChanges *self)
{
  if (self == NULL)
    return;
  weir_timer_free (self->pause);
  g_hash_table_unref (self->waiting);
  g_free (self);
}

static void
tell (WeirBankChanges *self)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->waiting);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    json_t *body = json_object ();

    json_object_set_new (body, "bank",
        *(const char *) name != '\0' ? json_string (name) : json_null ());
    weir_events_emit (self->control->events, "bank.changed", body);
  }
  g_hash_table_remove_all (self->waiting);
}

static void
on_pause (gpointer data)
{
  WeirBankChanges *self = data;

  if (g_hash_table_size (self->waiting) > 0)
    tell (self);
  else
    g_clear_pointer (&self->pause, weir_timer_free);
}

void
weir_bank_changes_note (WeirBankChanges *self, const char *bank)
{
  g_hash_table_add (self->waiting, g_strdup (bank != NULL ? bank : ""));
  if (self->pause != NULL)
    return;
  tell (self);
  self->pause = weir_timer_new_aside (
      self->control->loop, PAUSE_MS, PAUSE_MS, on_pause, self);
}
