/* The table of commands: name, role, arguments, function. */
#include "control/commands.h"

#include "control/command-base.h"
#include "core/gate.h"

#include <string.h>

/* Of stream time: no stream lasts 300 years. */
#define MAX_TIME_MS (G_GINT64_CONSTANT (1) << 53)
#define MAX_DELAY_MS (WEIR_GATE_MAX_DELAY_US / 1000)
#define MAX_BAR_MS (G_GINT64_CONSTANT (10) * 366 * 86400 * 1000)
#define REQUIRED G_MININT64

typedef struct {
  WeirControl *control;
  const WeirActor *actor;
  json_t *request;
  WeirResultFunc func;
  gpointer data;
} Call;

/* A text argument; NULL and an answer when it is missing or too long. */
static const char *
argument (const Call *call, const char *name, const char *fallback)
{
  json_t *value = json_object_get (call->request, name);

  if (value == NULL && fallback != NULL)
    return fallback;
  if (!json_is_string (value)) {
    weir_answer_error (
        call->func, call->data, "bad_request", "\"%s\" must be a text.", name);
    return NULL;
  }
  if (json_string_length (value) > WEIR_COMMAND_MAX_TEXT_BYTES
      || strlen (json_string_value (value)) != json_string_length (value)) {
    weir_answer_error (call->func, call->data, "bad_request",
        "\"%s\" is longer than %d bytes or holds a NUL.", name,
        WEIR_COMMAND_MAX_TEXT_BYTES);
    return NULL;
  }
  return json_string_value (value);
}

/* An integer argument from MIN to MAX, FALLBACK when it is missing or null.
 * FALSE and an answer when it is something else. Without a FALLBACK in the
 * range it must be there. */
static gboolean
integer (const Call *call, const char *name, gint64 min, gint64 max,
    gint64 fallback, gint64 *ret)
{
  json_t *value = json_object_get (call->request, name);
  gboolean missing = value == NULL || json_is_null (value);

  if (missing && fallback != G_MININT64) {
    *ret = fallback;
    return TRUE;
  }
  if (!json_is_integer (value) || json_integer_value (value) < min
      || json_integer_value (value) > max) {
    weir_answer_error (call->func, call->data, "bad_request",
        "\"%s\" must be a whole number from %" G_GINT64_FORMAT
        " to %" G_GINT64_FORMAT ".",
        name, min, max);
    return FALSE;
  }
  *ret = json_integer_value (value);
  return TRUE;
}

typedef void (*StreamCommand) (WeirControl *control, const WeirActor *actor,
    const char *stream, const char *reason, WeirResultFunc func, gpointer data);

static void
run_stream (const Call *call, StreamCommand command)
{
  const char *stream = argument (call, "stream", NULL);
  const char *reason = stream ? argument (call, "reason", "") : NULL;

  if (reason != NULL)
    command (
        call->control, call->actor, stream, reason, call->func, call->data);
}

static void
run_blank (const Call *call)
{
  run_stream (call, weir_command_blank);
}

static void
run_resume (const Call *call)
{
  run_stream (call, weir_command_resume);
}

static void
run_mute (const Call *call)
{
  run_stream (call, weir_command_mute);
}

static void
run_unmute (const Call *call)
{
  run_stream (call, weir_command_unmute);
}

static void
run_redact (const Call *call)
{
  const char *stream = argument (call, "stream", NULL);
  const char *reason = stream ? argument (call, "reason", "") : NULL;
  gint64 from_ms, to_ms;

  if (reason != NULL
      && integer (call, "from_ms", 0, MAX_TIME_MS, REQUIRED, &from_ms)
      && integer (call, "to_ms", 0, MAX_TIME_MS, -1, &to_ms))
    weir_command_redact (call->control, call->actor, stream, from_ms, to_ms,
        reason, call->func, call->data);
}

static void
run_dump (const Call *call)
{
  const char *stream = argument (call, "stream", NULL);
  const char *reason = stream ? argument (call, "reason", "") : NULL;
  gint64 newest_ms;

  if (reason != NULL
      && integer (call, "newest_ms", 1, MAX_DELAY_MS, 0, &newest_ms))
    weir_command_dump (call->control, call->actor, stream, newest_ms, reason,
        call->func, call->data);
}

