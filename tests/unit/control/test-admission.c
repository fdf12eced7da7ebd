/* Who waits for what before a stream is there, and how each wait can end. */
#include "control/admission.h"
#include "control/bars.h"
#include "control/fixture.h"
#include "control/keys.h"
#include "control/secret.h"

#include <string.h>

#define WRONG_KEY                                                              \
  "The stream key is not known here. Check application, stream name and key."
#define BUSY "A stream of this name is being published already."
#define BARRED                                                                 \
  "This stream was ended by a reviewer and is barred until that is lifted"
#define UNDECIDED                                                              \
  "It can't be decided just now whether this may be published. Try again."

#define HOOK                                                                   \
  "[gate]\ndelay_ms = 60000\n"                                                 \
  "[rtmp]\nauth = hook\nrefusal_delay_ms = 1\nlockout_failures = 0\n"
#define HOOK_LOCKS                                                             \
  "[rtmp]\nauth = hook\nrefusal_delay_ms = 1\nlockout_failures = 3\n"
#define BOTH                                                                   \
  "[gate]\ndelay_ms = 60000\n"                                                 \
  "[rtmp]\nauth = both\nrefusal_delay_ms = 1\ntakeover_ms = 0\n"
#define KEYS                                                                   \
  "[gate]\ndelay_ms = 60000\n"                                                 \
  "[rtmp]\nrefusal_delay_ms = 1\nlockout_failures = 3\nlockout_ms = 100\n"     \
  "[app open]\nauth = none\n"

#define TWO_KEYS                                                               \
  "[gate]\ndelay_ms = 0\ngrace_ms = 600000\n"                                  \
  "[rtmp]\nrefusal_delay_ms = 1\ntakeover_ms = 0\n"

/* --- a hook that answers when the test says so --- */

typedef struct {
  WeirAuth parent;
  gboolean absent; /* it can't be asked */
  guint asked;
  guint cancelled;
  char *app;
  char *name;
  WeirAuthDone done;
  gpointer data; /* of the last question; NULL when it is no more */
} FakeHook;

static gpointer
on_ask (WeirAuth *auth, const WeirPublishRequest *request,
    const WeirPublisher *publisher, WeirAuthDone done, gpointer data)
{
  FakeHook *hook = (FakeHook *) auth;

  if (hook->absent)
    return NULL;
  hook->asked++;
  g_free (hook->app);
  g_free (hook->name);
  hook->app = g_strdup (request->app);
  hook->name = g_strdup (request->name);
  hook->done = done;
  hook->data = data;
  return data;
}

static void
on_cancel (WeirAuth *auth, gpointer question)
{
  FakeHook *hook = (FakeHook *) auth;

  hook->cancelled++;
  if (hook->data == question)
    hook->data = NULL;
}

static const WeirAuthClass hook_class = { on_ask, on_cancel };

static void
say (FakeHook *hook, WeirAuthVerdict verdict, const char *name)
{
  gpointer data = g_steal_pointer (&hook->data);

  g_assert_nonnull (data);
  hook->done (verdict, name, data);
}

static void
hook_init (FakeHook *hook, Fixture *f)
{
  *hook = (FakeHook){ .parent = { &hook_class } };
  weir_admission_set_auth (f->control.admission, &hook->parent);
}

static void
hook_clear (FakeHook *hook)
{
  g_free (hook->app);
  g_free (hook->name);
}

/* --- helpers --- */

static void
add_key (
    Fixture *f, const char *name, const char *publisher, const char *secret)
{
  WeirKey *key = g_new0 (WeirKey, 1);

  key->id = g_strdup (secret);
  key->app = g_strdup ("live");
  key->name = g_strdup (name);
  key->publisher = g_strdup (publisher);
  weir_secret_hash (secret, key->hash);
  weir_keys_put (f->control.keys, key);
}

