/* Puts the parts of the state together. */
#include "control/control.h"

#include "base/log.h"
#include "control/admission.h"
#include "control/bank-changes.h"
#include "control/bank-hits.h"
#include "control/banks.h"
#include "control/bars.h"
#include "control/cases.h"
#include "control/closures.h"
#include "control/describe.h"
#include "control/events.h"
#include "control/fail-policy.h"
#include "control/hit-counts.h"
#include "control/import.h"
#include "control/keys.h"
#include "control/load.h"
#include "control/look-back.h"
#include "control/quarantines.h"
#include "control/sampling.h"
#include "control/policing.h"
#include "control/sightings.h"
#include "control/signals.h"
#include "control/streams.h"
#include "control/users.h"

gboolean
weir_control_start (WeirControl *control, GError **error)
{
  WeirStoreState state = { 0 };

  if (!weir_store_load (control->store, &state, error))
    return FALSE;
  control->started_us = weir_now_us ();
  control->events = weir_events_new ();
  control->keys = weir_keys_new (state.keys);
  control->bars = weir_bars_new (state.bars);
  weir_bars_begin (control);
  control->closures = weir_closures_new (control, state.closures);
  control->users = weir_users_new (state.users,
      weir_settings_int (control->settings, "http", "session_hours") * 3600
          * 1000);
  control->policing = weir_policing_new (control);
  control->sightings = weir_sightings_new (control);
  control->bank_changes = weir_bank_changes_new (control);
  control->bank_hits = weir_bank_hits_new ();
  control->hit_counts = weir_hit_counts_new (control, state.hit_counts);
  control->quarantines = weir_quarantines_new (control, state.quarantines);
  control->cases = weir_cases_new (control, state.cases);
  control->look_back = weir_look_back_new (control);
  control->load = weir_load_new (control);
  control->sampling = weir_sampling_new (control, state.publishers);
  control->fail_policy = weir_fail_policy_new (control);
  control->streams = weir_streams_new (control);
  control->admission = weir_admission_new (control);
  weir_signals_load (control, state.signals);
  weir_store_state_clear (&state);
  return TRUE;
}

void
weir_control_clear (WeirControl *control)
{
  g_clear_pointer (&control->import, weir_import_free);
  g_clear_pointer (&control->admission, weir_admission_free);
  g_clear_pointer (&control->streams, weir_streams_free);
  g_clear_pointer (&control->fail_policy, weir_fail_policy_free);
  g_clear_pointer (&control->sampling, weir_sampling_free);
  g_clear_pointer (&control->load, weir_load_free);
  g_clear_pointer (&control->look_back, weir_look_back_free);
  g_clear_pointer (&control->cases, weir_cases_free);
  g_clear_pointer (&control->quarantines, weir_quarantines_free);
  g_clear_pointer (&control->hit_counts, weir_hit_counts_free);
  g_clear_pointer (&control->bank_hits, weir_bank_hits_free);
  g_clear_pointer (&control->bank_changes, weir_bank_changes_free);
  g_clear_pointer (&control->sightings, weir_sightings_free);
  g_clear_pointer (&control->policing, weir_policing_free);
  g_clear_pointer (&control->users, weir_users_free);
  g_clear_pointer (&control->closures, weir_closures_free);
  g_clear_pointer (&control->bars, weir_bars_free);
  g_clear_pointer (&control->keys, weir_keys_free);
  g_clear_pointer (&control->events, weir_events_free);
}

void
weir_control_note_store (WeirControl *control, const GError *error)
{
  gboolean failing = error != NULL;

  if (failing)
    weir_error ("store", NULL, "%s", error->message);
  if (failing == control->store_failing)
    return;
  control->store_failing = failing;
  if (!failing)
    weir_info ("store", NULL, "works again");
  weir_events_emit (control->events, "system.status",
      json_pack ("{s:o}", "system", weir_describe_system (control)));
}
