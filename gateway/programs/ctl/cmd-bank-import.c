/* A list goes to the gateway as it is, which reads it and takes it whole or not
 * at all. */
#include "programs/ctl/cmd-bank-import.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "hash/hashlist.h"
#include "programs/ctl/text.h"

#define SHOWN_BYTES (1024 * 1024) /* larger files' progress is shown */
#define LOOK_US G_USEC_PER_SEC
#define MAX_SOURCE_BYTES 200 /* escaped; the gateway cuts off no less */

typedef struct {
  WeirCtlApi *look; /* for what the gateway is at; NULL: nobody watches */
  char *address;
  gint64 next_us;
  gboolean shown;
} Watching;

static void
on_progress (gsize sent, gsize total, gpointer data)
{
  Watching *w = data;
  gint64 now_us = g_get_monotonic_time ();
  json_auto_t *state = NULL;

  if (w->look == NULL || total < SHOWN_BYTES || now_us < w->next_us)
    return;
  if (sent < total) {
    fprintf (stderr, "\rweirctl: %3d %% of %.1f MiB are sent   ",
        (int) (sent * 100 / total), (double) total / (1 << 20));
  } else {
    state =
        weir_ctl_api_call (w->look, "GET", w->address, NULL, JSON_OBJECT, NULL);
    if (state != NULL)
      fprintf (stderr,
          "\rweirctl: %" G_GINT64_FORMAT " lines are read, "
          "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
          " new entries are taken in   ",
          weir_ctl_text_int (state, "lines"), weir_ctl_text_int (state, "done"),
          weir_ctl_text_int (state, "new"));
  }
  w->shown = TRUE;
  w->next_us = now_us + LOOK_US / (sent < total ? 5 : 1);
}

/* "/api/v1/banks/BANK/import", and with SOURCE the list's name. */
static char *
dup_address (const char *bank, const char *path)
{
  g_autofree char *name = g_uri_escape_string (bank, NULL, FALSE);
  g_autofree char *base = path != NULL ? g_path_get_basename (path) : NULL;
  /* Twice: libwebsockets undoes one before arguments are told apart. */
  g_autofree char *once = base != NULL && g_utf8_validate (base, -1, NULL)
                              ? g_uri_escape_string (base, NULL, FALSE)
                              : NULL;
  g_autofree char *source =
      once != NULL ? g_uri_escape_string (once, NULL, FALSE) : NULL;
  gboolean has = source != NULL && strlen (source) <= MAX_SOURCE_BYTES;

  return g_strconcat (WEIR_CTL_API "banks/", name, "/import",
      has ? "?source=" : "", has ? source : "", NULL);
}

/* TRUE when anything of the list could be used. */
static gboolean
report (const json_t *answer, const char *path, GError **error)
{
  const json_t *refusals = json_object_get (answer, "refusals");
  g_autofree char *safe = weir_log_escape (path, strlen (path));
  gint64 refused = weir_ctl_text_int (answer, "refused");
  gint64 put = weir_ctl_text_int (answer, "put");
  gint64 same = weir_ctl_text_int (answer, "same");
  const json_t *one;
  gsize i;

  json_array_foreach (refusals, i, one)
  {
    g_autofree char *why =
        weir_ctl_text_json_safe (weir_ctl_text_string (one, "why"));

    fprintf (stderr, "weirctl: %s: line %" G_GINT64_FORMAT ": %s\n", safe,
        weir_ctl_text_int (one, "line"), why);
  }
  if (refused > (gint64) json_array_size (refusals))
    fprintf (stderr, "weirctl: %s: and %" G_GINT64_FORMAT " lines more\n", safe,
        refused - (gint64) json_array_size (refusals));
  if (refused > 0 && put + same == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "%s: none of its %" G_GINT64_FORMAT " lines can be used", safe,
        refused);
    return FALSE;
  }
  weir_ctl_say ("%" G_GINT64_FORMAT " added, %" G_GINT64_FORMAT
                " of them quarantined; %" G_GINT64_FORMAT
                " already there; %" G_GINT64_FORMAT " refused.%s",
      put, weir_ctl_text_int (answer, "quarantined"), same, refused,
      put > 0 ? " The latest pictures of all live streams are being looked "
                "through."
              : "");
  return TRUE;
}

gboolean
weir_ctl_bank_import (
    const WeirCtl *ctl, const char *bank, const char *path, GError **error)
{
  g_autofree char *address = dup_address (bank, path);
  g_autofree char *look_address = dup_address (bank, NULL);
  g_autoptr (WeirCtlApi) look =
      isatty (STDERR_FILENO) ? weir_ctl_api_again (ctl->api) : NULL;
  Watching watching = { look, look_address, 0, FALSE };
  g_autoptr (GString) text = weir_hashlist_read_file (path, error);
  json_auto_t *answer = NULL;

  if (text == NULL)
    return FALSE;
  answer = weir_ctl_api_upload (
      ctl->api, address, text->str, text->len, on_progress, &watching, error);
  if (watching.shown)
    fputs ("\n", stderr);
  if (answer == NULL)
    return FALSE;
  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  return report (answer, path, error);
}
