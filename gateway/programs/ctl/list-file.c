/* Lists of hashes from files, with what is wrong in them on stderr; and
 * weirctl convert. */
#include "programs/ctl/list-file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "programs/ctl/ctl.h"

#define MAX_TOLD 100
#define PRINT_BYTES (64 * 1024)
#define SHOWN_BYTES (64 * 1024 * 1024) /* larger files' progress is shown */

typedef struct {
  const char *path;
  guint refused;
  gboolean watched; /* stderr is a terminal */
} Reading;

static void
on_refused (guint line, const char *why, gpointer data)
{
  Reading *r = data;

  if (r->refused++ < MAX_TOLD)
    fprintf (stderr, "weirctl: %s: line %u: %s\n", r->path, line, why);
}

static void
on_progress (gsize done, gsize total, gpointer data)
{
  const Reading *r = data;

  if (r->watched && total >= SHOWN_BYTES)
    fprintf (stderr, "\rweirctl: %s: %3d %%%s", r->path,
        (int) (done * 100 / total), done == total ? "\n" : "");
}

WeirHashlist *
weir_ctl_load_list (const char *path, GError **error)
{
  g_autofree char *safe = weir_log_escape (path, strlen (path));
  Reading r = { .path = safe, .watched = isatty (STDERR_FILENO) };
  const WeirHashlistOptions options = {
    .on_refused = on_refused, .on_progress = on_progress, .data = &r
  };
  g_autoptr (WeirHashlist) list = weir_hashlist_load (path, &options, error);

  if (list == NULL)
    return NULL;
  if (list->only_header)
    fprintf (stderr, "weirctl: %s: a header and no hash behind it\n", r.path);
  if (r.refused > MAX_TOLD)
    fprintf (stderr, "weirctl: %s: and %u lines more\n", r.path,
        r.refused - MAX_TOLD);
  if (r.refused > 0 && list->count == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "%s: none of its %u lines can be used", path, r.refused);
    return NULL;
  }
  return g_steal_pointer (&list);
}

gboolean
weir_ctl_want_form (const char *name, WeirHashlistForm *ret, GError **error)
{
  *ret = WEIR_HASHLIST_FORM_CSV;
  if (name == NULL || weir_hashlist_form_parse (name, ret))
    return TRUE;
  weir_ctl_set_unknown (error, "format", name, weir_hashlist_form_names ());
  return FALSE;
}

void
weir_ctl_list_print (GString *text, gboolean all)
{
  if (!all && text->len < PRINT_BYTES)
    return;
  fwrite (text->str, 1, text->len, stdout);
  g_string_truncate (text, 0);
}

gboolean
weir_ctl_run_convert (const WeirCtl *ctl, char **arguments, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (WeirHashlist) list = NULL;
  WeirHashlistForm form;

  if (!weir_ctl_want (arguments, 1, "HASHFILE", error)
      || !weir_ctl_want_form (ctl->options->format, &form, error))
    return FALSE;
  list = weir_ctl_load_list (arguments[0], error);
  if (list == NULL)
    return FALSE;
  weir_hashlist_write_head (text, form);
  for (guint32 i = 0; i < list->count; i++) {
    weir_hashlist_write_entry (text, form, i, &list->entries[i], NULL);
    weir_ctl_list_print (text, FALSE);
  }
  weir_hashlist_write_tail (text, form);
  weir_ctl_list_print (text, TRUE);
  return TRUE;
}
