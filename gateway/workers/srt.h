/* SRT, as the gateway sees it: weir-srt processes, one a port and one warm
 * spare, their publishers and egresses. A process that dies or hangs is
 * replaced by the spare on the same port; its publishers are lost for a moment
 * and come back as any who lost their network. Loop thread. */
#pragma once

#include "control/control.h"
#include "control/egress-impl.h"

typedef struct _WeirSrt WeirSrt;

/* SETTINGS have been checked (workers/srt-settings.h). Starts what ports
 * and egresses need, which may be nothing. A process that can't
 * be started, or a port that can't be had, is tried again and logged. */
WeirSrt *weir_srt_new (WeirControl *control, const char *program);
/* Publishers and egresses must have ended. */
void weir_srt_free (WeirSrt *srt);

/* CONTROL's settings are others than before; OLD are still there. */
void weir_srt_reload (WeirSrt *srt, const WeirSettings *old);
/* Who calls from now on is refused. */
void weir_srt_shut_down (WeirSrt *srt);

/* An egress to URL of section NAME. WEIR_ERROR_CONFIG for one that is none. */
WeirEgress *weir_srt_make_egress (
    WeirSrt *srt, const char *name, const char *url, GError **error);
