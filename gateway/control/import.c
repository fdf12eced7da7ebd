/* Imports, step by step. */
#include "control/import.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "control/bank-changes.h"
#include "control/banks.h"
#include "control/describe.h"
#include "control/look-back.h"

#define MIB (1024 * 1024)
/* The loop is not held up for longer at a time. */
#define SLICE_US 2000

typedef enum {
  RECEIVING,
  READING,
  STORING,
  TAKING_IN, /* the banks learn of it, a slice at a time */
  BUILDING,  /* the generation that has it */
} Step;

static const char *const step_names[] = { "receiving", "reading", "storing",
  "taking_in", "building" };

struct _WeirImport {
  WeirControl *control;
  Step step;
  char *bank;
  char *source;
  char *name;  /* of who does it, for the trail */
  char *label; /* the same, for people */
  int fd;      /* -1 once a reading has it */
  guint64 size;
  guint64 received;
  WeirResultFunc func; /* NULL when nobody waits */
  gpointer data;
  WeirTimer *timer;
  WeirBankReading *reading; /* the banks' while it is read */
  guint count;              /* of its new entries */
  guint at;                 /* the next one of this step */
};

void
weir_import_free (WeirImport *import)
{
  if (import == NULL)
    return;
  weir_timer_free (import->timer);
  if (import->fd >= 0)
    close (import->fd);
  if (import->step != READING)
    weir_bank_reading_free (import->reading);
  g_free (import->bank);
  g_free (import->source);
  g_free (import->name);
  g_free (import->label);
  g_free (import);
}

static void
drop (WeirImport *import)
{
  import->control->import = NULL;
  weir_import_free (import);
}

/* Ends it. MESSAGE is words for people. */
static void
fail (WeirImport *import, const char *error, gboolean applied,
    const char *message)
{
  const WeirResult result = {
    .error = error, .message = message, .applied = applied
  };

  if (import->func != NULL)
    import->func (&result, import->data);
  drop (import);
}

static void
on_late (gpointer data)
{
  fail (data, "too_slow", FALSE,
      "The list did not arrive within ten minutes, so nothing was changed.");
}

static guint
limit_mib (const WeirControl *control)
{
  return (guint) weir_settings_int (control->settings, "http", "import_mb");
}

/* What speaks against it, or NULL. Caller frees. */
static char *
find_obstacle (const WeirControl *control, const WeirActor *actor,
    const char *bank, const char *source, guint64 size, const char **ret_error)
{
  *ret_error = "not_allowed";
  if (actor->role < WEIR_ROLE_OPERATOR)
    return g_strdup_printf ("bank.import needs the role operator; %s has %s.",
        actor->label, weir_role_name (actor->role));
  *ret_error = "not_found";
  if (!control->banks->klass->has (control->banks, bank))
    return g_strdup ("There is no bank of this name.");
  *ret_error = "too_large";
  if (size > (guint64) limit_mib (control) * MIB)
    return g_strdup_printf ("The list is %" G_GUINT64_FORMAT " bytes long; at "
                            "most %u MiB are taken ([http] import_mb). Name "
                            "its file in [bank %s] instead, and reload "
                            "(SIGHUP).",
        size, limit_mib (control), bank);
  *ret_error = "bad_request";
  if (size == 0)
    return g_strdup ("The body is to be the list, and there is none.");
  if (strlen (source) > WEIR_COMMAND_MAX_TEXT_BYTES
      || !g_utf8_validate (source, -1, NULL))
    return g_strdup ("source is too long, or is no UTF-8.");
  for (const char *at = source; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return g_strdup ("source has a control character.");
  *ret_error = "busy";
  if (control->import != NULL)
    return g_strdup_printf ("An import into %s is under way; one at a time is "
                            "done. Nothing was changed.",
        control->import->bank);
  return NULL;
}

WeirImport *
weir_import_begin (WeirControl *control, const WeirActor *actor,
    const char *bank, const char *source, guint64 size, WeirResultFunc func,
    gpointer data)
{
  const char *error;
  g_autofree char *obstacle =
      find_obstacle (control, actor, bank, source, size, &error);
  WeirImport *import;
  int fd;

  if (obstacle != NULL) {
    const WeirResult result = { .error = error, .message = obstacle };

    func (&result, data);
    return NULL;
  }
  fd = memfd_create ("weir-import", MFD_CLOEXEC);
  if (fd < 0) {
    const WeirResult result = { .error = "failed",
      .message = "There is no room for the list. Nothing was changed." };

    weir_error ("import", bank, "memfd_create: %s", g_strerror (errno));
    func (&result, data);
    return NULL;
  }
  import = g_new0 (WeirImport, 1);
  import->control = control;
  import->bank = g_strdup (bank);
  import->source = g_strdup (source);
  import->name = g_strdup (actor->name);
  import->label = g_strdup (actor->label);
  import->fd = fd;
  import->size = size;
  import->func = func;
  import->data = data;
  import->timer = weir_timer_new_aside (
      control->loop, WEIR_IMPORT_ARRIVAL_MS, 0, on_late, import);
  control->import = import;
  return import;
}

gboolean
weir_import_write (WeirImport *import, const guint8 *data, gsize size)
{
  gsize written = 0;

  if (import->received + size > import->size) {
    fail (import, "bad_request", FALSE,
        "More was sent than was announced, so nothing was changed.");
    return FALSE;
  }
  while (written < size) {
    gssize n = write (import->fd, data + written, size - written);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      weir_error ("import", import->bank, "write: %s", g_strerror (errno));
      fail (import, "failed", FALSE,
          "There is no room for the list, so nothing was changed.");
      return FALSE;
    }
    written += (gsize) n;
  }
  import->received += size;
  return TRUE;
}

