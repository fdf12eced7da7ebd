/* Checks and prints that every command needs. */
#include "programs/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "core/names.h"
#include "programs/ctl/suggest.h"
#include "programs/ctl/text.h"

gboolean
weir_ctl_want (char **arguments, guint n, const char *wanted, GError **error)
{
  if (g_strv_length (arguments) == n)
    return TRUE;
  if (n == 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "\"%s\" is too much: no argument is expected", arguments[0]);
  else
    g_set_error (
        error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "expected: %s", wanted);
  return FALSE;
}

gboolean
weir_ctl_want_path (const char *path, GError **error)
{
  g_autofree char *app = NULL, *name = NULL;

  if (weir_path_split (path, &app, &name))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
      "\"%s\" is not a stream: APP/NAME is expected, e.g. live/cam1", path);
  return FALSE;
}

void
weir_ctl_set_unknown (GError **error, const char *what, const char *word,
    const char *const *choices)
{
  const char *near = weir_ctl_suggest (word, choices);
  g_autofree char *all = g_strjoinv (", ", (char **) choices);

  if (near != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "there is no %s \"%s\". Did you mean \"%s\"?", what, word, near);
  else
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "there is no %s \"%s\", only: %s", what, word, all);
}

void
weir_ctl_print_answer (const WeirCtl *ctl)
{
  g_autofree char *safe =
      weir_ctl_text_json_safe (weir_ctl_api_get_answer (ctl->api));

  puts (safe);
}

void
weir_ctl_say (const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  safe = weir_log_escape (text, strlen (text));
  puts (safe);
}