static void
add_bar (
    Fixture *f, const char *stream, const char *publisher, const char *reason)
{
  weir_bars_put (
      f->control.bars, weir_bar_copy (&(WeirBar){ .id = (char *) stream,
                           .stream = (char *) stream,
                           .publisher = (char *) publisher,
                           .reason = (char *) reason,
                           .case_id = "",
                           .by = "" }));
}

static WeirAdmit
ask (Fixture *f, FixturePublisher *publisher, const char *name)
{
  return fixture_publish (f, publisher, "live", name, "", NULL, NULL);
}

static guint64
counted (Fixture *f, WeirAdmissionResult result)
{
  return weir_admission_get_count (f->control.admission, result);
}

static gboolean
has_answer (gpointer data)
{
  return ((FixturePublisher *) data)->answers > 0;
}

/* Waits for the answer, which must be this one, and takes it away. */
static void
assert_answer (Fixture *f, FixturePublisher *publisher, WeirAdmit admit,
    const char *reason)
{
  fixture_wait (f->loop, has_answer, publisher);
  g_assert_cmpuint (publisher->answers, ==, 1);
  g_assert_cmpint (publisher->admit, ==, admit);
  if (reason != NULL)
    g_assert_cmpstr (publisher->reason, ==, reason);
  publisher->answers = 0;
}

static WeirStream *
find (Fixture *f, const char *path)
{
  return weir_streams_find (f->control.streams, path);
}

/* --- the hook decides --- */

static void
test_allowed (Fixture *f, gconstpointer data)
{
  FixturePublisher second;
  FakeHook hook;

  hook_init (&hook, f);
  fixture_publisher_init (&second);
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
  g_assert_cmpuint (hook.asked, ==, 1);
  g_assert_cmpstr (hook.app, ==, "live");
  g_assert_cmpstr (hook.name, ==, "cam");
  g_assert_cmpuint (f->publisher.answers, ==, 0);
  g_assert_null (find (f, "live/cam"));
  g_assert_cmpuint (weir_admission_count_waiting (f->control.admission), ==, 1);

  /* The name is won meanwhile, others are free. */
  g_assert_cmpint (ask (f, &second, "cam"), ==, WEIR_ADMIT_BUSY);
  g_assert_cmpuint (hook.asked, ==, 1);

  say (&hook, WEIR_AUTH_ALLOW, NULL);
  assert_answer (f, &f->publisher, WEIR_ADMIT_OK, NULL);
  g_assert_true (f->publisher.stream == find (f, "live/cam"));
  g_assert_cmpstr (find (f, "live/cam")->publisher_id, ==, "cam");
  g_assert_true (find (f, "live/cam")->publisher == &f->publisher.parent);
  g_assert_cmpuint (weir_admission_count_waiting (f->control.admission), ==, 0);
  g_assert_cmpuint (counted (f, WEIR_ADMISSION_ADMITTED), ==, 1);
  g_assert_cmpuint (counted (f, WEIR_ADMISSION_BUSY), ==, 1);
  /* A cancel after the answer is nothing. */
  weir_streams_publish_cancel (f->control.streams, &f->publisher.parent);
  g_assert_cmpuint (hook.cancelled, ==, 0);
  g_assert_cmpuint (counted (f, WEIR_ADMISSION_LEFT), ==, 0);

  fixture_publisher_clear (&second);
  hook_clear (&hook);
}