static void
run_set_delay (const Call *call)
{
  const char *stream = argument (call, "stream", NULL);
  const char *reason = stream ? argument (call, "reason", "") : NULL;
  gint64 delay_ms;

  if (reason != NULL
      && integer (call, "delay_ms", 0, MAX_DELAY_MS, REQUIRED, &delay_ms))
    weir_command_set_delay (call->control, call->actor, stream, delay_ms,
        reason, call->func, call->data);
}

static void
run_cut (const Call *call)
{
  const char *stream = argument (call, "stream", NULL);
  const char *reason = stream ? argument (call, "reason", "") : NULL;
  WeirCutOptions options;

  if (reason != NULL
      && integer (call, "slate_ms", 0, MAX_DELAY_MS, -1, &options.slate_ms)
      && integer (call, "bar_ms", 1000, MAX_BAR_MS, 0, &options.bar_ms))
    weir_command_cut (call->control, call->actor, stream, &options, reason,
        call->func, call->data);
}

static void
run_set_sampling (const Call *call)
{
  const char *stream = argument (call, "stream", NULL);
  const char *reason = stream ? argument (call, "reason", "") : NULL;
  json_t *estimate = json_object_get (call->request, "estimate");
  g_autofree char *wrong = NULL;
  WeirSamplingRate rate;
  WeirSamplingProbes probes;
  gboolean has_probes;

  if (reason == NULL)
    return;
  if (!weir_command_parse_probes (call->request, &probes, &has_probes)) {
    weir_answer_error (call->func, call->data, "bad_request",
        "\"probes\" must be plain, standard or thorough.");
    return;
  }
  if (!weir_command_parse_sampling (call->request, &rate, &wrong)) {
    weir_answer_error (call->func, call->data, "bad_request", "%s", wrong);
    return;
  }
  weir_command_set_sampling (call->control, call->actor, stream, &rate,
      has_probes ? &probes : NULL, json_is_true (estimate), reason, call->func,
      call->data);
}

static void
run_unbar (const Call *call)
{
  run_stream (call, weir_command_unbar);
}

static void
run_report (const Call *call)
{
  run_stream (call, weir_command_report);
}

static void
run_decide (const Call *call)
{
  const char *id = argument (call, "case", NULL);
  const char *name = id ? argument (call, "verdict", NULL) : NULL;
  const char *note = name ? argument (call, "note", "") : NULL;
  WeirVerdict verdict;

  if (note == NULL)
    return;
  if (!weir_verdict_from_string (name, &verdict)) {
    weir_answer_error (call->func, call->data, "bad_request",
        "\"verdict\" must be cut, blank or release.");
    return;
  }
  weir_command_decide (
      call->control, call->actor, id, verdict, note, call->func, call->data);
}

static void
run_create_key (const Call *call)
{
  const char *app = argument (call, "app", NULL);
  const char *name = app ? argument (call, "name", NULL) : NULL;
  const char *publisher = name ? argument (call, "publisher", "") : NULL;

  if (publisher != NULL)
    weir_command_create_key (call->control, call->actor, app, name, publisher,
        call->func, call->data);
}

static void
run_rotate_key (const Call *call)
{
  const char *id = argument (call, "key", NULL);

  if (id != NULL)
    weir_command_rotate_key (
        call->control, call->actor, id, call->func, call->data);
}

static void
run_delete_key (const Call *call)
{
  const char *id = argument (call, "key", NULL);

  if (id != NULL)
    weir_command_delete_key (
        call->control, call->actor, id, call->func, call->data);
}

static void
run_delete_bar (const Call *call)
{
  const char *id = argument (call, "bar", NULL);

  if (id != NULL)
    weir_command_delete_bar (
        call->control, call->actor, id, call->func, call->data);
}

static void
run_add_signals (const Call *call)
{
  const char *bank = argument (call, "bank", NULL);

  if (bank != NULL)
    weir_command_add_signals (call->control, call->actor, bank,
        json_object_get (call->request, "entries"), call->func, call->data);
}

