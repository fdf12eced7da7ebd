/* The fail policy: what happens to the gates of an application while nothing
 * can be looked at, nobody is there, or nothing can be stored. Every switch is
 * an event and a record of the trail. Loop thread. */
#pragma once

#include "control/stream.h"

typedef struct _WeirFailPolicy WeirFailPolicy;

WeirFailPolicy *weir_fail_policy_new (WeirControl *control);
void weir_fail_policy_free (WeirFailPolicy *policy);

/* Once a second. */
void weir_fail_policy_look (WeirFailPolicy *policy, gint64 now_us);

/* A stream has begun: what holds for its application holds for it. */
void weir_fail_policy_begin (WeirFailPolicy *policy, WeirStream *stream);

/* Words for a publisher of APP who can't be let in now, or NULL. Static. */
const char *weir_fail_policy_refusal (WeirFailPolicy *policy, const char *app);

/* Records that wait for the disk; the oldest give way. */
#define WEIR_FAIL_POLICY_MAX_RECORDS 1000
