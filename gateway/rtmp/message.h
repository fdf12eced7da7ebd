/* RTMP commands as structs, and the bodies of the messages that answer or
 * send them (Adobe RTMP 1.0, 7.2). Pure. */
#pragma once

#include "rtmp/amf0.h"

typedef enum {
  WEIR_RTMP_COMMAND_CONNECT,
  WEIR_RTMP_COMMAND_RELEASE_STREAM,
  WEIR_RTMP_COMMAND_FC_PUBLISH,
  WEIR_RTMP_COMMAND_FC_UNPUBLISH,
  WEIR_RTMP_COMMAND_CREATE_STREAM,
  WEIR_RTMP_COMMAND_DELETE_STREAM,
  WEIR_RTMP_COMMAND_CLOSE_STREAM,
  WEIR_RTMP_COMMAND_PUBLISH,
  WEIR_RTMP_COMMAND_PLAY,
  WEIR_RTMP_COMMAND_RESULT,
  WEIR_RTMP_COMMAND_ERROR,
  WEIR_RTMP_COMMAND_ON_STATUS,
  WEIR_RTMP_COMMAND_OTHER,
} WeirRtmpCommandKind;

/* NAME TRANSACTION OBJECT ARGUMENTS…; all but the name may be missing. */
typedef struct {
  WeirRtmpCommandKind kind;
  double transaction; /* 0: no answer wanted */
  WeirAmf0 *values;   /* the whole message, owned */
} WeirRtmpCommand;

/* A command message's body. AMF3 is the envelope of message type 17: one zero
 * byte, then AMF0. */
gboolean weir_rtmp_command_read (const guint8 *data, gsize size, gboolean amf3,
    WeirRtmpCommand *ret_command, GError **error);
void weir_rtmp_command_clear (WeirRtmpCommand *command);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirRtmpCommand, weir_rtmp_command_clear)

/* The third value, and those from the fourth on. */
const WeirAmf0 *weir_rtmp_command_object (const WeirRtmpCommand *command);
const WeirAmf0 *
weir_rtmp_command_argument (const WeirRtmpCommand *command, guint index);

/* A data message's body: how many leading bytes to skip so that the rest is
 * metadata ("@setDataFrame" taken off), or -1 when the message is none or is
 * broken. */
gssize
weir_rtmp_metadata_offset (const guint8 *data, gsize size, gboolean amf3);
/* TRUE when the metadata starts with "onMetaData", which servers want to be
 * set with "@setDataFrame". */
gboolean weir_rtmp_metadata_is_on_meta_data (const guint8 *data, gsize size);

/* Answers. Each appends one message body to OUT. */
void weir_rtmp_append_connect_result (GByteArray *out, double transaction);
void weir_rtmp_append_null_result (GByteArray *out, double transaction);
void weir_rtmp_append_create_stream_result (
    GByteArray *out, double transaction, double stream_id);
void weir_rtmp_append_error (GByteArray *out, double transaction,
    const char *code, const char *description);
/* COMMAND: "onFCPublish" or "onFCUnpublish". */
void weir_rtmp_append_on_fc (GByteArray *out, const char *command,
    double transaction, const char *code, const char *description);
/* LEVEL: "status" or "error". */
void weir_rtmp_append_on_status (GByteArray *out, const char *level,
    const char *code, const char *description);

/* Requests. ENHANCED: with what we can send in Enhanced RTMP. */
void weir_rtmp_append_connect (GByteArray *out, double transaction,
    const char *app, const char *tc_url, gboolean enhanced);
/* releaseStream, FCPublish, FCUnpublish. */
void weir_rtmp_append_name_command (
    GByteArray *out, const char *command, double transaction, const char *name);
void weir_rtmp_append_create_stream (GByteArray *out, double transaction);
void weir_rtmp_append_publish (
    GByteArray *out, double transaction, const char *name);
void weir_rtmp_append_delete_stream (
    GByteArray *out, double transaction, double stream_id);
