/* The table of commands: who may do what, and what is not a command. */
#include "control/fixture.h"

#include <string.h>

/* What each command needs, with arguments that lead to nothing, so that
 * somebody with the role gets another answer. */
static const struct {
  const char *request;
  WeirRole role;
  const char *otherwise;
} table[] = {
  { "{'type':'case.decide','case':'x','verdict':'cut'}", WEIR_ROLE_REVIEWER,
      "not_found" },
  { "{'type':'stream.blank','stream':'live/x'}", WEIR_ROLE_REVIEWER,
      "not_found" },
  { "{'type':'stream.resume','stream':'live/x'}", WEIR_ROLE_REVIEWER,
      "not_found" },
  { "{'type':'stream.cut','stream':'x'}", WEIR_ROLE_REVIEWER, "bad_request" },
  { "{'type':'stream.unbar','stream':'live/x'}", WEIR_ROLE_REVIEWER,
      "not_found" },
  { "{'type':'bar.delete','bar':'x'}", WEIR_ROLE_REVIEWER, "not_found" },
  { "{'type':'key.create','app':'','name':''}", WEIR_ROLE_OPERATOR,
      "bad_request" },
  { "{'type':'key.rotate','key':'x'}", WEIR_ROLE_OPERATOR, "not_found" },
  { "{'type':'key.delete','key':'x'}", WEIR_ROLE_OPERATOR, "not_found" },
};

static void
assert_answer (
    Fixture *f, WeirRole role, const char *error, const char *request)
{
  json_t *answer = fixture_command (f, role, "%s", request);

  g_test_message ("%s as %s: %s", request, weir_role_name (role),
      json_string_value (json_object_get (answer, "message")));
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, error);
  g_assert_false (json_is_true (json_object_get (answer, "applied")));
  json_decref (answer);
}

static void
test_roles (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    for (WeirRole role = WEIR_ROLE_NONE; role <= WEIR_ROLE_ADMIN; role++)
      assert_answer (f, role,
          role < table[i].role ? "not_allowed" : table[i].otherwise,
          table[i].request);
  /* Nothing of it left a trace. */
  fixture_wait_for_store (f);
  fixture_assert_trail (f, "");
}

static void
test_not_allowed_words (Fixture *f, gconstpointer data)
{
  json_t *answer = fixture_command (
      f, WEIR_ROLE_REVIEWER, "{'type':'key.create','app':'live','name':'a'}");

  g_assert_cmpstr (json_string_value (json_object_get (answer, "message")), ==,
      "key.create needs the role operator; test has reviewer.");
  json_decref (answer);
}

static void
test_not_commands (Fixture *f, gconstpointer data)
{
  assert_answer (f, WEIR_ROLE_ADMIN, "unknown_command", "{'type':'x'}");
  assert_answer (f, WEIR_ROLE_ADMIN, "unknown_command", "{'type':''}");
  assert_answer (
      f, WEIR_ROLE_ADMIN, "unknown_command", "{'type':'stream.cut '}");
  assert_answer (f, WEIR_ROLE_ADMIN, "bad_request", "{'typ':'stream.cut'}");
  assert_answer (f, WEIR_ROLE_ADMIN, "bad_request", "{'type':1}");
  assert_answer (f, WEIR_ROLE_ADMIN, "bad_request", "{'type':null}");
  assert_answer (f, WEIR_ROLE_ADMIN, "bad_request", "[]");
  /* Whoever has no rights is not told more. */
  assert_answer (f, WEIR_ROLE_NONE, "unknown_command", "{'type':'x'}");
}

static void
test_arguments (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    "{'type':'stream.cut'}",
    "{'type':'stream.cut','stream':7}",
    "{'type':'stream.cut','stream':null}",
    "{'type':'stream.cut','stream':['live/a']}",
    "{'type':'stream.cut','stream':'live/a','reason':7}",
    "{'type':'stream.cut','stream':'live/a','reason':null}",
    "{'type':'stream.cut','stream':'live/a\\u0000b'}",
    "{'type':'stream.cut','stream':''}",
    "{'type':'stream.cut','stream':'live'}",
    "{'type':'stream.cut','stream':'live/'}",
    "{'type':'stream.cut','stream':'/a'}",
    "{'type':'stream.cut','stream':'live/a/b'}",
    "{'type':'stream.cut','stream':'live/a b'}",
    "{'type':'case.decide','case':'x'}",
    "{'type':'case.decide','verdict':'cut'}",
    "{'type':'case.decide','case':'x','verdict':'none'}",
    "{'type':'case.decide','case':'x','verdict':''}",
    "{'type':'case.decide','case':'x','verdict':'Cut'}",
    "{'type':'case.decide','case':'x','verdict':'cut','note':1}",
    "{'type':'key.create','app':'live'}",
    "{'type':'key.create','name':'a'}",
    "{'type':'key.create','app':'live','name':'a','publisher':1}",
    "{'type':'key.create','app':'live','name':'a','publisher':'b c'}",
    "{'type':'key.create','app':'live','name':'a/b'}",
    "{'type':'key.rotate'}",
    "{'type':'key.delete','key':1}",
    "{'type':'bar.delete'}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_answer (f, WEIR_ROLE_ADMIN, "bad_request", bad[i]);
  fixture_assert_trail (f, "");
}

static void
test_length (Fixture *f, gconstpointer data)
{
  g_autofree char *most = g_strnfill (WEIR_COMMAND_MAX_TEXT_BYTES, 'x');
  g_autofree char *good = g_strdup_printf (
      "{'type':'stream.cut','stream':'live/a','reason':'%s'}", most);
  g_autofree char *bad = g_strdup_printf (
      "{'type':'stream.cut','stream':'live/a','reason':'%sx'}", most);

  assert_answer (f, WEIR_ROLE_ADMIN, "bad_request", bad);
  fixture_assert_command (f, NULL, "%s", good);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/commands/roles", test_roles },
    { "/commands/not-allowed-words", test_not_allowed_words },
    { "/commands/not-commands", test_not_commands },
    { "/commands/arguments", test_arguments },
    { "/commands/length", test_length },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, fixture_set_up, tests[i].test,
        fixture_tear_down);
  return g_test_run ();
}
