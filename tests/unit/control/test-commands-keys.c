/* Commands on the key table: the secret is shown once and kept nowhere. */
#include "control/fixture.h"
#include "control/keys.h"

#include <string.h>

#define CREATE "{'type':'key.create','app':'live','name':'cam1'}"

static const char *
text (json_t *answer, const char *name)
{
  return json_string_value (json_object_get (answer, name));
}

static void
assert_answer (Fixture *f, const char *error, const char *request)
{
  json_t *answer = fixture_command (f, WEIR_ROLE_OPERATOR, "%s", request);

  g_assert_cmpstr (text (answer, "error"), ==, error);
  json_decref (answer);
}

static gboolean
opens (Fixture *f, const char *secret)
{
  return weir_keys_check (f->control.keys, "live", "cam1", secret) != NULL;
}

static void
test_create (Fixture *f, gconstpointer data)
{
  json_t *answer = fixture_command (f, WEIR_ROLE_OPERATOR, CREATE);
  g_autofree char *contents = NULL;
  gsize size;

  g_assert_true (json_is_true (json_object_get (answer, "ok")));
  g_assert_cmpuint (strlen (text (answer, "secret")), ==, 43);
  g_assert_cmpstr (text (answer, "app"), ==, "live");
  g_assert_cmpstr (text (answer, "name"), ==, "cam1");
  g_assert_cmpstr (text (answer, "publisher"), ==, "cam1");
  g_assert_true (opens (f, text (answer, "secret")));
  assert_answer (f, "conflict", CREATE);
  fixture_restart (f, NULL);
  g_assert_true (opens (f, text (answer, "secret")));
  fixture_assert_trail (f, "key.create");
  g_assert_true (g_file_get_contents (f->path, &contents, &size, NULL));
  g_assert_null (memmem (contents, size, text (answer, "secret"), 43));
  json_decref (answer);
}

static void
test_publisher (Fixture *f, gconstpointer data)
{
  assert_answer (f, NULL,
      "{'type':'key.create','app':'live','name':'cam1','publisher':'bob'}");
  g_assert_cmpstr (
      weir_keys_find (f->control.keys, "live", "cam1")->publisher, ==, "bob");
}

static void
test_rotate (Fixture *f, gconstpointer data)
{
  json_t *first = fixture_command (f, WEIR_ROLE_OPERATOR, CREATE);
  json_t *second = fixture_command (f, WEIR_ROLE_OPERATOR,
      "{'type':'key.rotate','key':'%s'}", text (first, "id"));

  g_assert_true (json_is_true (json_object_get (second, "ok")));
  g_assert_cmpstr (text (first, "id"), ==, text (second, "id"));
  g_assert_cmpstr (text (first, "secret"), !=, text (second, "secret"));
  g_assert_true (json_is_null (json_object_get (first, "rotated_ms")));
  g_assert_true (json_is_integer (json_object_get (second, "rotated_ms")));
  for (guint i = 0; i < 2; i++) {
    g_assert_false (opens (f, text (first, "secret")));
    g_assert_true (opens (f, text (second, "secret")));
    fixture_restart (f, NULL);
  }
  fixture_assert_trail (f, "key.create key.rotate");
  json_decref (first);
  json_decref (second);
}

static void
test_delete (Fixture *f, gconstpointer data)
{
  json_t *key = fixture_command (f, WEIR_ROLE_OPERATOR, CREATE);
  g_autofree char *request =
      g_strdup_printf ("{'type':'key.delete','key':'%s'}", text (key, "id"));

  assert_answer (f, NULL, request);
  g_assert_false (opens (f, text (key, "secret")));
  assert_answer (f, "not_found", request);
  fixture_restart (f, NULL);
  g_assert_cmpuint (weir_keys_count (f->control.keys), ==, 0);
  /* Its name is free. */
  assert_answer (f, NULL, CREATE);
  json_decref (key);
}

typedef struct {
  guint answers;
  guint ok;
  char *error;
} Answers;

static void
on_result (const WeirResult *result, gpointer data)
{
  Answers *answers = data;

  answers->answers++;
  answers->ok += result->ok;
  if (!result->ok) {
    g_free (answers->error);
    answers->error = g_strdup (result->error);
  }
}

static gboolean
has_two (gpointer data)
{
  return ((Answers *) data)->answers == 2;
}

/* Two at once for one name: one gets it, and table and store agree. */
static void
test_race (Fixture *f, gconstpointer data)
{
  WeirActor actor = { "user:test", "test", WEIR_ROLE_ADMIN, weir_now_us () };
  Answers answers = { 0 };
  g_autofree char *id = NULL;

  for (guint i = 0; i < 2; i++)
    weir_command_create_key (
        &f->control, &actor, "live", "cam1", "", on_result, &answers);
  fixture_wait (f->loop, has_two, &answers);
  g_assert_cmpuint (answers.ok, ==, 1);
  g_assert_cmpstr (answers.error, ==, "conflict");
  g_assert_false (f->control.store_failing);
  g_assert_cmpuint (weir_keys_count (f->control.keys), ==, 1);
  id = g_strdup (weir_keys_find (f->control.keys, "live", "cam1")->id);
  fixture_restart (f, NULL);
  g_assert_cmpuint (weir_keys_count (f->control.keys), ==, 1);
  g_assert_nonnull (weir_keys_get (f->control.keys, id));
  fixture_assert_trail (f, "key.create");
  g_free (answers.error);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/commands-keys/create", test_create },
    { "/commands-keys/publisher", test_publisher },
    { "/commands-keys/rotate", test_rotate },
    { "/commands-keys/delete", test_delete },
    { "/commands-keys/race", test_race },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, fixture_set_up, tests[i].test,
        fixture_tear_down);
  return g_test_run ();
}