static json_t *
describe_refusals (const WeirBankReading *reading)
{
  json_t *list = json_array ();

  for (guint i = 0; i < reading->refusals->len; i++) {
    const WeirBankRefusal *r =
        &g_array_index (reading->refusals, WeirBankRefusal, i);

    json_array_append_new (list,
        json_pack ("{s:I, s:s}", "line", (json_int_t) r->line, "why", r->why));
  }
  return list;
}

static void
answer (WeirImport *import)
{
  const WeirBankReading *r = import->reading;
  WeirResult result = { .ok = TRUE, .applied = TRUE };

  result.extra = json_pack ("{s:i, s:i, s:i, s:i, s:i, s:o, s:s}", "lines",
      (int) r->lines, "put", (int) import->count, "same", (int) r->same,
      "quarantined", (int) r->quarantined, "refused", (int) r->refused,
      "refusals", describe_refusals (r), "sha256", r->sha256);
  weir_info ("import", import->bank,
      "%u entries of %s are added, %u were already there, %u are refused",
      import->count, *import->source != '\0' ? import->source : "a list",
      r->same, r->refused);
  if (import->func != NULL)
    import->func (&result, import->data);
  json_decref (result.extra);
  drop (import);
}

static gboolean
slice_is_over (const WeirImport *import, gint64 began_us)
{
  return import->at % 16 == 0 && weir_now_us () - began_us >= SLICE_US;
}

static void
go_on (WeirImport *import, Step step, WeirTimerFunc func)
{
  import->step = step;
  import->at = 0;
  weir_timer_free (import->timer);
  import->timer = weir_timer_new_aside (
      import->control->loop, 0, WEIR_TICK_MS, func, import);
}

static void
on_let_in (const GError *error, gpointer data)
{
  WeirImport *import = data;

  if (error != NULL) {
    fail (import, "failed", TRUE,
        "It is stored, but the index of the banks could not be made anew: it "
        "is looked for from the next generation on.");
    return;
  }
  if (import->count > 0)
    weir_look_back_begin (import->control->look_back);
  answer (import);
}

static void
on_forgotten (const GError *error, gpointer data)
{
  weir_control_note_store (data, error);
}

/* What other commands put in while it was stored is not kept twice. */
static void
forget_rest (const WeirImport *import)
{
  WeirControl *control = import->control;
  const GPtrArray *signals = import->reading->signals;
  WeirTxn *txn = NULL;

  for (guint i = 0; i < signals->len; i++) {
    const WeirSignal *signal = g_ptr_array_index (signals, i);

    if (signal == NULL)
      continue; /* the banks have it */
    if (txn == NULL)
      txn = weir_txn_new ();
    weir_txn_delete_signal (txn, signal->id);
  }
  if (txn != NULL)
    weir_store_submit (control->store, txn, on_forgotten, control);
}

/* Another command put the same in: the answer counts SIGNAL as there. */
static void
note_faster (WeirImport *import, const WeirSignal *signal)
{
  const WeirBanks *banks = import->control->banks;
  g_autofree char *fault = banks->klass->dup_fault (banks, signal);

  import->count--;
  import->reading->same++;
  if (fault != NULL && import->reading->quarantined > 0)
    import->reading->quarantined--;
}