static void
run_delete_signal (const Call *call)
{
  const char *id = argument (call, "entry", NULL);

  if (id != NULL)
    weir_command_delete_signal (
        call->control, call->actor, id, call->func, call->data);
}

/* Of an entry of a bank; both take a note. */
static void
run_entry (const Call *call,
    void (*command) (WeirControl *control, const WeirActor *actor,
        const char *bank, const char *entry, const char *note,
        WeirResultFunc func, gpointer data))
{
  const char *bank = argument (call, "bank", NULL);
  const char *entry = bank ? argument (call, "entry", NULL) : NULL;
  const char *note = entry ? argument (call, "note", "") : NULL;

  if (note != NULL)
    command (
        call->control, call->actor, bank, entry, note, call->func, call->data);
}

static void
run_quarantine (const Call *call)
{
  run_entry (call, weir_command_quarantine);
}

static void
run_give_back (const Call *call)
{
  run_entry (call, weir_command_give_back);
}

static void
run_enable (const Call *call)
{
  run_entry (call, weir_command_enable_entry);
}

static void
run_disable (const Call *call)
{
  const char *bank = argument (call, "bank", NULL);
  const char *entry = bank ? argument (call, "entry", NULL) : NULL;
  const char *note = entry ? argument (call, "note", "") : NULL;
  gint64 until_ms;

  if (note != NULL
      && integer (call, "until_ms", 1, MAX_TIME_MS, REQUIRED, &until_ms))
    weir_command_disable_entry (call->control, call->actor, bank, entry,
        until_ms, note, call->func, call->data);
}

static const struct {
  const char *type;
  WeirRole role;
  void (*run) (const Call *call);
} commands[] = {
  { "case.decide", WEIR_ROLE_REVIEWER, run_decide },
  { "stream.blank", WEIR_ROLE_REVIEWER, run_blank },
  { "stream.resume", WEIR_ROLE_REVIEWER, run_resume },
  { "stream.redact", WEIR_ROLE_REVIEWER, run_redact },
  { "stream.dump", WEIR_ROLE_REVIEWER, run_dump },
  { "stream.mute", WEIR_ROLE_REVIEWER, run_mute },
  { "stream.unmute", WEIR_ROLE_REVIEWER, run_unmute },
  { "stream.set_delay", WEIR_ROLE_OPERATOR, run_set_delay },
  { "stream.cut", WEIR_ROLE_REVIEWER, run_cut },
  { "stream.set_sampling", WEIR_ROLE_OPERATOR, run_set_sampling },
  { "stream.unbar", WEIR_ROLE_REVIEWER, run_unbar },
  { "stream.report", WEIR_ROLE_REVIEWER, run_report },
  { "bar.delete", WEIR_ROLE_REVIEWER, run_delete_bar },
  { "bank.add", WEIR_ROLE_OPERATOR, run_add_signals },
  { "bank.delete", WEIR_ROLE_OPERATOR, run_delete_signal },
  { "bank.quarantine", WEIR_ROLE_OPERATOR, run_quarantine },
  { "bank.release", WEIR_ROLE_OPERATOR, run_give_back },
  { "bank.disable", WEIR_ROLE_OPERATOR, run_disable },
  { "bank.enable", WEIR_ROLE_OPERATOR, run_enable },
  { "key.create", WEIR_ROLE_OPERATOR, run_create_key },
  { "key.rotate", WEIR_ROLE_OPERATOR, run_rotate_key },
  { "key.delete", WEIR_ROLE_OPERATOR, run_delete_key },
};

void
weir_command_run (WeirControl *control, const WeirActor *actor, json_t *request,
    WeirResultFunc func, gpointer data)
{
  Call call = { control, actor, request, func, data };
  const char *type = argument (&call, "type", NULL);

  if (type == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (strcmp (commands[i].type, type) != 0)
      continue;
    if (actor->role < commands[i].role)
      weir_answer_error (func, data, "not_allowed",
          "%s needs the role %s; %s has %s.", type,
          weir_role_name (commands[i].role), actor->label,
          weir_role_name (actor->role));
    else
      commands[i].run (&call);
    return;
  }
  weir_answer_error (
      func, data, "unknown_command", "There is no command of this name.");
}
