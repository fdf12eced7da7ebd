/* State as JSON: every field that gateway/web/openapi.json names is there,
 * with a value of the type it says, and none besides. */
#include "control/describe.h"
#include "control/bars.h"
#include "control/fixture.h"
#include "control/keys.h"

#include <string.h>

static json_t *
schemas (void)
{
  static json_t *all;

  if (all == NULL) {
    json_error_t error;
    json_t *api = json_load_file (g_getenv ("WEIR_OPENAPI"), 0, &error);

    g_assert_nonnull (api);
    all = json_object_get (json_object_get (api, "components"), "schemas");
    json_incref (all);
    json_decref (api);
  }
  return all;
}

static gboolean
is_type (json_t *value, const char *type)
{
  return strcmp (type, "integer") == 0   ? json_is_integer (value)
         : strcmp (type, "number") == 0  ? json_is_number (value)
         : strcmp (type, "string") == 0  ? json_is_string (value)
         : strcmp (type, "boolean") == 0 ? json_is_boolean (value)
         : strcmp (type, "array") == 0   ? json_is_array (value)
         : strcmp (type, "null") == 0    ? json_is_null (value)
                                         : json_is_object (value);
}

static gboolean matches (json_t *value, json_t *schema, const char *where);

/* Any of a list of types or of schemas. */
static gboolean
matches_any (json_t *value, json_t *list, const char *where)
{
  size_t i;
  json_t *one;

  json_array_foreach (list, i,
      one) if (json_is_string (one) ? is_type (value, json_string_value (one))
                                    : matches (value, one, NULL)) return TRUE;
  return FALSE;
}

