/* Rates, risk and costs. */
#include "control/describe-sampling.h"

#include "control/describe.h"
#include "control/stream.h"

json_t *
weir_describe_sampling (const WeirStream *stream)
{
  const WeirSampler *sampler = &stream->sampler;
  const WeirStreamSampling *s = &stream->sampling;
  const WeirLadder *ladder = &s->ladder;
  gint64 now_ms = weir_now_us () / 1000;
  gboolean looked = s->granted < ladder->n;
  WeirRiskReason reason;
  json_t *json = json_pack ("{s:s, s:I, s:I, s:I, s:I, s:o}", "mode",
      weir_sampling_mode_name (sampler->wish.rate.mode), "asked",
      (json_int_t) sampler->wish.taken, "granted",
      (json_int_t) sampler->grant.taken, "done",
      (json_int_t) stream->samples_done, "skipped",
      (json_int_t) stream->samples_skipped, "skip_reason",
      weir_describe_text (stream->skip_reason));

  json_object_set_new (
      json, "asked_gap_ms", json_integer (sampler->wish.rate.gap_ms));
  json_object_set_new (
      json, "granted_gap_ms", json_integer (sampler->grant.rate.gap_ms));
  json_object_set_new (json, "asked_probes",
      json_string (weir_sampling_probes_name (s->asked_probes)));
  json_object_set_new (json, "granted_probes",
      json_string (weir_sampling_probes_name (s->granted_probes)));
  json_object_set_new (json, "floor_gap_ms", json_integer (sampler->floor_ms));
  json_object_set_new (json, "key_gap_ms", json_integer (sampler->key_gap_ms));
  json_object_set_new (json, "asked_cpu_us",
      json_integer (looked ? ladder->costs_us[ladder->n - 1] : 0));
  json_object_set_new (json, "granted_cpu_us",
      json_integer (looked ? ladder->costs_us[s->granted] : 0));
  json_object_set_new (json, "risk_percent",
      json_integer ((json_int_t) (weir_risk_get (&s->risk, now_ms) * 100)));
  json_object_set_new (json, "risk_reason",
      weir_risk_get_reason (&s->risk, now_ms, &reason)
          ? json_string (weir_risk_reason_text (reason))
          : json_null ());
  return json;
}

json_t *
weir_describe_budget (const WeirSampling *sampling)
{
  WeirSamplingFigures f;

  weir_sampling_get_figures (sampling, &f);
  return json_pack ("{s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:I}", "budget_us",
      (json_int_t) f.budget_us, "limit_us", (json_int_t) f.round.limit_us,
      "asked_us", (json_int_t) f.round.asked_us, "granted_us",
      (json_int_t) f.round.granted_us, "floor_us",
      (json_int_t) f.round.floor_us, "spent_us", (json_int_t) f.spent_us,
      "streams_lowered", (int) f.round.lowered, "waited_ms",
      (json_int_t) f.waited_ms);
}
