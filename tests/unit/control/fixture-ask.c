/* What the tests ask a control for: commands, events, the trail. */
#include "control/fixture.h"

#include <string.h>

typedef struct {
  Fixture *f;
  guint n;
  const char *letters;
} Wanted;

static gboolean
has_streams (gpointer data)
{
  Wanted *wanted = data;

  return weir_streams_count (wanted->f->control.streams) == wanted->n;
}

void
fixture_wait_for_streams (Fixture *f, guint n)
{
  fixture_wait (f->loop, has_streams, &(Wanted){ .f = f, .n = n });
}

static const char *
sent (const Fixture *f)
{
  return f->egresses->len > 0
             ? ((FixtureEgress *) g_ptr_array_index (f->egresses, 0))->sent->str
             : f->sent;
}

static gboolean
has_sent (gpointer data)
{
  Wanted *wanted = data;
  const char *text = sent (wanted->f);

  return text != NULL && strlen (text) >= strlen (wanted->letters);
}

void
fixture_wait_for_sent (Fixture *f, const char *letters)
{
  fixture_wait (f->loop, has_sent, &(Wanted){ .f = f, .letters = letters });
  g_assert_cmpstr (sent (f), ==, letters);
}

static void
on_result (const WeirResult *result, gpointer data)
{
  json_t **answer = data;

  g_assert_null (*answer);
  g_assert_true (result->ok == (result->error == NULL));
  *answer =
      result->extra != NULL ? json_deep_copy (result->extra) : json_object ();
  json_object_set_new (*answer, "ok", json_boolean (result->ok));
  json_object_set_new (*answer, "applied", json_boolean (result->applied));
  if (result->error != NULL) {
    g_assert_nonnull (result->message);
    json_object_set_new (*answer, "error", json_string (result->error));
    json_object_set_new (*answer, "message", json_string (result->message));
  }
}

static gboolean
is_answered (gpointer data)
{
  return *(json_t **) data != NULL;
}

static json_t *
run_command (Fixture *f, WeirRole role, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);
  WeirActor actor = { "user:test", "test", role, weir_now_us () };
  json_t *answer = NULL, *request;

  g_strdelimit (text, "'", '"');
  request = json_loads (text, JSON_ALLOW_NUL, NULL);
  g_assert_nonnull (request);
  weir_command_run (&f->control, &actor, request, on_result, &answer);
  json_decref (request);
  fixture_wait (f->loop, is_answered, &answer);
  return answer;
}

json_t *
fixture_command (Fixture *f, WeirRole role, const char *format, ...)
{
  json_t *answer;
  va_list args;

  va_start (args, format);
  answer = run_command (f, role, format, args);
  va_end (args);
  return answer;
}

void
fixture_assert_command (Fixture *f, const char *error, const char *format, ...)
{
  json_t *answer;
  va_list args;

  va_start (args, format);
  answer = run_command (f, WEIR_ROLE_REVIEWER, format, args);
  va_end (args);
  g_test_message (
      "%s", json_string_value (json_object_get (answer, "message")));
  g_assert_cmpstr (
      json_string_value (json_object_get (answer, "error")), ==, error);
  json_decref (answer);
}

guint64
fixture_seq (Fixture *f)
{
  return weir_events_get_seq (f->control.events);
}

static json_t *
load_event (Fixture *f, guint64 seq, const char *type)
{
  GBytes *bytes = weir_events_peek (f->control.events, seq);
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  json_t *event = json_loadb (text, size, 0, NULL);

  g_assert_nonnull (event);
  g_assert_cmpint (
      json_integer_value (json_object_get (event, "seq")), ==, (gint64) seq);
  if (strcmp (json_string_value (json_object_get (event, "type")), type) == 0)
    return event;
  json_decref (event);
  return NULL;
}

json_t *
fixture_find_event (Fixture *f, const char *type, guint64 since)
{
  for (guint64 seq = fixture_seq (f); seq > since; seq--) {
    json_t *event = load_event (f, seq, type);

    if (event != NULL)
      return event;
  }
  return NULL;
}

guint
fixture_count_events (Fixture *f, const char *type, guint64 since)
{
  guint n = 0;

  for (guint64 seq = fixture_seq (f); seq > since; seq--) {
    json_t *event = load_event (f, seq, type);

    n += event != NULL;
    json_decref (event);
  }
  return n;
}

static void
on_trail (GPtrArray *records, const GError *error, gpointer data)
{
  GString *actions = g_string_new (NULL);
  const WeirTrailRecord *previous = NULL;

  g_assert_no_error (error);
  for (guint i = records->len; i-- > 0;) {
    const WeirTrailRecord *record = g_ptr_array_index (records, i);

    g_assert_true (weir_trail_record_verify (record, previous));
    g_string_append_printf (
        actions, "%s%s", previous != NULL ? " " : "", record->action);
    previous = record;
  }
  *(char **) data = g_string_free (actions, FALSE);
}

static gboolean
is_read (gpointer data)
{
  return *(char **) data != NULL;
}

char *
fixture_trail (Fixture *f)
{
  char *actions = NULL;

  weir_store_read_trail (&f->store.parent, 0, 1000, on_trail, &actions);
  fixture_wait (f->loop, is_read, &actions);
  return actions;
}

void
fixture_assert_trail (Fixture *f, const char *actions)
{
  g_autofree char *trail = fixture_trail (f);

  g_assert_cmpstr (trail, ==, actions);
}
