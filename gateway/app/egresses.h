/* The [egress NAME] sections: addresses checked, trusted roots loaded,
 * egresses made for streams. Loop thread. */
#pragma once

#include "app/paths.h"
#include "base/loop.h"
#include "control/egress-impl.h"
#include "workers/srt.h"

typedef struct _WeirEgresses WeirEgresses;

/* SETTINGS must outlive it. Every section must come to an address once {app}
 * and {name} are filled in, and what an rtmps:// one trusts must load; else
 * NULL with WEIR_ERROR_CONFIG, section and key. */
WeirEgresses *weir_egresses_load (
    const WeirSettings *settings, const WeirPaths *paths, GError **error);
void weir_egresses_free (WeirEgresses *egresses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirEgresses, weir_egresses_free)

/* The egress of section NAME for stream APP/STREAM; NULL when the section is
 * for other applications, or after a line in the log. SRT makes those of
 * srt://. */
WeirEgress *weir_egresses_make (WeirEgresses *egresses, WeirLoop *loop,
    WeirSrt *srt, const char *name, const char *app, const char *stream);
