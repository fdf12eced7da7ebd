/* weirctl scan: what a bank would find in recorded video. weir-hasher decodes
 * and hashes, in a process of its own; what its pictures amount to is asked of
 * the index and the finder that live streams have. */
#include "programs/ctl/ctl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/csv.h"
#include "base/error.h"
#include "base/log.h"
#include "core/finder.h"
#include "hash/probe-search.h"
#include "programs/ctl/list-file.h"

/* As the settings of a [bank NAME], and of [review], have them by default. */
#define MIN_QUALITY 50
#define CASE_GAP_MS 30000

#define MAX_HITS 64 /* of one picture, as an analyzer tells them */
#define BANK "bank"

typedef struct {
  WeirHashlist *list;
  guint32 *places; /* of the index's entries in the list */
  WeirIndex *index;
  WeirPolicy *policy;
  guint radius;
  WeirProbeSet probes;
} Bank;

static void
bank_clear (Bank *bank)
{
  g_clear_pointer (&bank->list, weir_hashlist_free);
  g_clear_pointer (&bank->places, g_free);
  g_clear_pointer (&bank->index, weir_index_unref);
  g_clear_pointer (&bank->policy, weir_policy_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bank, bank_clear)

static gboolean
load_bank (const WeirCtlOptions *options, Bank *bank, GError **error)
{
  static const char *const banks[] = { BANK, NULL };
  g_autofree guint8 *hashes = NULL;
  guint32 n;

  if (options->bank == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "no list to look in: give --bank FILE");
    return FALSE;
  }
  bank->list = weir_ctl_load_list (options->bank, error);
  if (bank->list == NULL)
    return FALSE;
  n = weir_hashlist_collect (bank->list, MIN_QUALITY, &hashes, &bank->places);
  if (n < bank->list->count)
    fprintf (stderr,
        "weirctl: %u of %u entries are left out: of quality below %d, or of "
        "no picture in particular\n",
        bank->list->count - n, bank->list->count, MIN_QUALITY);
  bank->index = weir_index_new (hashes, n);
  bank->radius = (guint) options->radius;
  bank->policy = weir_policy_new_from_rules (
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_policy_rule_free),
      banks, error);
  return bank->policy != NULL;
}

typedef struct {
  const Bank *bank;
  const char *field; /* the video's name for CSV */
  WeirFinder *finder;
  gint64 first_flag_ms; /* -1: nothing yet */

  /* The picture that is being read, whose probes follow it: */
  gboolean has_picture;
  guint8 hash[WEIR_PDQ_HASH_BYTES];
  guint quality;
  double seconds;
  WeirProbeHash probes[WEIR_PROBES_MAX];
  guint n_probes;
} Scan;

/* The picture is complete: what is found of it is printed and weighed. */
static void
look_up (Scan *scan)
{
  const Bank *bank = scan->bank;
  gint64 pts_ms = (gint64) (scan->seconds * 1000 + 0.5);
  WeirIndexHit near;
  WeirProbeHit hits[MAX_HITS];
  WeirPolicyHit told[MAX_HITS];
  WeirFinding finding, note;
  guint n = 0;

  if (!scan->has_picture)
    return;
  scan->has_picture = FALSE;
  if (scan->quality >= MIN_QUALITY)
    n = weir_probe_search (bank->index, scan->hash, scan->probes,
        scan->n_probes, bank->radius, 0, hits, MAX_HITS, &near);
  for (guint i = 0; i < n; i++) {
    const WeirHashlistEntry *entry =
        &bank->list->entries[bank->places[hits[i].entry]];
    g_autofree char *name = weir_csv_dup_field (entry->entry);

    told[i] = (WeirPolicyHit){ .bank = BANK,
      .entry = entry->entry,
      .item = entry->item,
      .distance = hits[i].distance,
      .probe = hits[i].probe,
      .edit = weir_probe_text (hits[i].probe),
      .radius = bank->radius,
      .min_quality = MIN_QUALITY,
      .action = WEIR_ACTION_CASE };
    printf ("%s,%.3f,%s,%u,%u,%s\n", scan->field, scan->seconds, name,
        hits[i].distance, scan->quality, weir_probe_name (hits[i].probe));
  }
  weir_finder_add (scan->finder, bank->policy, pts_ms, scan->quality, told, n,
      &finding, &note);
  if (finding.change == WEIR_FINDING_BEGIN && scan->first_flag_ms < 0)
    scan->first_flag_ms = pts_ms;
}

/* LINE: +probe,hash. */
static gboolean
take_probe (Scan *scan, const char *line)
{
  WeirProbeHash *to = &scan->probes[scan->n_probes];
  guint probe;
  int n = 0;

  if (!scan->has_picture || scan->n_probes == WEIR_PROBES_MAX
      || sscanf (line, "+%3u,%n", &probe, &n) != 1 || n == 0
      || !weir_pdq_parse (line + n, strlen (line + n), to->hash))
    return FALSE;
  to->probe = (WeirProbe) probe;
  scan->n_probes++;
  return TRUE;
}

