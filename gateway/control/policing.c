/* From what policy wants to commands. */
#include "control/policing.h"

#include "base/log.h"
#include "control/cases.h"
#include "control/commands.h"
#include "control/describe.h"
#include "control/events.h"
#include "control/stream.h"

#define WATCH_MS 100
/* What can't be done now is tried again after so long. */
#define AGAIN_MS 5000

struct _WeirPolicing {
  WeirControl *control;
  GHashTable *waiting; /* ids of cases with a deadline */
  WeirTimer *watch;    /* runs while there are some */
};

WeirPolicing *
weir_policing_new (WeirControl *control)
{
  WeirPolicing *policing = g_new0 (WeirPolicing, 1);

  policing->control = control;
  policing->waiting =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return policing;
}

void
weir_policing_free (WeirPolicing *policing)
{
  if (policing == NULL)
    return;
  weir_timer_free (policing->watch);
  g_hash_table_unref (policing->waiting);
  g_free (policing);
}

/* Its names for trail and people. */
typedef struct {
  char *name;
  char *label;
  WeirActor actor;
} Actor;

static void
actor_clear (Actor *actor)
{
  g_free (actor->name);
  g_free (actor->label);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Actor, actor_clear)

static const char *
kind_of (gboolean named, guint distance)
{
  if (named)
    return "policy";
  return weir_policy_is_score (distance) ? "scorer" : "bank";
}

/* The policy, the bank or the scorer that wants what C is owed. */
static void
actor_init (Actor *actor, const WeirCase *c)
{
  gboolean named = c->policy != NULL && *c->policy != '\0';
  const char *who = named ? c->policy : c->bank ? c->bank : "";
  const char *kind = kind_of (named, c->distance);

  actor->name = g_strconcat (kind, ":", who, NULL);
  actor->label = g_strconcat (kind, " ", who, NULL);
  actor->actor = (WeirActor){ .name = actor->name,
    .label = actor->label,
    .role = WEIR_ROLE_ADMIN,
    .arrived_us = weir_now_us (),
    .cause = "policy" };
}

typedef struct {
  WeirPolicing *policing;
  char *case_id;
  char *path;
  WeirTimeout again; /* what its time-out wanted */
} Asked;

static void
on_done (const WeirResult *result, gpointer data)
{
  Asked *asked = data;
  WeirCase *c =
      weir_cases_find (asked->policing->control->cases, asked->case_id);

  if (!result->ok)
    weir_warn (
        "policy", asked->path, "case %s: %s", asked->case_id, result->message);
  /* Nothing has changed because it can't be stored: the time-out is still
   * owed. */
  if (!result->ok && !result->applied && c != NULL && c->open
      && g_strcmp0 (result->error, "conflict") != 0
      && asked->again != WEIR_TIMEOUT_KEEP && c->deadline_ms == 0) {
    c->deadline_ms = weir_wall_ms () + AGAIN_MS;
    weir_policing_watch (asked->policing, c);
  }
  g_free (asked->case_id);
  g_free (asked->path);
  g_free (asked);
}

static void
decide (WeirPolicing *policing, const WeirCase *c, WeirVerdict verdict,
    WeirTimeout again, const char *note)
{
  g_auto (Actor) actor = { 0 };
  Asked *asked = g_new0 (Asked, 1);

  actor_init (&actor, c);
  asked->policing = policing;
  asked->case_id = g_strdup (c->id);
  asked->path = g_strdup (c->stream);
  asked->again = again;
  if (verdict == WEIR_VERDICT_BLANK)
    weir_command_hold (
        policing->control, &actor.actor, c->id, note, on_done, asked);
  else
    weir_command_decide (
        policing->control, &actor.actor, c->id, verdict, note, on_done, asked);
}

/* Withholds what C is about until somebody decides. */
static void
hold_case (WeirPolicing *policing, const WeirCase *c, WeirTimeout again,
    const char *note)
{
  if (c->interim != WEIR_VERDICT_BLANK)
    decide (policing, c, WEIR_VERDICT_BLANK, again, note);
}

gboolean
weir_policing_ask (
    WeirPolicing *policing, WeirCase *c, const WeirFinding *finding)
{
  if (!weir_case_strengthen (c, finding->action, finding->policy,
          finding->priority, finding->reason))
    return FALSE;
  c->on_timeout = finding->on_timeout;
  c->deadline_ms = 0;
  /* Withheld before this rule asked for it, so a person may have done it: it is
   * not this rule's to let out. */
  if (c->interim == WEIR_VERDICT_BLANK && c->on_timeout == WEIR_TIMEOUT_RELEASE)
    c->on_timeout = WEIR_TIMEOUT_KEEP;
  if (c->on_timeout == WEIR_TIMEOUT_KEEP)
    return TRUE;
  c->deadline_ms = finding->timeout_ms > 0
                       ? weir_wall_ms () + finding->timeout_ms
                       : c->public_ms - WEIR_POLICING_MARGIN_MS;
  weir_policing_watch (policing, c);
  return TRUE;
}

