/* Descriptors from the gateway to a worker that runs already: a socketpair
 * beside the one for messages. A message says what the descriptor is; it was
 * sent before, so whoever reads the message finds the descriptor there. */
#pragma once

#include <glib.h>

/* A pair of connected sockets, RET[0] for sending, which never blocks. */
gboolean weir_fd_channel_new (int ret[2], GError **error);

/* Sends a copy of FD. FALSE with an error also when the other side has taken
 * none of many. */
gboolean weir_fd_channel_send (int channel, int fd, GError **error);

/* Waits for the next descriptor, which is the caller's; closed at exec. -1 with
 * an error when the other side is gone or sent something else. */
int weir_fd_channel_receive (int channel, GError **error);
