/* How a protocol brings a publisher to its stream. The protocol side (rtmp/,
 * the SRT worker's proxy) implements WeirPublisher, asks for admission and
 * pushes packets; control/ decides. Loop thread. */
#pragma once

#include "control/link.h"
#include "core/packet.h"

typedef struct _WeirStream WeirStream;
typedef struct _WeirStreams WeirStreams;
typedef struct _WeirPublisher WeirPublisher;

typedef enum {
  WEIR_ADMIT_OK,
  WEIR_ADMIT_DENIED,  /* unknown key, barred: RTMP NetStream.Publish.Denied */
  WEIR_ADMIT_BUSY,    /* the name is taken: RTMP NetStream.Publish.BadName */
  WEIR_ADMIT_LATER,   /* not now: RTMP NetConnection.Connect.Closed */
  WEIR_ADMIT_PENDING, /* the answer comes by admitted () */
} WeirAdmit;

typedef struct {
  /* The answer to a weir_streams_publish () that was pending, once, unless it
   * was cancelled; never from inside of it. ADMIT is not PENDING; STREAM and
   * REASON as RET_STREAM and RET_REASON there, REASON borrowed. */
  void (*admitted) (WeirPublisher *publisher, WeirAdmit admit,
      WeirStream *stream, const char *reason);
  /* Ends the session: tell the publisher REASON in its protocol's words
   * (RTMP: onStatus CODE, level error), then close. The session must not call
   * weir_stream_publisher_gone () from inside; the stream has let go of it. */
  void (*disconnect) (WeirPublisher *publisher, const char *reason);
} WeirPublisherClass;

struct _WeirPublisher {
  const WeirPublisherClass *klass;
  const char *protocol;    /* "rtmp", "rtmps", "srt"; static */
  char *peer;              /* ADDRESS:PORT to show; the implementation's */
  const char *address_key; /* what lock-outs count by, or NULL: nothing */
  guint64 number;          /* of the connection; never used twice in a run */
  const WeirLink *link;    /* how its line is, or NULL: nobody knows */
  guint64 other_tracks;    /* frames of further tracks, which are passed over */
};

/* What a publisher asked for. Borrowed strings, not validated; valid during
 * the call. */
typedef struct {
  const char *app;
  const char *name;   /* without the query; a bare secret when SECRET is "" */
  const char *secret; /* "" when there was none */
  /* For a hook that decides, as the publisher said it; NULL: nothing. */
  const char *app_query;
  const char *name_query;
  const char *tc_url;
  const char *flash_ver;
  const char *swf_url;
  const char *page_url;
} WeirPublishRequest;

/* Asks whether PUBLISHER may publish (control/admission.h says what decides);
 * if so, creates the stream or joins the one whose window is still playing
 * out, and makes PUBLISHER its source. RET_STREAM: borrowed, valid until
 * disconnect () or weir_stream_publisher_gone (). RET_REASON: words for the
 * publisher when refused; caller frees. Both are set only then. After PENDING,
 * PUBLISHER must stay valid until admitted () or a cancel. */
WeirAdmit
weir_streams_publish (WeirStreams *streams, const WeirPublishRequest *request,
    WeirPublisher *publisher, WeirStream **ret_stream, char **ret_reason);

/* PUBLISHER leaves before it was answered. Nothing when it was. */
void
weir_streams_publish_cancel (WeirStreams *streams, WeirPublisher *publisher);

/* BYTES came in from the publisher, as they are on the line; for its bitrate.
 * To be called before the packets made of them are taken. May call
 * disconnect () before it returns. */
void
weir_stream_count_input (WeirStream *stream, gsize bytes, gint64 arrival_us);

/* A packet with timestamps as the publisher's own milliseconds, unwrapped
 * modulo 2^32 only: dts_ms in [0, 2^32), pts_ms = dts_ms + composition
 * offset. The stream turns them into stream time. Takes PACKET's references
 * and leaves it empty. May call disconnect () before it returns (no key frame
 * in time, over a limit): check with your own closing flag. */
void weir_stream_take_packet (WeirStream *stream, WeirPacket *packet);

typedef enum {
  WEIR_GONE_STOPPED, /* said goodbye */
  WEIR_GONE_LOST,    /* dropped out: connection lost, silent, broken input */
} WeirGone;

/* The publisher went away by itself. The window plays out; for one that was
 * lost the stream stays open downstream for [gate] grace_ms more. */
void weir_stream_publisher_gone (
    WeirStream *stream, WeirPublisher *publisher, WeirGone how);

/* "APP/NAME". */
const char *weir_stream_get_path (const WeirStream *stream);
