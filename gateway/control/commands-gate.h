/* What the commands on gates share: why it changes, the case it is about, and
 * the blank that a verdict is, too. */
#pragma once

#include "control/command-base.h"
#include "control/gate-events.h"

WeirGateWhy weir_actor_why (const WeirActor *actor);
WeirGateWhy weir_command_why (const WeirCommand *command);

/* The stream's newest case, or NULL. */
WeirCase *weir_command_case_of (WeirControl *control, const WeirStream *stream);
/* Of that case, in milliseconds; -1 without one. */
gint64
weir_command_exposure_of (WeirControl *control, const WeirStream *stream);

/* ABOUT: the case it is decided for, or NULL for the stream's newest. HOLD:
 * what is in front of what was flagged still passes. */
void weir_command_blank_for (WeirControl *control, const WeirActor *actor,
    const char *path, WeirCase *about, gboolean hold, const char *reason,
    WeirResultFunc func, gpointer data);
