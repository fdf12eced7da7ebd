/* Messages between weir and weir-srt, which speaks SRT and MPEG-TS: what
 * wire/wire.h says of frames holds for them. Not to be included alone.
 *
 * A connection is an SRT socket, publisher or egress. Its number is odd and
 * chosen by weir-srt where somebody called, even and chosen by weir where
 * weir-srt calls; it is never used twice in the life of the process. Whatever
 * happens, weir-srt's last message about it is one CLOSED; until then weir may
 * still name it, and what weir says about a connection that is closed already
 * is passed over.
 *
 * A connection carries at most one track of pictures and one of sound. CONFIG
 * describes the packets of its track that follow, up to the next CONFIG; a
 * packet never comes before the first.
 *
 * The rules are what weir-srt's listen callback knows when somebody calls; it
 * asks nobody. Those that apply to a caller, in this order: ADDRESS, ALL, APP,
 * KEY of the secret, NAME. The first with a code refuses it (for a key that
 * must be known and is not: WEIR_SRT_UNAUTHORIZED). The last with a passphrase
 * says how the connection is encrypted; without one it must not be. The flags
 * of APP, where there is one, are in the place of those of ALL. Where the
 * stream id has no secret, its name may be one: NAME is that of KEY's path
 * then.
 *
 * Secrets and passphrases are here in clear: the socket has no other end. */
#pragma once

#include <glib.h>

/* Stream ids and parts of them, addresses, words; "APP/NAME" of a rule. */
#define WEIR_SRT_MAX_TEXT_BYTES 512
#define WEIR_SRT_MAX_KEY_BYTES 300
#define WEIR_SRT_SECRET_HASH_BYTES 32
#define WEIR_SRT_MAX_PASSPHRASE_BYTES 79
#define WEIR_SRT_MIN_PASSPHRASE_BYTES 10
#define WEIR_SRT_MAX_LATENCY_MS 60000
#define WEIR_SRT_ADDRESS_BYTES 16
#define WEIR_SRT_TRACKS 2 /* pictures 0, sound 1 */
#define WEIR_SRT_MAX_PACKET_BYTES (8 * 1024 * 1024)
#define WEIR_SRT_MAX_CONFIG_BYTES (64 * 1024)

/* Rules that weir-srt keeps; one more is a broken promise and ends it. */
#define WEIR_SRT_MAX_RULES 250000
/* Connections that weir-srt has at one time, whatever LISTEN says. */
#define WEIR_SRT_MAX_CONNECTIONS 1000
/* An egress may have so many bytes of packets under way that TAKEN has not
 * acknowledged, or one packet if that is larger: what goes out depends on the
 * next cut for no longer than that takes. One that sends more is closed. */
#define WEIR_SRT_WINDOW_BYTES (256 * 1024)

/* Rejection codes: libsrt's access_control.h, so that weir need not know
 * libsrt; and a few of its own (srt.h, SRT_REJECT_REASON). */
enum {
  WEIR_SRT_BAD_SECRET = 10,  /* the passphrases differ */
  WEIR_SRT_UNENCRYPTED = 11, /* one side has a passphrase, the other none */
  WEIR_SRT_TIMEOUT = 16,
  WEIR_SRT_BAD_REQUEST = 1400,
  WEIR_SRT_UNAUTHORIZED = 1401, /* wrong key, unknown name: the same */
  WEIR_SRT_OVERLOAD = 1402,     /* too many attempts, no room */
  WEIR_SRT_FORBIDDEN = 1403,
  WEIR_SRT_NOT_FOUND = 1404,
  WEIR_SRT_BAD_MODE = 1405, /* does not publish */
  WEIR_SRT_CONFLICT = 1409,
  WEIR_SRT_LOCKED = 1423,
  WEIR_SRT_DOWN = 1503,
};

/* To weir-srt: open a port. Answered by PORT. */
typedef struct {
  guint32 port_id;     /* chosen by weir, not in use */
  const char *address; /* numeric; "" for all, IPv4 and IPv6 */
  gsize address_size;
  guint16 port;           /* 0: any that is free */
  guint32 latency_ms;     /* the receiver's; a caller may ask for more */
  guint32 max_latency_ms; /* but who gets more than that is closed */
  guint32 silence_ms;     /* who sends nothing for so long is closed */
  guint32 max_callers;    /* at one time; one more is refused (OVERLOAD) */
  guint32 max_callers_per_address; /* the same; 0: no bound of its own */
  const char *fallback; /* for an empty stream id (core/stream-id.h), or "" */
  gsize fallback_size;
  /* 1: what a caller sends is taken as it comes, and waits for what is missing
   * of it for WEIR_SRT_STALL_MS at most; who has not sent it by then is closed
   * and not waited for again. 0: libsrt keeps it for the latency and leaves out
   * what is missing. */
  guint8 waits;
} WeirSrtListen;

/* See WAITS. */
#define WEIR_SRT_STALL_MS 3000