void
weir_policing_act (WeirPolicing *policing, WeirCase *c)
{
  if (c->action == WEIR_ACTION_HOLD)
    hold_case (policing, c, WEIR_TIMEOUT_KEEP, c->reason);
  else if (c->action == WEIR_ACTION_CUT)
    decide (policing, c, WEIR_VERDICT_CUT, WEIR_TIMEOUT_KEEP, c->reason);
}

static void
time_out (WeirPolicing *policing, WeirCase *c)
{
  gint64 waited_ms = weir_wall_ms () - c->opened_ms;
  g_autofree char *note =
      g_strdup_printf ("Nobody decided within %.1f s (on_timeout = %s).",
          (double) waited_ms / 1000, weir_timeout_name (c->on_timeout));

  c->deadline_ms = 0;
  switch (c->on_timeout) {
  case WEIR_TIMEOUT_KEEP:
    break;
  case WEIR_TIMEOUT_RELEASE:
    decide (policing, c, WEIR_VERDICT_RELEASE, c->on_timeout, note);
    break;
  case WEIR_TIMEOUT_HOLD:
    hold_case (policing, c, c->on_timeout, note);
    break;
  case WEIR_TIMEOUT_CUT:
    decide (policing, c, WEIR_VERDICT_CUT, c->on_timeout, note);
    break;
  }
}

static void
on_watch (gpointer data)
{
  WeirPolicing *policing = data;
  gint64 now_ms = weir_wall_ms ();
  g_autoptr (GPtrArray) due = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, policing->waiting);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    const WeirCase *c = weir_cases_find (policing->control->cases, id);

    if (c != NULL && c->open && c->deadline_ms > now_ms)
      continue;
    if (c != NULL && c->open && c->deadline_ms > 0)
      g_ptr_array_add (due, g_strdup (id));
    g_hash_table_iter_remove (&iter);
  }
  /* Deciding may put cases back among those that wait. */
  for (guint i = 0; i < due->len; i++)
    time_out (policing,
        weir_cases_find (policing->control->cases, g_ptr_array_index (due, i)));
  if (g_hash_table_size (policing->waiting) == 0)
    g_clear_pointer (&policing->watch, weir_timer_free);
}

void
weir_policing_watch (WeirPolicing *policing, const WeirCase *c)
{
  if (!c->open || c->deadline_ms == 0)
    return;
  g_hash_table_add (policing->waiting, g_strdup (c->id));
  if (policing->watch == NULL)
    policing->watch = weir_timer_new_aside (
        policing->control->loop, WATCH_MS, WATCH_MS, on_watch, policing);
}

static json_t *
describe_note (const WeirStream *stream, const WeirFinding *note)
{
  json_t *json = json_pack ("{s:s, s:s, s:s, s:i, s:s, s:s}", "publisher",
      stream->publisher_id, "entry", note->hit.entry, "item", note->hit.item,
      "quality", (int) note->quality, "policy", note->policy, "reason",
      note->reason);

  weir_describe_hit (json, note->hit.bank, note->hit.distance);
  return json;
}

static void
on_noted (const GError *error, gpointer data)
{
  weir_control_note_store (data, error);
}

void
weir_policing_note (
    WeirPolicing *policing, WeirStream *stream, const WeirFinding *note)
{
  WeirControl *control = policing->control;
  gboolean named = *note->policy != '\0';
  g_autofree char *actor = g_strconcat (kind_of (named, note->hit.distance),
      ":", named ? note->policy : note->hit.bank, NULL);
  g_autofree char *subject = g_strconcat ("stream:", stream->path, NULL);
  g_autofree char *detail = weir_describe_dump (describe_note (stream, note));
  WeirTxn *txn = weir_txn_new ();
  json_t *event = describe_note (stream, note);

  weir_txn_add_trail (txn, actor, "policy.note", subject, detail);
  weir_store_submit (control->store, txn, on_noted, control);
  json_object_set_new (event, "stream", json_string (stream->path));
  weir_events_emit (control->events, "stream.noted", event);
  g_free (stream->note);
  stream->note = g_strdup (note->reason);
  stream->noted_ms = weir_wall_ms ();
  stream->dirty = TRUE;
}
