/* HTTP and WebSocket on the gateway's own loop, by libwebsockets. Loop
 * thread. */
#pragma once

#include "control/control.h"

typedef struct _WeirWeb WeirWeb;

WeirWeb *weir_web_new (WeirControl *control);
/* Listens. CONSOLE_DIR: the console's files, read once. After a failure too,
 * stop and free as below. */
gboolean weir_web_start (WeirWeb *web, const char *console_dir, GError **error);
guint weir_web_get_port (const WeirWeb *web);
/* How a browser on this machine reaches the console. Caller frees. */
char *weir_web_dup_url (const WeirWeb *web);

/* Closes every connection. The loop has to run until all handles are gone,
 * then weir_web_free (). */
void weir_web_stop (WeirWeb *web);
void weir_web_free (WeirWeb *web);