/* To weir-srt: close a port. Its connections go on. Answered by PORT. */
typedef struct {
  guint32 port_id;
} WeirSrtUnlisten;

typedef enum {
  WEIR_SRT_RULE_ALL,     /* key "" */
  WEIR_SRT_RULE_APP,     /* key "APP" */
  WEIR_SRT_RULE_NAME,    /* key "APP/NAME" */
  WEIR_SRT_RULE_KEY,     /* key: hash of a secret (control/secret.h) */
  WEIR_SRT_RULE_ADDRESS, /* key: weir_address_to_key () */
  WEIR_SRT_RULE_KINDS
} WeirSrtRuleKind;

typedef enum {
  WEIR_SRT_RULE_REMOVE = 1 << 0, /* there is no such rule any more */
  /* Of ALL and APP: the key must be known: a caller whose secret has no rule
   * KEY for just this application and name is refused. */
  WEIR_SRT_RULE_CHECK_KEYS = 1 << 1,
} WeirSrtRuleFlags;

/* To weir-srt: a rule, in the place of the one of this kind and key. */
typedef struct {
  guint8 kind;  /* WeirSrtRuleKind */
  guint8 flags; /* WeirSrtRuleFlags */
  guint16 code; /* refuse with it; 0: don't */
  const char *key;
  gsize key_size;
  const char *path; /* of KEY: "APP/NAME" that the secret is for; else "" */
  gsize path_size;
  const char *passphrase; /* "" or as long as libsrt wants it */
  gsize passphrase_size;
  guint8 key_length; /* bytes: 16, 24, 32; 0: the caller's choice. A caller
                        with less is closed after it is accepted. Callers
                        that leave it open take that of ALL at LISTEN */
} WeirSrtRule;

/* To weir-srt: take this caller's packets. PROGRAM: number of the programme
 * to take; 0 or one that is not there: the first with a picture. Nothing is
 * read from a caller before. */
typedef struct {
  guint64 connection;
  guint16 program;
} WeirSrtAdmit;

typedef enum {
  /* Now: what libsrt has not sent yet is dropped, as is everything behind it.
   * For both kinds of connection. */
  WEIR_SRT_CLOSE_CUT,
  /* Of an egress: when all that came before has been acknowledged by the
   * receiver, or after WEIR_SRT_DRAIN_TIMEOUT_MS. */
  WEIR_SRT_CLOSE_DRAIN,
  WEIR_SRT_CLOSE_KINDS
} WeirSrtCloseKind;
#define WEIR_SRT_DRAIN_TIMEOUT_MS 2000

/* To weir-srt: end a connection. Answered by CLOSED. */
typedef struct {
  guint64 connection;
  guint8 how; /* WeirSrtCloseKind */
} WeirSrtClose;

/* To weir-srt: call a receiver. Answered by CALLED, or CLOSED. After CALLED
 * come CONFIG, of every track that is known, then packets, pictures from a key
 * frame on. A track that shows only later is described then. */
typedef struct {
  guint64 connection;
  const char *address; /* numeric: nothing is looked up here */
  gsize address_size;
  guint16 port;
  const char *stream_id;
  gsize stream_id_size;
  const char *passphrase;
  gsize passphrase_size;
  guint8 key_length; /* 16, 24, 32; 0: libsrt's choice */
  guint32 latency_ms;
  guint32 timeout_ms; /* for the connection to stand */
} WeirSrtCall;

/* Both ways: what the packets of a track are, from here on. */
typedef struct {
  guint64 connection;
  guint8 track;       /* WeirMediaKind, below WEIR_SRT_TRACKS */
  guint8 codec;       /* WeirCodec */
  const guint8 *data; /* as in WeirCodecConfig; may be empty */
  gsize size;
} WeirSrtConfig;

/* Both ways: a packet as core/packet.h has it. */
typedef struct {
  guint64 connection;
  guint8 track; /* as in CONFIG */
  guint8 flags; /* WeirPacketFlags */
  /* From weir-srt the publisher's own milliseconds: not negative, unwrapped,
   * may jump either way. To weir-srt stream time; dts_ms rises per track. */
  gint64 dts_ms;
  gint64 pts_ms;
  /* From weir-srt: CLOCK_MONOTONIC when its last byte was read from the
   * socket. To weir-srt: 0. */
  gint64 arrival_us;
  const guint8 *data;
  gsize size;
} WeirSrtPacket;

typedef enum {
  WEIR_SRT_PORT_OPEN,
  WEIR_SRT_PORT_CLOSED, /* as asked */
  WEIR_SRT_PORT_FAILED, /* TEXT says why; it is not open */
  WEIR_SRT_PORT_STATES
} WeirSrtPortState;

/* From weir-srt: what became of a port. */
typedef struct {
  guint32 port_id;
  guint8 state; /* WeirSrtPortState */
  guint16 port; /* that it has, when OPEN */
  const char *text;
  gsize text_size;
} WeirSrtPort;

