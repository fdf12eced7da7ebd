/* stream.set_sampling: how often one stream is looked at while it is on. */
#include "control/command-base.h"
#include "control/sampling.h"
#include "control/stream.h"

#include <string.h>

#define MAX_FPS 60
#define MAX_GAP_MS 60000

gboolean
weir_command_parse_sampling (
    json_t *request, WeirSamplingRate *ret, char **ret_wrong)
{
  const char *mode = json_string_value (json_object_get (request, "mode"));
  const json_t *fps = json_object_get (request, "fps");
  const json_t *gap = json_object_get (request, "min_gap_ms");
  double rate = fps != NULL ? json_number_value (fps) : 0;
  WeirSamplingRate result = { 0 };

  if (mode == NULL || !weir_sampling_mode_from_string (mode, &result.mode)) {
    *ret_wrong = g_strdup ("\"mode\" must be keyframes, fps, all or off.");
    return FALSE;
  }
  if ((result.mode == WEIR_SAMPLING_FPS) != (fps != NULL)
      || (fps != NULL && !(rate >= 1.0 / 60 && rate <= MAX_FPS))) {
    *ret_wrong = g_strdup_printf (
        "\"fps\" goes with the mode fps: 1/60 to %d pictures a second.",
        MAX_FPS);
    return FALSE;
  }
  if (gap != NULL
      && (result.mode != WEIR_SAMPLING_KEYFRAMES || !json_is_integer (gap)
          || json_integer_value (gap) < 0
          || json_integer_value (gap) > MAX_GAP_MS)) {
    *ret_wrong = g_strdup_printf (
        "\"min_gap_ms\" goes with the mode keyframes: 0 to %d milliseconds.",
        MAX_GAP_MS);
    return FALSE;
  }
  if (fps != NULL)
    result.gap_ms = (gint64) (1000 / rate);
  else if (gap != NULL)
    result.gap_ms = json_integer_value (gap);
  *ret = result;
  return TRUE;
}

gboolean
weir_command_parse_probes (
    json_t *request, WeirSamplingProbes *ret, gboolean *ret_any)
{
  const json_t *probes = json_object_get (request, "probes");

  *ret_any = probes != NULL;
  return probes == NULL
         || (json_is_string (probes)
             && weir_sampling_probes_from_string (
                 json_string_value (probes), ret));
}

typedef struct {
  WeirSamplingRate rate;
  gboolean has_probes;
  WeirSamplingProbes probes;
} Wish;

static void
apply_sampling (WeirCommand *command)
{
  WeirControl *control = command->control;
  const Wish *wish = command->payload;
  WeirStream *stream = weir_streams_find (control->streams, command->subject);

  /* It may have ended meanwhile, which leaves nothing to set. */
  if (stream != NULL)
    weir_sampling_set_calm (control->sampling, stream, &wish->rate,
        wish->has_probes ? wish->probes : stream->sampling.calm_probes);
}

void
weir_command_set_sampling (WeirControl *control, const WeirActor *actor,
    const char *path, const WeirSamplingRate *rate,
    const WeirSamplingProbes *probes, gboolean estimate_only,
    const char *reason, WeirResultFunc func, gpointer data)
{
  WeirStream *stream = weir_streams_find (control->streams, path);
  g_autofree char *subject = g_strconcat ("stream:", path, NULL);
  WeirCommand *command;
  Wish wish = { .rate = *rate, .has_probes = probes != NULL };
  json_t *extra, *detail;

  if (stream == NULL) {
    weir_answer_error (
        func, data, "not_found", "There is no stream %s now.", path);
    return;
  }
  extra = json_pack ("{s:I}", "cpu_us",
      (json_int_t) weir_sampling_estimate_us (control->sampling, stream, rate));
  if (estimate_only) {
    weir_answer_ok (func, data, extra);
    return;
  }
  command = weir_command_new (control, actor, path, func, data);
  command->extra = extra;
  command->apply = apply_sampling;
  if (probes != NULL)
    wish.probes = *probes;
  command->payload = g_memdup2 (&wish, sizeof wish);
  command->free_payload = g_free;
  detail = json_pack ("{s:s, s:s, s:I}", "reason", reason, "mode",
      weir_sampling_mode_name (rate->mode), "gap_ms",
      (json_int_t) rate->gap_ms);
  if (probes != NULL)
    json_object_set_new (
        detail, "probes", json_string (weir_sampling_probes_name (*probes)));
  weir_command_submit (
      command, actor, "stream.set_sampling", subject, detail, weir_txn_new ());
}
