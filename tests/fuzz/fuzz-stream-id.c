/* Fuzzes stream ids of SRT callers: what is taken has names within the rules
 * and nothing that could write over a line of a terminal, and saying it again
 * in the access-control syntax comes to the same. */
#include <stdint.h>
#include <string.h>

#include "core/names.h"
#include "core/stream-id.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
assert_clean (const char *text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (; *text != '\0'; text = g_utf8_next_char (text))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (text)));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (WeirStreamId) id = { 0 };
  g_auto (WeirStreamId) again = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *secret = NULL;
  g_autofree char *publisher = NULL;
  g_autofree char *text = NULL;

  if (!weir_stream_id_parse (data, size, NULL, &id, &error)) {
    g_assert_nonnull (error);
    g_assert_null (id.app);
    return 0;
  }
  g_assert_true (weir_name_is_valid (id.app));
  g_assert_true (weir_name_is_valid (id.name));
  assert_clean (id.secret);
  assert_clean (id.publisher);
  assert_clean (id.query);

  secret = g_uri_escape_string (id.secret, NULL, FALSE);
  publisher = g_uri_escape_string (id.publisher, NULL, FALSE);
  text = g_strdup_printf (
      "#!::r=%s/%s,m=publish,s=%s,u=%s", id.app, id.name, secret, publisher);
  if (strlen (text) > WEIR_STREAM_ID_MAX_BYTES)
    return 0;
  g_assert_true (
      weir_stream_id_parse (text, strlen (text), NULL, &again, NULL));
  g_assert_cmpstr (again.app, ==, id.app);
  g_assert_cmpstr (again.name, ==, id.name);
  g_assert_cmpstr (again.secret, ==, id.secret);
  g_assert_cmpstr (again.publisher, ==, id.publisher);
  return 0;
}
