/* Tells the service manager how the gateway is: systemd's protocol of
 * sd_notify(3), datagrams to $NOTIFY_SOCKET. Without one nothing is sent.
 * Loop thread. */
#pragma once

#include "base/loop.h"

typedef struct _WeirNotify WeirNotify;

/* Words for STATUS=, one line; caller frees. */
typedef char *(*WeirNotifyStatus) (gpointer data);

/* Takes what concerns it out of the environment, so that no child finds it.
 * Never NULL. From now on until it is freed the watchdog is fed by the loop,
 * if the manager has one, and STATUS kept up to date. */
WeirNotify *
weir_notify_new (WeirLoop *loop, WeirNotifyStatus status, gpointer data);
void weir_notify_free (WeirNotify *notify);

void weir_notify_ready (WeirNotify *notify);
/* Between them the configuration is being read again. */
void weir_notify_reloading (WeirNotify *notify);
/* The end may take TIMEOUT_MS from now. */
void weir_notify_stopping (WeirNotify *notify, gint64 timeout_ms);