/* From weir-srt: a caller was refused, or did not get through the handshake
 * (BAD_SECRET: it did not after its stream id had been accepted, which is all
 * that libsrt tells). Alike ones that come at once are one message; when too
 * many come, those that are left out are counted in one without address. */
typedef struct {
  guint32 port_id;
  guint16 code;
  guint32 times;
  guint8 address[WEIR_SRT_ADDRESS_BYTES]; /* core/address.h; zero: unknown */
  guint16 port;
  const char *path; /* "APP", "APP/NAME" of a bar, "": there is no saying */
  gsize path_size;
} WeirSrtRefused;

/* From weir-srt: somebody has called and the rules let it. Waits for ADMIT or
 * CLOSE. The parts are those of WeirStreamId. */
typedef struct {
  guint64 connection;
  guint32 port_id;
  guint8 address[WEIR_SRT_ADDRESS_BYTES]; /* core/address.h */
  guint16 port;
  guint32 peer_version; /* 0x00010501 for 1.5.1 */
  guint32 latency_ms;   /* as negotiated, of receiving; 0: it waits */
  guint8 key_length;    /* bytes; 0: not encrypted */
  const char *app;
  gsize app_size;
  const char *name;
  gsize name_size;
  const char *secret;
  gsize secret_size;
  const char *publisher;
  gsize publisher_size;
  const char *query;
  gsize query_size;
} WeirSrtCaller;

/* From weir-srt: bytes came in, as they are on the line without headers of UDP
 * and SRT. Before the packets that are made of them. */
typedef struct {
  guint64 connection;
  guint32 bytes;
  gint64 arrival_us;
} WeirSrtBytes;

/* From weir-srt: the connection stands. */
typedef struct {
  guint64 connection;
  guint32 peer_version;
  guint32 latency_ms; /* as negotiated, of the receiver */
  guint8 key_length;
} WeirSrtCalled;

/* From weir-srt: so many of an egress's packets and their bytes have been
 * handed to libsrt whole, counted from the beginning of the connection. */
typedef struct {
  guint64 connection;
  guint64 packets;
  guint64 payload_bytes; /* of the packets: what the window counts */
  guint64 line_bytes;    /* what was made of them */
} WeirSrtTaken;

typedef enum {
  WEIR_SRT_CLOSED_ASKED,   /* by CLOSE */
  WEIR_SRT_CLOSED_GOODBYE, /* the other side closed it */
  WEIR_SRT_CLOSED_LOST,    /* nothing was heard from the other side */
  WEIR_SRT_CLOSED_SILENT,  /* it is there, but sends nothing */
  WEIR_SRT_CLOSED_REFUSED, /* of CALL: CODE is the other side's, or TIMEOUT */
  WEIR_SRT_CLOSED_LATENCY, /* it wants more latency than it may have */
  WEIR_SRT_CLOSED_KEY,     /* it encrypts with a shorter key than it must */
  WEIR_SRT_CLOSED_INPUT,   /* what it sends is no MPEG-TS, or crosses a limit */
  WEIR_SRT_CLOSED_FAILED,  /* libsrt or GStreamer could not */
  WEIR_SRT_CLOSED_KINDS
} WeirSrtClosedWhy;

/* From weir-srt: the end of a connection. */
typedef struct {
  guint64 connection;
  guint8 why;       /* WeirSrtClosedWhy */
  guint16 code;     /* of REFUSED; else 0 */
  guint64 packets;  /* as in TAKEN, at the end */
  const char *text; /* in words, for a log */
  gsize text_size;
} WeirSrtClosed;

/* From weir-srt, every second: how a connection's line is. Counts are from its
 * beginning; in packets of SRT, unless it says otherwise. */
typedef struct {
  guint64 connection;
  guint32 rtt_us;
  guint32 bandwidth_kbit; /* libsrt's estimate of the line */
  guint32 buffer_ms;      /* in libsrt's buffer, receiving or sending */
  guint32 buffer_bytes;
  guint64 packets;       /* data, received or sent, without retransmissions */
  guint64 lost;          /* seen missing (the sender: reported so) */
  guint64 retransmitted; /* the receiver: came again */
  guint64 dropped;       /* given up as too late */
  guint64 undecrypted;
  /* Of a publisher. */
  guint64 holes;        /* places where MPEG-TS packets are missing */
  guint64 broken;       /* MPEG-TS packets that are none, or damaged */
  guint64 other_tracks; /* MPEG-TS packets of tracks that are passed over */
  guint64 withheld;     /* packets not sent on, behind a hole */
} WeirSrtStats;

/* From weir-srt: what a log should say about a connection; at most
 * WEIR_SRT_MAX_TROUBLES each. No text of the other side's stands in it. */
typedef struct {
  guint64 connection;
  const char *text;
  gsize text_size;
} WeirSrtTrouble;
#define WEIR_SRT_MAX_TROUBLES 16

/* To weir-srt, and back from its main thread as PONG with the same number. */
typedef struct {
  guint32 number;
} WeirSrtPing;