static void
test_renamed (Fixture *f, gconstpointer data)
{
  static const struct {
    const char *name; /* that the hook gives */
    WeirAdmit admit;
    const char *words; /* their beginning */
  } table[] = {
    { "other", WEIR_ADMIT_OK, NULL },
    { "", WEIR_ADMIT_DENIED, "The stream's name may have" },
    { "../x", WEIR_ADMIT_DENIED, "The stream's name may have" },
    { "a b", WEIR_ADMIT_DENIED, "The stream's name may have" },
    { "rtmp://elsewhere/x", WEIR_ADMIT_DENIED, "The stream's name may have" },
    { "barred", WEIR_ADMIT_DENIED, BARRED ": it was indecent." },
    { "bob", WEIR_ADMIT_DENIED, BARRED "." },
    { "taken", WEIR_ADMIT_BUSY, BUSY },
    { "wanted", WEIR_ADMIT_BUSY, BUSY },
  };
  FixturePublisher publisher, wants;
  FakeHook hook;

  hook_init (&hook, f);
  add_bar (f, "live/barred", "", "it was indecent");
  add_bar (f, "live/elsewhere", "bob", "");
  fixture_publisher_init (&wants);
  g_assert_cmpint (ask (f, NULL, "taken"), ==, WEIR_ADMIT_PENDING);
  say (&hook, WEIR_AUTH_ALLOW, NULL);
  assert_answer (f, &f->publisher, WEIR_ADMIT_OK, NULL);
  g_assert_cmpint (ask (f, &wants, "wanted"), ==, WEIR_ADMIT_PENDING);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_test_message ("%s", table[i].name);
    fixture_publisher_init (&publisher);
    /* What will be replaced need not be a name. */
    g_assert_cmpint (
        ask (f, &publisher, "a bare/secret"), ==, WEIR_ADMIT_PENDING);
    say (&hook, WEIR_AUTH_ALLOW, table[i].name);
    assert_answer (f, &publisher, table[i].admit, NULL);
    if (table[i].words != NULL) {
      g_assert_true (g_str_has_prefix (publisher.reason, table[i].words));
    } else {
      g_assert_cmpstr (
          weir_stream_get_path (publisher.stream), ==, "live/other");
      g_assert_cmpstr (publisher.stream->publisher_id, ==, "other");
      weir_stream_publisher_gone (
          publisher.stream, &publisher.parent, WEIR_GONE_STOPPED);
    }
    fixture_publisher_clear (&publisher);
  }
  g_assert_cmpuint (weir_streams_count (f->control.streams), ==, 2);
  /* What was not replaced must be one. */
  fixture_publisher_init (&publisher);
  g_assert_cmpint (ask (f, &publisher, "not/one"), ==, WEIR_ADMIT_PENDING);
  say (&hook, WEIR_AUTH_ALLOW, NULL);
  assert_answer (f, &publisher, WEIR_ADMIT_DENIED, NULL);
  fixture_publisher_clear (&publisher);

  weir_streams_publish_cancel (f->control.streams, &wants.parent);
  fixture_publisher_clear (&wants);
  hook_clear (&hook);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  FixturePublisher second;
  FakeHook hook;

  hook_init (&hook, f);
  fixture_publisher_init (&second);
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
  say (&hook, WEIR_AUTH_REFUSE, NULL);
  /* Not yet, as for a wrong key; but the name is free. */
  g_assert_cmpuint (f->publisher.answers, ==, 0);
  g_assert_cmpint (ask (f, &second, "cam"), ==, WEIR_ADMIT_PENDING);
  assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED, WRONG_KEY);
  say (&hook, WEIR_AUTH_NO_WORD, NULL);
  assert_answer (f, &second, WEIR_ADMIT_LATER, UNDECIDED);
  g_assert_cmpuint (counted (f, WEIR_ADMISSION_HOOK_REFUSED), ==, 1);
  g_assert_cmpuint (counted (f, WEIR_ADMISSION_UNDECIDED), ==, 1);
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
  say (&hook, WEIR_AUTH_UNUSABLE, NULL);
  assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED,
      "The server that decides about this stream sent it where it can't go.");
  g_assert_cmpuint (weir_streams_count (f->control.streams), ==, 0);

  hook.absent = TRUE;
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_LATER);
  weir_admission_set_auth (f->control.admission, NULL);
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_LATER);
  g_assert_cmpuint (weir_admission_count_waiting (f->control.admission), ==, 0);
  fixture_publisher_clear (&second);
  hook_clear (&hook);
}

