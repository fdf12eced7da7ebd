/* A report: somebody saw something. */
#include "control/command-base.h"
#include "control/sampling.h"
#include "control/streams.h"

void
weir_command_report (WeirControl *control, const WeirActor *actor,
    const char *path, const char *reason, WeirResultFunc func, gpointer data)
{
  WeirStream *stream = weir_streams_find (control->streams, path);
  g_autofree char *subject = g_strconcat ("stream:", path, NULL);
  WeirCommand *command;

  if (stream == NULL) {
    weir_answer_error (func, data, "not_found", "%s is not live.", path);
    return;
  }
  weir_sampling_note_report (control->sampling, stream);
  command = weir_command_new (control, actor, path, func, data);
  command->restrictive = TRUE;
  weir_command_submit (command, actor, "stream.report", subject,
      json_pack ("{s:s}", "reason", reason), weir_txn_new ());
}
