/* Commands and metadata messages. */
#include "base/error.h"
#include "rtmp/message.h"

static void
test_commands (void)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_auto (WeirRtmpCommand) command = { 0 };

  weir_rtmp_append_publish (body, 5, "name?key=x");
  g_assert_true (
      weir_rtmp_command_read (body->data, body->len, FALSE, &command, NULL));
  g_assert_cmpint (command.kind, ==, WEIR_RTMP_COMMAND_PUBLISH);
  g_assert_cmpfloat (command.transaction, ==, 5);
  g_assert_cmpstr (
      weir_amf0_get_string (weir_rtmp_command_argument (&command, 0)), ==,
      "name?key=x");
  g_assert_cmpstr (
      weir_amf0_get_string (weir_rtmp_command_argument (&command, 1)), ==,
      "live");
}

/* GStreamer names the stream where others give its number. */
static void
test_delete_stream_by_name (void)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_auto (WeirRtmpCommand) command = { 0 };

  weir_rtmp_append_name_command (body, "deleteStream", 0, "name");
  g_assert_true (
      weir_rtmp_command_read (body->data, body->len, FALSE, &command, NULL));
  g_assert_cmpint (command.kind, ==, WEIR_RTMP_COMMAND_DELETE_STREAM);
}

static void
test_amf3_envelope (void)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  g_auto (WeirRtmpCommand) command = { 0 };

  weir_append_uint (body, 0, 1);
  weir_rtmp_append_create_stream (body, 4);
  g_assert_true (
      weir_rtmp_command_read (body->data, body->len, TRUE, &command, NULL));
  g_assert_cmpint (command.kind, ==, WEIR_RTMP_COMMAND_CREATE_STREAM);
}

static void
test_no_command (void)
{
  static const guint8 number[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0 };
  g_autoptr (GError) error = NULL;
  g_auto (WeirRtmpCommand) command = { 0 };

  g_assert_false (weir_rtmp_command_read (
      number, sizeof (number), FALSE, &command, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
}

static void
test_metadata (void)
{
  static const struct {
    const char *first;
    const char *second;
    gssize offset;
  } cases[] = {
    { "@setDataFrame", "onMetaData", 16 },
    { "onMetaData", NULL, 0 },
    { "onTextData", NULL, 0 },
    { "@setDataFrame", NULL, -1 },
    { "@clearDataFrame", "onMetaData", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) body = g_byte_array_new ();
    gssize offset;

    weir_amf0_append_string (body, cases[i].first);
    if (cases[i].second != NULL)
      weir_amf0_append_string (body, cases[i].second);
    offset = weir_rtmp_metadata_offset (body->data, body->len, FALSE);
    g_assert_cmpint (offset, ==, cases[i].offset);
    if (offset >= 0)
      g_assert_cmpint (weir_rtmp_metadata_is_on_meta_data (
                           body->data + offset, body->len - (gsize) offset),
          ==, strcmp (cases[i].first, "onTextData") != 0);
  }
  g_assert_cmpint (weir_rtmp_metadata_offset (NULL, 0, TRUE), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtmp/message/commands", test_commands);
  g_test_add_func (
      "/rtmp/message/delete-stream-by-name", test_delete_stream_by_name);
  g_test_add_func ("/rtmp/message/amf3-envelope", test_amf3_envelope);
  g_test_add_func ("/rtmp/message/no-command", test_no_command);
  g_test_add_func ("/rtmp/message/metadata", test_metadata);
  return g_test_run ();
}
