/* What libsrt is spared of the datagrams that come to a port: the kernel drops
 * them before they are received.
 *
 * libsrt believes what a handshake claims. It makes a table as large as the
 * flow window that a caller names (24 bytes a packet, on the thread that
 * receives for the whole port), and an answer as small as its MTU, without
 * looking whether it fits. It also reads beyond the end of reports of loss and
 * of drops that are cut short. */
#pragma once

#include <glib.h>

/* A conclusion that claims more packets on the way, or shorter ones, is
 * dropped. Peers have 8192 or 25600 packets and 1360 to 1500 bytes unless they
 * are told otherwise; 50 Mbit/s for 10 s of round trip are 47000. 576 is what
 * everybody takes (RFC 791). */
#define WEIR_DATAGRAMS_MAX_FLOW_WINDOW (4 * 25600)
#define WEIR_DATAGRAMS_MIN_MTU 576

/* For the UDP socket FD of a port that publishers call, which never sends
 * media: nobody has losses to report to it. */
gboolean weir_datagrams_filter (int fd, GError **error);
