/* Commands in and out of AMF0. */
#include "rtmp/message.h"

#include "base/error.h"
#include "rtmp/enhanced.h"

/* What librtmp's descendants look for in the answer to connect. */
#define SERVER_VERSION "FMS/3,0,1,123"
#define SERVER_CAPABILITIES 31
#define CLIENT_VERSION "FMLE/3.0 (compatible; Weir)"

static const struct {
  const char *name;
  WeirRtmpCommandKind kind;
} command_names[] = {
  { "connect", WEIR_RTMP_COMMAND_CONNECT },
  { "releaseStream", WEIR_RTMP_COMMAND_RELEASE_STREAM },
  { "FCPublish", WEIR_RTMP_COMMAND_FC_PUBLISH },
  { "FCUnpublish", WEIR_RTMP_COMMAND_FC_UNPUBLISH },
  { "createStream", WEIR_RTMP_COMMAND_CREATE_STREAM },
  { "deleteStream", WEIR_RTMP_COMMAND_DELETE_STREAM },
  { "closeStream", WEIR_RTMP_COMMAND_CLOSE_STREAM },
  { "publish", WEIR_RTMP_COMMAND_PUBLISH },
  { "play", WEIR_RTMP_COMMAND_PLAY },
  { "play2", WEIR_RTMP_COMMAND_PLAY },
  { "_result", WEIR_RTMP_COMMAND_RESULT },
  { "_error", WEIR_RTMP_COMMAND_ERROR },
  { "onStatus", WEIR_RTMP_COMMAND_ON_STATUS },
};

gboolean
weir_rtmp_command_read (const guint8 *data, gsize size, gboolean amf3,
    WeirRtmpCommand *ret_command, GError **error)
{
  g_autoptr (WeirAmf0) values = NULL;
  const char *name;

  if (amf3 && size > 0 && data[0] == 0) {
    data++;
    size--;
  }
  values = weir_amf0_read (data, size, error);
  if (values == NULL) {
    g_prefix_error (error, "command: ");
    return FALSE;
  }
  name = weir_amf0_get_string (values);
  if (name == NULL) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "command: it does not begin with a name");
    return FALSE;
  }
  ret_command->kind = WEIR_RTMP_COMMAND_OTHER;
  for (guint i = 0; i < G_N_ELEMENTS (command_names); i++) {
    if (strcmp (name, command_names[i].name) == 0)
      ret_command->kind = command_names[i].kind;
  }
  ret_command->transaction =
      weir_amf0_get_number (weir_amf0_nth (values, 1), 0);
  ret_command->values = g_steal_pointer (&values);
  return TRUE;
}

void
weir_rtmp_command_clear (WeirRtmpCommand *command)
{
  g_clear_pointer (&command->values, weir_amf0_free);
}

const WeirAmf0 *
weir_rtmp_command_object (const WeirRtmpCommand *command)
{
  return weir_amf0_nth (command->values, 2);
}

const WeirAmf0 *
weir_rtmp_command_argument (const WeirRtmpCommand *command, guint index)
{
  return weir_amf0_nth (command->values, 3 + index);
}

/* TRUE when DATA begins with the AMF0 string TEXT. */
static gboolean
begins_with (const guint8 *data, gsize size, const char *text)
{
  gsize length = strlen (text);

  return size >= 3 + length && data[0] == 2 && data[1] == (guint8) (length >> 8)
         && data[2] == (guint8) length && memcmp (data + 3, text, length) == 0;
}

gssize
weir_rtmp_metadata_offset (const guint8 *data, gsize size, gboolean amf3)
{
  g_autoptr (WeirAmf0) values = NULL;
  gsize skip = amf3 && size > 0 && data[0] == 0 ? 1 : 0;

  if (size == skip)
    return -1;
  if (begins_with (data + skip, size - skip, "@setDataFrame"))
    skip += 3 + strlen ("@setDataFrame");
  else if (begins_with (data + skip, size - skip, "@clearDataFrame"))
    return -1;
  if (size == skip)
    return -1;
  values = weir_amf0_read (data + skip, size - skip, NULL);
  return weir_amf0_get_string (values) != NULL ? (gssize) skip : -1;
}

