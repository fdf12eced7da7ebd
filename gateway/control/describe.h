/* State as JSON, the one form that events, snapshots and the API show.
 * Callers own what is returned. */
#pragma once

#include "control/control.h"
#include "control/ingest.h"
#include "core/trail.h"

#include <jansson.h>

json_t *
weir_describe_stream (const WeirControl *control, const WeirStream *stream);
/* A list of what a gate is blanked for: WeirGateCause. */
json_t *weir_describe_causes (guint causes);
/* Adds bank and distance, or scorer and score: those that there are not are
 * null. */
void weir_describe_hit (json_t *json, const char *name, guint distance);

json_t *weir_describe_case (const WeirControl *control, const WeirCase *c);
json_t *weir_describe_key (const WeirKey *key);
json_t *weir_describe_bar (const WeirBar *bar);
json_t *weir_describe_trail (const WeirTrailRecord *record);
json_t *weir_describe_system (const WeirControl *control);

json_t *weir_describe_streams (const WeirControl *control);
json_t *weir_describe_cases (const WeirControl *control);

/* null for NULL. TEXT may come from another program: what is not UTF-8 is
 * shown escaped. */
json_t *weir_describe_text (const char *text);

/* Compact text with sorted keys; takes JSON. Caller frees with g_free (). */
char *weir_describe_dump (json_t *json);