static void
test_leaves (Fixture *f, gconstpointer data)
{
  FakeHook hook;

  hook_init (&hook, f);
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
  weir_streams_publish_cancel (f->control.streams, &f->publisher.parent);
  g_assert_cmpuint (hook.cancelled, ==, 1);
  g_assert_cmpuint (counted (f, WEIR_ADMISSION_LEFT), ==, 1);
  /* While its refusal waits, too. */
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
  say (&hook, WEIR_AUTH_REFUSE, NULL);
  weir_streams_publish_cancel (f->control.streams, &f->publisher.parent);
  g_assert_cmpuint (hook.cancelled, ==, 1);
  g_assert_cmpuint (counted (f, WEIR_ADMISSION_LEFT), ==, 1);
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
  say (&hook, WEIR_AUTH_ALLOW, NULL);
  g_assert_cmpuint (f->publisher.answers, ==, 1);
  hook_clear (&hook);
}

static void
test_barred_meanwhile (Fixture *f, gconstpointer data)
{
  FakeHook hook;

  hook_init (&hook, f);
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
  add_bar (f, "live/cam", "", "");
  say (&hook, WEIR_AUTH_ALLOW, NULL);
  assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED, BARRED ".");
  /* And nobody is asked about who is barred by then. */
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_DENIED);
  g_assert_cmpuint (hook.asked, ==, 1);
  hook_clear (&hook);
}

static void
count (gpointer data)
{
  ++*(guint *) data;
}

static void
test_shut_down (Fixture *f, gconstpointer data)
{
  FixturePublisher refused;
  FakeHook hook;
  guint down = 0;

  hook_init (&hook, f);
  fixture_publisher_init (&refused);
  g_assert_cmpint (ask (f, &refused, "a"), ==, WEIR_ADMIT_PENDING);
  say (&hook, WEIR_AUTH_REFUSE, NULL);
  g_assert_cmpint (ask (f, NULL, "b"), ==, WEIR_ADMIT_PENDING);
  weir_streams_shut_down (f->control.streams, 0, count, &down);
  assert_answer (
      f, &f->publisher, WEIR_ADMIT_LATER, "The server is shutting down.");
  assert_answer (f, &refused, WEIR_ADMIT_DENIED, WRONG_KEY);
  g_assert_cmpuint (hook.cancelled, ==, 1);
  fixture_publisher_clear (&refused);
  hook_clear (&hook);
}

static void
test_limit_asked (Fixture *f, gconstpointer data)
{
  FixturePublisher many[WEIR_ADMISSION_MAX_ASKED];
  FakeHook hook;

  hook_init (&hook, f);
  for (guint i = 0; i < G_N_ELEMENTS (many); i++) {
    g_autofree char *name = g_strdup_printf ("cam%u", i);

    fixture_publisher_init (&many[i]);
    g_assert_cmpint (ask (f, &many[i], name), ==, WEIR_ADMIT_PENDING);
  }
  g_assert_cmpint (ask (f, NULL, "more"), ==, WEIR_ADMIT_LATER);
  weir_streams_publish_cancel (f->control.streams, &many[0].parent);
  g_assert_cmpint (ask (f, NULL, "more"), ==, WEIR_ADMIT_PENDING);
  weir_streams_publish_cancel (f->control.streams, &f->publisher.parent);
  for (guint i = 0; i < G_N_ELEMENTS (many); i++) {
    weir_streams_publish_cancel (f->control.streams, &many[i].parent);
    fixture_publisher_clear (&many[i]);
  }
  g_assert_cmpuint (hook.cancelled, ==, hook.asked);
  hook_clear (&hook);
}

/* --- key table and hook --- */