gboolean
weir_rtmp_metadata_is_on_meta_data (const guint8 *data, gsize size)
{
  return begins_with (data, size, "onMetaData");
}

static void
append_head (GByteArray *out, const char *name, double transaction)
{
  weir_amf0_append_string (out, name);
  weir_amf0_append_number (out, transaction);
}

static void
append_member (GByteArray *out, const char *name, const char *value)
{
  weir_amf0_append_name (out, name);
  weir_amf0_append_string (out, value);
}

static void
append_info (GByteArray *out, const char *level, const char *code,
    const char *description)
{
  weir_amf0_begin_object (out);
  append_member (out, "level", level);
  append_member (out, "code", code);
  append_member (out, "description", description);
}

void
weir_rtmp_append_connect_result (GByteArray *out, double transaction)
{
  append_head (out, "_result", transaction);
  weir_amf0_begin_object (out);
  append_member (out, "fmsVer", SERVER_VERSION);
  weir_amf0_append_name (out, "capabilities");
  weir_amf0_append_number (out, SERVER_CAPABILITIES);
  weir_amf0_end_object (out);

  append_info (
      out, "status", "NetConnection.Connect.Success", "Connection succeeded.");
  weir_amf0_append_name (out, "objectEncoding");
  weir_amf0_append_number (out, 0);
  weir_rtmp_append_capabilities (out, WEIR_RTMP_CAPS_MODEX);
  weir_amf0_end_object (out);
}

void
weir_rtmp_append_null_result (GByteArray *out, double transaction)
{
  append_head (out, "_result", transaction);
  weir_amf0_append_null (out);
}

void
weir_rtmp_append_create_stream_result (
    GByteArray *out, double transaction, double stream_id)
{
  append_head (out, "_result", transaction);
  weir_amf0_append_null (out);
  weir_amf0_append_number (out, stream_id);
}

void
weir_rtmp_append_error (GByteArray *out, double transaction, const char *code,
    const char *description)
{
  append_head (out, "_error", transaction);
  weir_amf0_append_null (out);
  append_info (out, "error", code, description);
  weir_amf0_end_object (out);
}

void
weir_rtmp_append_on_fc (GByteArray *out, const char *command,
    double transaction, const char *code, const char *description)
{
  append_head (out, command, transaction);
  weir_amf0_append_null (out);
  weir_amf0_begin_object (out);
  append_member (out, "code", code);
  append_member (out, "description", description);
  weir_amf0_end_object (out);
}

void
weir_rtmp_append_on_status (GByteArray *out, const char *level,
    const char *code, const char *description)
{
  append_head (out, "onStatus", 0);
  weir_amf0_append_null (out);
  append_info (out, level, code, description);
  weir_amf0_end_object (out);
}

void
weir_rtmp_append_connect (GByteArray *out, double transaction, const char *app,
    const char *tc_url, gboolean enhanced)
{
  append_head (out, "connect", transaction);
  weir_amf0_begin_object (out);
  append_member (out, "app", app);
  append_member (out, "type", "nonprivate");
  append_member (out, "flashVer", CLIENT_VERSION);
  append_member (out, "swfUrl", tc_url);
  append_member (out, "tcUrl", tc_url);
  if (enhanced)
    weir_rtmp_append_capabilities (out, 0);
  weir_amf0_end_object (out);
}

void
weir_rtmp_append_name_command (
    GByteArray *out, const char *command, double transaction, const char *name)
{
  append_head (out, command, transaction);
  weir_amf0_append_null (out);
  weir_amf0_append_string (out, name);
}

void
weir_rtmp_append_create_stream (GByteArray *out, double transaction)
{
  append_head (out, "createStream", transaction);
  weir_amf0_append_null (out);
}

void
weir_rtmp_append_publish (GByteArray *out, double transaction, const char *name)
{
  weir_rtmp_append_name_command (out, "publish", transaction, name);
  weir_amf0_append_string (out, "live");
}

void
weir_rtmp_append_delete_stream (
    GByteArray *out, double transaction, double stream_id)
{
  append_head (out, "deleteStream", transaction);
  weir_amf0_append_null (out);
  weir_amf0_append_number (out, stream_id);
}