static gboolean
has_properties (json_t *value, json_t *properties, const char *where)
{
  const char *name;
  json_t *member;

  json_object_foreach (properties, name, member)
  {
    g_autofree char *path = g_strconcat (where ? where : "?", ".", name, NULL);

    if (json_object_get (value, name) == NULL)
      g_test_message ("%s is missing", path);
    if (json_object_get (value, name) == NULL
        || !matches (json_object_get (value, name), member, path))
      return FALSE;
  }
  json_object_foreach (
      value, name, member) if (json_object_get (properties, name) == NULL)
  {
    g_test_message ("%s.%s is not in the description", where, name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
matches (json_t *value, json_t *schema, const char *where)
{
  const char *ref = json_string_value (json_object_get (schema, "$ref"));
  json_t *type = json_object_get (schema, "type");
  json_t *any = json_object_get (schema, "anyOf");
  json_t *properties = json_object_get (schema, "properties");
  json_t *items = json_object_get (schema, "items");
  json_t *words = json_object_get (schema, "enum");
  gboolean ok = TRUE;
  size_t i;
  json_t *one;

  if (ref != NULL)
    return matches (
        value, json_object_get (schemas (), strrchr (ref, '/') + 1), where);
  if (any == NULL)
    any = json_object_get (schema, "oneOf");
  if (any != NULL)
    ok = matches_any (value, any, where);
  else if (json_is_array (type))
    ok = matches_any (value, type, where);
  else if (type != NULL)
    ok = is_type (value, json_string_value (type));
  if (ok && properties != NULL && json_is_object (value))
    ok = has_properties (value, properties, where);
  if (ok && items != NULL && json_is_array (value))
    json_array_foreach (value, i, one) ok = ok && matches (one, items, where);
  if (ok && words != NULL) {
    ok = FALSE;
    json_array_foreach (words, i, one) ok = ok || json_equal (value, one);
  }
  if (!ok && where != NULL)
    g_test_message ("%s does not match", where);
  return ok;
}

/* Takes VALUE. */
static void
assert_is (json_t *value, const char *schema)
{
  json_t *description = json_object_get (schemas (), schema);

  g_assert_nonnull (value);
  g_assert_nonnull (description);
  g_assert_true (matches (value, description, schema));
  json_decref (value);
}

static void
test_stream (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  json_t *json;

  assert_is (weir_describe_stream (&f->control, stream), "Stream");
  fixture_send (f, stream, "KavaKa");
  fixture_wait_for_sent (f, "KavaKa");
  weir_streams_sample_skipped (f->control.streams, stream->number, "why");
  assert_is (weir_describe_stream (&f->control, stream), "Stream");
  json = weir_describe_stream (&f->control, stream);
  g_assert_cmpint (json_integer_value (json_object_get (
                       json_object_get (json, "video"), "width")),
      ==, 640);
  g_assert_cmpint (json_integer_value (json_object_get (
                       json_object_get (json, "audio"), "sample_rate")),
      ==, 44100);
  g_assert_cmpint (json_integer_value (json_object_get (
                       json_object_get (json, "packets"), "sent")),
      ==, 6);
  g_assert_cmpint (
      json_integer_value (json_object_get (json, "stream_time_ms")), ==, 100);
  json_decref (json);
  json = weir_describe_streams (&f->control);
  g_assert_cmpuint (json_array_size (json), ==, 1);
  json_decref (json);
}

/* Words from other programs may be no UTF-8: they are shown all the same. */
static void
test_foreign_words (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  WeirEgress *egress = g_ptr_array_index (f->egresses, 0);
  json_t *json, *shown;

  weir_streams_sample_skipped (f->control.streams, stream->number, "a\xff");
  egress->last_error = g_strdup ("\xc3(");
  json = weir_describe_stream (&f->control, stream);
  shown = json_object_get (json_object_get (json, "sampling"), "skip_reason");
  g_assert_cmpstr (json_string_value (shown), ==, "a\\xff");
  shown = json_array_get (json_object_get (json, "egress"), 0);
  g_assert_cmpstr (
      json_string_value (json_object_get (shown, "error")), ==, "\\xc3(");
  assert_is (json, "Stream");
}

static void
test_case (Fixture *f, gconstpointer data)
{
  WeirStream *stream = fixture_start_stream (f, "a");
  const WeirCase *c;
  json_t *json;

  fixture_send (f, stream, "Kava");
  fixture_sample (f, stream, 0, 0, 12, 90);
  fixture_wait_for_store (f);
  c = weir_cases_find (f->control.cases, stream->case_id);
  assert_is (weir_describe_case (&f->control, c), "Case");
  json = weir_describe_cases (&f->control);
  g_assert_cmpuint (json_array_size (json), ==, 1);
  json_decref (json);
  fixture_assert_command (
      f, NULL, "{'type':'case.decide','case':'%s','verdict':'cut'}", c->id);
  assert_is (weir_describe_case (&f->control, c), "Case");
  json = weir_describe_case (&f->control, c);
  g_assert_cmpstr (
      json_string_value (json_object_get (json, "verdict")), ==, "cut");
  g_assert_cmpstr (
      json_string_value (json_object_get (json, "state")), ==, "closed");
  json_decref (json);
}

static void
on_trail (GPtrArray *records, const GError *error, gpointer data)
{
  g_assert_no_error (error);
  g_assert_cmpuint (records->len, >, 0);
  for (guint i = 0; i < records->len; i++)
    assert_is (
        weir_describe_trail (g_ptr_array_index (records, i)), "TrailRecord");
}

static void
test_rest (Fixture *f, gconstpointer data)
{
  const WeirKey *key;
  json_t *created = fixture_command (
      f, WEIR_ROLE_ADMIN, "{'type':'key.create','app':'live','name':'b'}");

  g_assert_nonnull (json_object_get (created, "secret"));
  json_decref (created);
  key = weir_keys_find (f->control.keys, "live", "b");
  assert_is (weir_describe_key (key), "Key");
  fixture_assert_command (
      f, NULL, "{'type':'stream.cut','stream':'live/a','reason':'r'}");
  assert_is (weir_describe_bar (
                 g_ptr_array_index (weir_bars_list (f->control.bars), 0)),
      "Bar");
  assert_is (weir_describe_system (&f->control), "System");
  weir_store_read_trail (&f->store.parent, 0, 10, on_trail, NULL);
  fixture_wait_for_store (f);
}

/* The hash of a record is over this text: it must not depend on anything. */
static void
test_dump (void)
{
  g_autofree char *text =
      weir_describe_dump (json_pack ("{s:i, s:s, s:{s:i, s:i}}", "b", 1, "a",
          "\xc3\xa4\"", "c", "y", 2, "x", 3));

  g_assert_cmpstr (
      text, ==, "{\"a\":\"\xc3\xa4\\\"\",\"b\":1,\"c\":{\"x\":3,\"y\":2}}");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/describe/stream", test_stream },
    { "/describe/foreign-words", test_foreign_words },
    { "/describe/case", test_case },
    { "/describe/rest", test_rest },
  };
  int result;

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, fixture_set_up, tests[i].test,
        fixture_tear_down);
  g_test_add_func ("/describe/dump", test_dump);
  result = g_test_run ();
  json_decref (schemas ());
  return result;
}