static void
take_in (gpointer data)
{
  WeirImport *import = data;
  WeirBanks *banks = import->control->banks;
  GPtrArray *signals = import->reading->signals;
  gint64 began_us = weir_now_us ();

  while (import->at < signals->len) {
    WeirSignal *signal = g_ptr_array_index (signals, import->at);

    if (banks->klass->find_same (banks, signal) == NULL) {
      g_ptr_array_index (signals, import->at) = NULL;
      banks->klass->add_waiting (banks, signal);
    } else {
      note_faster (import, signal);
    }
    import->at++;
    if (slice_is_over (import, began_us))
      return;
  }
  g_clear_pointer (&import->timer, weir_timer_free);
  forget_rest (import);
  import->step = BUILDING;
  weir_bank_changes_note (import->control->bank_changes, import->bank);
  banks->klass->let_in (banks, on_let_in, import);
}

static void
on_stored (const GError *error, gpointer data)
{
  WeirImport *import = data;

  weir_control_note_store (import->control, error);
  if (error != NULL)
    fail (import, "not_durable", FALSE,
        "It could not be stored, so nothing was changed.");
  else
    go_on (import, TAKING_IN, take_in);
}

static void
store (WeirImport *import)
{
  const WeirBankReading *r = import->reading;
  g_autofree char *subject = g_strconcat ("bank:", import->bank, NULL);
  WeirTxn *txn = weir_txn_new ();
  g_autofree char *detail = weir_describe_dump (json_pack (
      "{s:s, s:s, s:I, s:i, s:i, s:i, s:i}", "source", import->source, "sha256",
      r->sha256, "bytes", (json_int_t) import->size, "put", (int) import->count,
      "same", (int) r->same, "quarantined", (int) r->quarantined, "refused",
      (int) r->refused));

  weir_txn_put_signals (txn, r->signals);
  weir_txn_add_trail (txn, import->name, "bank.import", subject, detail);
  import->step = STORING;
  weir_store_submit (import->control->store, txn, on_stored, import);
}

static void
on_read (WeirBankReading *reading, gpointer data)
{
  WeirImport *import = data;

  import->step = STORING; /* the reading is ours again */
  if (import->func == NULL) {
    weir_info ("import", import->bank,
        "is given up: whoever sent the list is gone. Nothing was changed");
    drop (import);
  } else if (reading->error != NULL) {
    fail (import,
        g_error_matches (reading->error, WEIR_ERROR, WEIR_ERROR_LIMIT)
            ? "too_large"
            : "bad_request",
        FALSE, reading->error->message);
  } else {
    import->count = reading->signals->len;
    store (import);
  }
}

void
weir_import_end (WeirImport *import)
{
  WeirControl *control = import->control;
  guint32 most =
      (guint32) weir_settings_int (control->settings, "store", "bank_entries");
  guint32 now = control->banks->klass->count (control->banks);

  if (import->received != import->size) {
    fail (import, "bad_request", FALSE,
        "Less was sent than was announced, so nothing was changed.");
    return;
  }
  g_clear_pointer (&import->timer, weir_timer_free);
  import->reading =
      weir_bank_reading_new (import->bank, import->source, import->label,
          import->fd, (gsize) import->size, most > now ? most - now : 0);
  import->fd = -1;
  import->step = READING;
  if (control->banks->klass->read (
          control->banks, import->reading, on_read, import))
    return;
  import->step = RECEIVING;
  fail (import, "busy", FALSE, "The gateway ends, so nothing was changed.");
}

void
weir_import_give_up (WeirImport *import)
{
  const WeirResult result = { .error = "failed", .message = "Given up." };

  import->func (&result, import->data);
  import->func = NULL;
  if (import->step == RECEIVING) {
    weir_info ("import", import->bank,
        "is broken off after %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
        " bytes. Nothing was changed",
        import->received, import->size);
    drop (import);
  }
}

json_t *
weir_import_describe (const WeirControl *control, const char *bank)
{
  const WeirImport *import = control->import;
  json_t *object;

  if (!control->banks->klass->has (control->banks, bank))
    return NULL;
  if (import == NULL || strcmp (import->bank, bank) != 0)
    return json_pack ("{s:s}", "step", "none");
  object =
      json_pack ("{s:s, s:I, s:I}", "step", step_names[import->step], "bytes",
          (json_int_t) import->size, "received", (json_int_t) import->received);
  if (import->reading != NULL)
    json_object_set_new (object, "lines",
        json_integer (g_atomic_int_get (&import->reading->lines)));
  if (import->step > READING) {
    json_object_set_new (object, "new", json_integer (import->count));
    json_object_set_new (object, "done", json_integer (import->at));
  }
  return object;
}