/* LINE: hash,quality,file,seconds, or that of a probe. */
static gboolean
take_line (Scan *scan, const char *line, GError **error)
{
  gsize named = strlen (scan->field);
  char hex[WEIR_PDQ_HEX_DIGITS + 1] = { 0 };
  const char *rest;
  int n = 0;

  if (line[0] == '+' && take_probe (scan, line))
    return TRUE;
  look_up (scan);
  if (sscanf (line, "%64[0-9a-f],%3u,%n", hex, &scan->quality, &n) != 2
      || n == 0 || !weir_pdq_parse (hex, strlen (hex), scan->hash)
      || strncmp (line + n, scan->field, named) != 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "weir-hasher's output can't be read");
    return FALSE;
  }
  rest = line + n + named;
  if (*rest != ',') {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "it is a picture; weirctl hash and weirctl match look it up");
    return FALSE;
  }
  scan->seconds = g_ascii_strtod (rest + 1, NULL);
  scan->n_probes = 0;
  scan->has_picture = TRUE;
  return TRUE;
}

static gboolean
read_lines (Scan *scan, FILE *from, GError **error)
{
  g_autofree char *line = NULL; /* getline's is malloc's, as GLib's */
  size_t room = 0;

  while (getline (&line, &room, from) > 0)
    if (!take_line (scan, g_strchomp (line), error))
      return FALSE;
  look_up (scan);
  return TRUE;
}

static gboolean
start_hasher (const WeirCtlOptions *options, WeirProbeSet probes,
    const char *path, GPid *ret_pid, int *ret_fd, GError **error)
{
  g_autofree char *program = weir_ctl_dup_hasher ();
  char every[G_ASCII_DTOSTR_BUF_SIZE], phase[G_ASCII_DTOSTR_BUF_SIZE];
  const char *argv[] = { program,
    g_ascii_dtostr (every, sizeof every, options->every),
    g_ascii_dtostr (phase, sizeof phase, options->phase),
    weir_probe_set_name (probes), path, NULL };

  return g_spawn_async_with_pipes (NULL, (char **) argv, NULL,
      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL,
      ret_pid, NULL, ret_fd, NULL, error);
}

/* What the hasher could not do it has said itself. */
static gboolean
has_ended_well (GPid pid)
{
  int status = 0;

  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  g_spawn_close_pid (pid);
  return WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

/* FALSE when it could not be looked through to its end. What was found until
 * then has been printed; there is no verdict. */
static gboolean
look_through (const WeirCtlOptions *options, Scan *scan, const char *path)
{
  g_autoptr (GError) error = NULL;
  GPid pid;
  int fd;

  if (start_hasher (options, scan->bank->probes, path, &pid, &fd, &error)) {
    FILE *from = fdopen (fd, "r");
    gboolean read = read_lines (scan, from, &error);

    if (!read)
      kill (pid, SIGKILL);
    fclose (from);
    if (has_ended_well (pid) && read)
      return TRUE;
  }
  if (error != NULL) {
    g_autofree char *text = g_strdup_printf ("%s: %s", path, error->message);
    g_autofree char *safe = weir_log_escape (text, strlen (text));

    fflush (stdout);
    fprintf (stderr, "weirctl: %s\n", safe);
  }
  return FALSE;
}

static gboolean
scan_file (const WeirCtlOptions *options, const Bank *bank, const char *path)
{
  g_autofree char *field = weir_csv_dup_field (path);
  g_autoptr (WeirFinder) finder = weir_finder_new ("scan", CASE_GAP_MS);
  Scan scan = {
    .bank = bank, .field = field, .finder = finder, .first_flag_ms = -1
  };

  if (!look_through (options, &scan, path))
    return FALSE;
  if (scan.first_flag_ms < 0)
    printf ("%s,clear,\n", field);
  else
    printf ("%s,case,%.3f\n", field, (double) scan.first_flag_ms / 1000);
  fflush (stdout);
  return TRUE;
}

static gboolean
want_probes (const char *name, WeirProbeSet *ret, GError **error)
{
  *ret = WEIR_PROBES_STANDARD;
  if (name == NULL || weir_probe_set_from_name (name, ret))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "--probes is plain, standard or thorough");
  return FALSE;
}

gboolean
weir_ctl_run_scan (const WeirCtl *ctl, char **arguments, GError **error)
{
  g_auto (Bank) bank = { 0 };
  guint failed = 0;

  if (arguments[0] == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "no video to look through: give VIDEO...");
    return FALSE;
  }
  if (!want_probes (ctl->options->probes, &bank.probes, error)
      || !load_bank (ctl->options, &bank, error))
    return FALSE;
  for (; *arguments != NULL; arguments++)
    failed += scan_file (ctl->options, &bank, *arguments) ? 0 : 1;
  if (failed > 0)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "%u %s not looked through to the end", failed,
        failed == 1 ? "video was" : "videos were");
  return failed == 0;
}