static void
test_both (Fixture *f, gconstpointer data)
{
  FixturePublisher second;
  FakeHook hook;
  WeirStream *stream;

  hook_init (&hook, f);
  fixture_publisher_init (&second);
  add_key (f, "cam", "alice", "one");
  /* A wrong key never reaches the hook. */
  g_assert_cmpint (ask (f, NULL, "nobody"), ==, WEIR_ADMIT_PENDING);
  assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED, WRONG_KEY);
  g_assert_cmpuint (hook.asked, ==, 0);

  /* A bare secret is known by its name then, and whom the table names stays
   * the publisher under another name, too. */
  g_assert_cmpint (ask (f, NULL, "one"), ==, WEIR_ADMIT_PENDING);
  g_assert_cmpstr (hook.name, ==, "cam");
  say (&hook, WEIR_AUTH_ALLOW, "cam-2");
  assert_answer (f, &f->publisher, WEIR_ADMIT_OK, NULL);
  stream = f->publisher.stream;
  g_assert_cmpstr (stream->path, ==, "live/cam-2");
  g_assert_cmpstr (stream->publisher_id, ==, "alice");

  /* The silent predecessor stays until its successor has been let in. */
  g_assert_cmpint (ask (f, &second, "one"), ==, WEIR_ADMIT_PENDING);
  say (&hook, WEIR_AUTH_REFUSE, NULL);
  assert_answer (f, &second, WEIR_ADMIT_DENIED, WRONG_KEY);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  g_assert_cmpint (ask (f, &second, "one"), ==, WEIR_ADMIT_PENDING);
  g_assert_cmpuint (f->publisher.disconnects, ==, 0);
  say (&hook, WEIR_AUTH_ALLOW, "cam-2");
  assert_answer (f, &second, WEIR_ADMIT_OK, NULL);
  g_assert_cmpuint (f->publisher.disconnects, ==, 1);
  g_assert_true (second.stream == stream);
  g_assert_cmpuint (stream->session, ==, 2);

  weir_stream_publisher_gone (stream, &second.parent, WEIR_GONE_STOPPED);
  fixture_publisher_clear (&second);
  hook_clear (&hook);
}

/* Who is asked, by the two settings. */
static void
test_modes (void)
{
  static const struct {
    const char *settings;
    WeirAdmit without_key, with_key;
    guint asked;
  } table[] = {
    { "", WEIR_ADMIT_DENIED, WEIR_ADMIT_OK, 0 },
    { "auth = keys\n", WEIR_ADMIT_DENIED, WEIR_ADMIT_OK, 0 },
    { "auth = hook\n", WEIR_ADMIT_PENDING, WEIR_ADMIT_PENDING, 2 },
    { "auth = both\n", WEIR_ADMIT_DENIED, WEIR_ADMIT_PENDING, 1 },
    { "auth = none\n", WEIR_ADMIT_OK, WEIR_ADMIT_OK, 0 },
    { "require_key = false\n", WEIR_ADMIT_OK, WEIR_ADMIT_OK, 0 },
    { "require_key = false\nauth = keys\n", WEIR_ADMIT_OK, WEIR_ADMIT_OK, 0 },
    { "require_key = false\nauth = hook\n", WEIR_ADMIT_PENDING,
        WEIR_ADMIT_PENDING, 2 },
    { "require_key = false\nauth = both\n", WEIR_ADMIT_PENDING,
        WEIR_ADMIT_PENDING, 2 },
    { "require_key = false\nauth = none\n", WEIR_ADMIT_OK, WEIR_ADMIT_OK, 0 },
    { "auth = none\n[app live]\nauth = hook\n", WEIR_ADMIT_PENDING,
        WEIR_ADMIT_PENDING, 2 },
    { "auth = hook\n[app other]\nauth = none\n", WEIR_ADMIT_PENDING,
        WEIR_ADMIT_PENDING, 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *settings =
        g_strconcat ("[gate]\ndelay_ms=0\n[rtmp]\nrefusal_delay_ms = 0\n",
            table[i].settings, NULL);
    FixturePublisher with;
    FakeHook hook;
    Fixture f = { 0 };

    g_test_message ("%s", table[i].settings);
    fixture_set_up (&f, settings);
    hook_init (&hook, &f);
    fixture_publisher_init (&with);
    add_key (&f, "cam", "alice", "one");
    g_assert_cmpint (ask (&f, NULL, "free"), ==, table[i].without_key);
    g_assert_cmpint (
        fixture_publish (&f, &with, "live", "cam", "one", NULL, NULL), ==,
        table[i].with_key);
    g_assert_cmpuint (hook.asked, ==, table[i].asked);
    weir_streams_publish_cancel (f.control.streams, &f.publisher.parent);
    weir_streams_publish_cancel (f.control.streams, &with.parent);
    fixture_tear_down (&f, settings);
    fixture_publisher_clear (&with);
    hook_clear (&hook);
  }
}

/* --- wrong keys --- */

static gboolean
gets_in (gpointer data)
{
  Fixture *f = data;

  switch (ask (f, NULL, "one")) {
  case WEIR_ADMIT_OK:
    return TRUE;
  case WEIR_ADMIT_PENDING:
    assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED, WRONG_KEY);
    return FALSE;
  default:
    g_assert_not_reached ();
  }
}

