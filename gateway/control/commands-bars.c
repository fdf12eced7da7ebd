/* Commands that lift bars. */
#include "control/command-base.h"

#include "control/bars.h"

#include <string.h>

static void
apply_unbar (WeirCommand *command)
{
  const WeirBar *bar;

  while ((bar = weir_bars_find (command->control->bars, command->subject, ""))
         != NULL)
    weir_bars_remove (command->control->bars, bar->id);
}

void
weir_command_unbar (WeirControl *control, const WeirActor *actor,
    const char *path, const char *reason, WeirResultFunc func, gpointer data)
{
  const GPtrArray *bars = weir_bars_list (control->bars);
  g_autofree char *subject = g_strconcat ("stream:", path, NULL);
  WeirCommand *command;
  WeirTxn *txn = weir_txn_new ();
  guint n = 0;

  for (guint i = 0; i < bars->len; i++) {
    const WeirBar *bar = g_ptr_array_index (bars, i);

    if (strcmp (bar->stream, path) == 0) {
      weir_txn_delete_bar (txn, bar->id);
      n++;
    }
  }
  if (n == 0) {
    weir_txn_free (txn);
    weir_answer_error (func, data, "not_found", "%s is not barred.", path);
    return;
  }
  command = weir_command_new (control, actor, path, func, data);
  command->apply = apply_unbar;
  weir_command_submit (command, actor, "stream.unbar", subject,
      json_pack ("{s:s}", "reason", reason), txn);
}

static void
apply_delete_bar (WeirCommand *command)
{
  weir_bars_remove (command->control->bars, command->subject);
}

void
weir_command_delete_bar (WeirControl *control, const WeirActor *actor,
    const char *id, WeirResultFunc func, gpointer data)
{
  const WeirBar *bar = weir_bars_get (control->bars, id);
  g_autofree char *subject = NULL;
  WeirCommand *command;
  WeirTxn *txn;

  if (bar == NULL) {
    weir_answer_error (func, data, "not_found", "There is no such bar.");
    return;
  }
  subject = g_strconcat ("stream:", bar->stream, NULL);
  txn = weir_txn_new ();
  weir_txn_delete_bar (txn, id);
  command = weir_command_new (control, actor, id, func, data);
  command->apply = apply_delete_bar;
  weir_command_submit (command, actor, "stream.unbar", subject,
      json_pack ("{s:s}", "bar", id), txn);
}
