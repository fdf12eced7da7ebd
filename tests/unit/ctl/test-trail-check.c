/* Whatever is done to a trail, the first broken record is named. */
#include "programs/ctl/trail-check.h"

#include "base/error.h"

#define N 6

static json_t *
record_to_json (const WeirTrailRecord *r)
{
  return json_pack ("{s:I, s:I, s:s, s:s, s:s, s:o, s:s, s:s}", "number",
      (json_int_t) r->number, "time", (json_int_t) r->wall_ms, "actor",
      r->actor, "action", r->action, "subject", r->subject, "detail",
      json_loads (r->detail, 0, NULL), "previous", r->previous, "hash",
      r->hash);
}

/* Records 1 to N as the API shows them, but oldest first. */
static json_t *
make_trail (void)
{
  json_t *list = json_array ();
  WeirTrailRecord *last = NULL;

  for (guint i = 0; i < N; i++) {
    WeirTrailRecord *record = weir_trail_record_new (last ? last->number : 0,
        last ? last->hash : NULL, 1700000000000 + i, "user:admin", "stream.cut",
        "stream:live/cam1",
        "{\"a\":[1,null,{\"x\":\"ü/\\\"\"}],\"reason\":\"\"}");

    json_array_append_new (list, record_to_json (record));
    weir_trail_record_free (last);
    last = record;
  }
  weir_trail_record_free (last);
  return list;
}

static void
check_all (WeirCtlTrailCheck *check, const json_t *list)
{
  for (gsize i = json_array_size (list); i-- > 0;)
    g_assert_true (
        weir_ctl_trail_check_add (check, json_array_get (list, i), NULL));
  weir_ctl_trail_check_finish (check);
}

static void
assert_broken (const json_t *list, guint64 number, const char *why)
{
  g_auto (WeirCtlTrailCheck) check = { 0 };

  check_all (&check, list);
  g_assert_cmpuint (check.broken, ==, number);
  g_assert_cmpstr (check.why, ==, why);
}

static void
test_holds (void)
{
  json_auto_t *list = make_trail ();
  g_auto (WeirCtlTrailCheck) check = { 0 };
  g_auto (WeirCtlTrailCheck) empty = { 0 };

  check_all (&check, list);
  g_assert_cmpuint (check.broken, ==, 0);
  g_assert_null (check.why);
  g_assert_cmpuint (check.count, ==, N);
  g_assert_cmpuint (check.newest_number, ==, N);
  g_assert_cmpstr (check.newest_hash, ==,
      json_string_value (
          json_object_get (json_array_get (list, N - 1), "hash")));

  weir_ctl_trail_check_finish (&empty);
  g_assert_cmpuint (empty.broken, ==, 0);
  g_assert_cmpuint (empty.count, ==, 0);
}

static void
test_changed (void)
{
  static const char *const fields[] = { "actor", "action", "subject",
    "previous" };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    json_auto_t *list = make_trail ();
    const json_t *other = json_object_get (json_array_get (list, 5), "hash");

    json_object_set (json_array_get (list, 2), fields[i], (json_t *) other);
    assert_broken (list, 3, "it is not what was hashed");
  }
}

static void
test_changed_detail (void)
{
  json_auto_t *list = make_trail ();
  json_t *detail = json_object_get (json_array_get (list, 4), "detail");

  json_object_set_new (detail, "reason", json_string ("x"));
  assert_broken (list, 5, "it is not what was hashed");
  json_object_set_new (json_object_get (json_array_get (list, 1), "detail"),
      "more", json_true ());
  assert_broken (list, 2, "it is not what was hashed"); /* the first */
}

static void
test_made_anew (void)
{
  json_auto_t *list = make_trail ();
  const json_t *before = json_array_get (list, 1);
  g_autoptr (WeirTrailRecord) forged = weir_trail_record_new (2,
      json_string_value (json_object_get (before, "hash")), 1700000000002,
      "user:nobody", "stream.cut", "stream:live/cam1", "{}");

  json_array_set_new (list, 2, record_to_json (forged));
  assert_broken (list, 4, "it does not carry the hash of record 3");
}

static void
test_missing (void)
{
  json_auto_t *middle = make_trail ();
  json_auto_t *first = make_trail ();

  json_array_remove (middle, 3);
  assert_broken (middle, 5, "record 4 is missing");
  json_array_remove (first, 0);
  assert_broken (first, 2, "record 1 is missing");
}

static void
test_no_trail (void)
{
  json_auto_t *list = make_trail ();
  json_auto_t *broken =
      json_pack ("[n, i, s, {}, {s:i, s:s}]", 5, "x", "number", -1, "hash", "");
  g_auto (WeirCtlTrailCheck) check = { 0 };
  const json_t *record;
  gsize i;

  json_array_foreach (broken, i, record)
  {
    g_autoptr (GError) error = NULL;

    g_assert_false (weir_ctl_trail_check_add (&check, record, &error));
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  }
  g_assert_true (
      weir_ctl_trail_check_add (&check, json_array_get (list, 3), NULL));
  for (i = 3; i < 5; i++) { /* not older */
    g_autoptr (GError) error = NULL;

    g_assert_false (
        weir_ctl_trail_check_add (&check, json_array_get (list, i), &error));
    g_assert_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/trail-check/holds", test_holds);
  g_test_add_func ("/ctl/trail-check/changed", test_changed);
  g_test_add_func ("/ctl/trail-check/changed-detail", test_changed_detail);
  g_test_add_func ("/ctl/trail-check/made-anew", test_made_anew);
  g_test_add_func ("/ctl/trail-check/missing", test_missing);
  g_test_add_func ("/ctl/trail-check/no-trail", test_no_trail);
  return g_test_run ();
}