static void
on_locked_out (const char *address, gint64 out_until_us, gpointer data)
{
  g_assert_cmpint (out_until_us, >, weir_now_us ());
  g_string_append_printf (data, "%s ", address);
}

/* What a worker has refused by itself counts as if it had come here. */
static void
test_refused_elsewhere (Fixture *f, gconstpointer data)
{
  WeirAdmission *a = f->control.admission;
  g_autoptr (GString) told = g_string_new (NULL);

  weir_wrong_keys_set_watch (
      weir_admission_get_wrong_keys (a), on_locked_out, told);
  weir_admission_note_refusal (
      a, "live", "192.0.2.1", WEIR_ADMISSION_WRONG_KEY, 2);
  weir_admission_note_refusal (
      a, "live", "192.0.2.2", WEIR_ADMISSION_BARRED, 100);
  g_assert_cmpstr (told->str, ==, "");
  weir_admission_note_refusal (
      a, "live", "192.0.2.1", WEIR_ADMISSION_WRONG_KEY, 1);
  g_assert_cmpstr (told->str, ==, "192.0.2.1 ");
  weir_admission_note_refusal (
      a, "live", "192.0.2.1", WEIR_ADMISSION_WRONG_KEY, 4);
  weir_admission_note_refusal (a, "live", NULL, WEIR_ADMISSION_WRONG_KEY, 5);
  g_assert_cmpstr (told->str, ==, "192.0.2.1 ");
  g_assert_cmpuint (
      weir_admission_get_count (a, WEIR_ADMISSION_WRONG_KEY), ==, 3 + 5);
  g_assert_cmpuint (
      weir_admission_get_count (a, WEIR_ADMISSION_LOCKED_OUT), ==, 4);
  g_assert_cmpuint (
      weir_admission_get_count (a, WEIR_ADMISSION_BARRED), ==, 100);
  weir_wrong_keys_set_watch (weir_admission_get_wrong_keys (a), NULL, NULL);
}

