/* An SRT port that many callers share. What decides about a caller runs on the
 * port's receive thread, where every other caller's packets wait for it, and
 * does nothing but look things up; everything else is the main thread's. */
#pragma once

#include "programs/srt/rules.h"
#include "programs/srt/sock.h"

/* Somebody let in whose socket is gone has not got through: the passphrase is
 * wrong, say. One that is neither there nor gone by then is given up. */
#define WEIR_PORT_PENDING_MS 30000
/* Different refusals that are told of at once; further ones are counted. */
#define WEIR_PORT_MAX_REFUSALS 64
#define WEIR_PORT_BACKLOG 256
/* Addresses that were waited for too long are remembered so long. */
#define WEIR_PORT_LATE_MS 600000
#define WEIR_PORT_MAX_LATE 1024

typedef struct _WeirPort WeirPort;

typedef struct {
  WeirAddress address;
  guint16 code;
  guint32 times;
  char *path; /* as in WeirSrtRefused */
} WeirPortRefusal;

/* What a connection must keep to, from LISTEN. */
typedef struct {
  guint max_latency_ms; /* of libsrt's schedule; 0: no bound */
  guint silence_ms;
} WeirPortLimits;

/* A caller that is connected. */
typedef struct {
  SRTSOCKET sock;
  WeirStreamId id;
  WeirAddress address;
  char *address_key;
  guint8 key_length; /* that it must have at least */
  gboolean waits;    /* has no schedule (weir_sock_set_schedule ()) */
} WeirPortCaller;

void weir_port_caller_clear (WeirPortCaller *caller);

/* RULES outlives the port. */
WeirPort *weir_port_open (
    const WeirSrtListen *listen, WeirSrtRules *rules, GError **error);
/* Its connections go on; but those who pend are lost. */
void weir_port_free (WeirPort *port);

guint32 weir_port_get_id (const WeirPort *port);
guint16 weir_port_get_port (const WeirPort *port);
SRTSOCKET weir_port_get_sock (const WeirPort *port);
const WeirPortLimits *weir_port_get_limits (const WeirPort *port);

/* The next caller that is connected; FALSE: nobody now. The caller counts for
 * the limits of the port until weir_port_leave (), and for those of callers
 * that wait (crowd.h) until weir_port_admit (). */
gboolean weir_port_accept (WeirPort *port, WeirPortCaller *ret_caller);
void weir_port_admit (WeirPort *port, const char *address_key);
void
weir_port_leave (WeirPort *port, const char *address_key, gboolean admitted);
/* What this address's line loses is not waited for, from now on for a while. */
void
weir_port_note_late (WeirPort *port, const char *address_key, gint64 now_us);

/* Refusals since the last call: elements WeirPortRefusal, or NULL. */
GArray *weir_port_take_refusals (WeirPort *port, gint64 now_us);