static void
test_locked_out (Fixture *f, gconstpointer data)
{
  FixturePublisher elsewhere;

  add_key (f, "cam", "alice", "one");
  fixture_publisher_init (&elsewhere);
  f->publisher.parent.address_key = "192.0.2.1";
  elsewhere.parent.address_key = "192.0.2.2";

  /* A right key in between clears what was counted. */
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpint (ask (f, NULL, "wrong"), ==, WEIR_ADMIT_PENDING);
    assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED, WRONG_KEY);
  }
  g_assert_cmpint (ask (f, NULL, "one"), ==, WEIR_ADMIT_OK);
  weir_stream_publisher_gone (
      find (f, "live/cam"), &f->publisher.parent, WEIR_GONE_STOPPED);
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpuint (
        weir_admission_count_locked_out (f->control.admission), ==, 0);
    g_assert_cmpint (ask (f, NULL, "wrong"), ==, WEIR_ADMIT_PENDING);
    assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED, WRONG_KEY);
  }
  g_assert_cmpuint (
      weir_admission_count_locked_out (f->control.admission), ==, 1);
  g_assert_cmpuint (counted (f, WEIR_ADMISSION_WRONG_KEY), ==, 5);

  /* The right one is not looked at; those of others are; where no key is
   * wanted it is all the same. */
  g_assert_cmpint (ask (f, NULL, "one"), ==, WEIR_ADMIT_PENDING);
  assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED, WRONG_KEY);
  g_assert_cmpuint (counted (f, WEIR_ADMISSION_LOCKED_OUT), ==, 1);
  g_assert_cmpint (fixture_publish (f, NULL, "open", "x", "", NULL, NULL), ==,
      WEIR_ADMIT_OK);
  weir_stream_publisher_gone (
      find (f, "open/x"), &f->publisher.parent, WEIR_GONE_STOPPED);
  g_assert_cmpint (ask (f, &elsewhere, "one"), ==, WEIR_ADMIT_OK);
  weir_stream_publisher_gone (
      find (f, "live/cam"), &elsewhere.parent, WEIR_GONE_STOPPED);

  fixture_wait (f->loop, gets_in, f);
  weir_stream_publisher_gone (
      find (f, "live/cam"), &f->publisher.parent, WEIR_GONE_STOPPED);
  fixture_publisher_clear (&elsewhere);
}

/* The hook's no is a wrong key, its yes a right one. */
static void
test_hook_locks_out (Fixture *f, gconstpointer data)
{
  static const WeirAuthVerdict verdicts[] = { WEIR_AUTH_REFUSE,
    WEIR_AUTH_REFUSE, WEIR_AUTH_NO_WORD, WEIR_AUTH_UNUSABLE, WEIR_AUTH_ALLOW,
    WEIR_AUTH_REFUSE, WEIR_AUTH_REFUSE, WEIR_AUTH_REFUSE };
  FakeHook hook;

  hook_init (&hook, f);
  f->publisher.parent.address_key = "192.0.2.1";
  for (guint i = 0; i < G_N_ELEMENTS (verdicts); i++) {
    g_assert_cmpuint (
        weir_admission_count_locked_out (f->control.admission), ==, 0);
    g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
    say (&hook, verdicts[i], NULL);
    fixture_wait (f->loop, has_answer, &f->publisher);
    f->publisher.answers = 0;
    if (verdicts[i] == WEIR_AUTH_ALLOW)
      weir_stream_publisher_gone (
          f->publisher.stream, &f->publisher.parent, WEIR_GONE_STOPPED);
  }
  g_assert_cmpuint (
      weir_admission_count_locked_out (f->control.admission), ==, 1);
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
  assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED, WRONG_KEY);
  g_assert_cmpuint (hook.asked, ==, G_N_ELEMENTS (verdicts));
  hook_clear (&hook);
}

/* Who leaves before the hook has spoken: the name was taken meanwhile. */
static void
test_leaving_locks_out (Fixture *f, gconstpointer data)
{
  FakeHook hook;

  hook_init (&hook, f);
  f->publisher.parent.address_key = "192.0.2.1";
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
    weir_streams_publish_cancel (f->control.streams, &f->publisher.parent);
  }
  g_assert_cmpuint (
      weir_admission_count_locked_out (f->control.admission), ==, 1);
  /* Leaving before a refusal counts once. */
  g_assert_cmpint (ask (f, NULL, "cam"), ==, WEIR_ADMIT_PENDING);
  weir_streams_publish_cancel (f->control.streams, &f->publisher.parent);
  g_assert_cmpuint (hook.asked, ==, 3);
  hook_clear (&hook);
}

/* Without an address nothing is counted. */
static void
test_no_address (Fixture *f, gconstpointer data)
{
  add_key (f, "cam", "alice", "one");
  for (guint i = 0; i < 10; i++) {
    g_assert_cmpint (ask (f, NULL, "wrong"), ==, WEIR_ADMIT_PENDING);
    assert_answer (f, &f->publisher, WEIR_ADMIT_DENIED, WRONG_KEY);
  }
  g_assert_cmpint (ask (f, NULL, "one"), ==, WEIR_ADMIT_OK);
}

/* More refusals than may wait are told at once, alike. */
static void
test_limit_delayed (Fixture *f, gconstpointer data)
{
  FixturePublisher many[WEIR_ADMISSION_MAX_DELAYED];
  g_autofree char *reason = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (many); i++) {
    fixture_publisher_init (&many[i]);
    g_assert_cmpint (ask (f, &many[i], "wrong"), ==, WEIR_ADMIT_PENDING);
  }
  g_assert_cmpint (
      fixture_publish (f, NULL, "live", "wrong", "", NULL, &reason), ==,
      WEIR_ADMIT_DENIED);
  g_assert_cmpstr (reason, ==, WRONG_KEY);
  for (guint i = 0; i < G_N_ELEMENTS (many); i++) {
    assert_answer (f, &many[i], WEIR_ADMIT_DENIED, WRONG_KEY);
    fixture_publisher_clear (&many[i]);
  }
}

/* Two people with a key for one name: neither takes over the other's stream,
 * nor goes on in it, so that what one showed is not held against the other. */
static void
test_somebody_else (Fixture *f, gconstpointer data)
{
  FixturePublisher alice, bob;
  WeirStream *stream;

  fixture_publisher_init (&alice);
  fixture_publisher_init (&bob);
  add_key (f, "cam", "alice", "key of alice");
  add_key (f, "cam", "bob", "key of bob");
  g_assert_cmpint (
      fixture_publish (f, &alice, "live", "cam", "key of alice", &stream, NULL),
      ==, WEIR_ADMIT_OK);
  g_assert_cmpint (
      fixture_publish (f, &bob, "live", "cam", "key of bob", NULL, NULL), ==,
      WEIR_ADMIT_BUSY);
  g_assert_cmpuint (alice.disconnects, ==, 0);

  weir_stream_publisher_gone (stream, &alice.parent, WEIR_GONE_LOST);
  g_assert_cmpint (
      fixture_publish (f, &bob, "live", "cam", "key of bob", NULL, NULL), ==,
      WEIR_ADMIT_BUSY);
  /* It is not waited for any more. */
  fixture_wait_for_streams (f, 0);
  g_assert_cmpint (
      fixture_publish (f, &bob, "live", "cam", "key of bob", &stream, NULL), ==,
      WEIR_ADMIT_OK);
  g_assert_cmpstr (stream->publisher_id, ==, "bob");
  weir_stream_publisher_gone (stream, &bob.parent, WEIR_GONE_STOPPED);
  fixture_wait_for_streams (f, 0);
  fixture_publisher_clear (&alice);
  fixture_publisher_clear (&bob);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    const char *settings;
    void (*func) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/admission/allowed", HOOK, test_allowed },
    { "/admission/renamed", HOOK, test_renamed },
    { "/admission/refused", HOOK, test_refused },
    { "/admission/leaves", HOOK, test_leaves },
    { "/admission/barred-meanwhile", HOOK, test_barred_meanwhile },
    { "/admission/shut-down", HOOK, test_shut_down },
    { "/admission/limit-asked", HOOK, test_limit_asked },
    { "/admission/both", BOTH, test_both },
    { "/admission/refused-elsewhere", KEYS, test_refused_elsewhere },
    { "/admission/locked-out", KEYS, test_locked_out },
    { "/admission/hook-locks-out", HOOK_LOCKS, test_hook_locks_out },
    { "/admission/leaving-locks-out", HOOK_LOCKS, test_leaving_locks_out },
    { "/admission/no-address", KEYS, test_no_address },
    { "/admission/limit-delayed", KEYS, test_limit_delayed },
    { "/admission/somebody-else", TWO_KEYS, test_somebody_else },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].settings, fixture_set_up,
        tests[i].func, fixture_tear_down);
  g_test_add_func ("/admission/modes", test_modes);
  return g_test_run ();
}
