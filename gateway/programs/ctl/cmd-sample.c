/* weirctl sample. */
#include "programs/ctl/ctl.h"

#include "programs/ctl/text.h"

/* A mode, or pictures a second; NULL for neither. */
static json_t *
parse_rate (const char *text)
{
  static const char *const modes[] = { "keyframes", "all", "off", NULL };
  char *end;
  double fps = g_ascii_strtod (text, &end);

  if (g_strv_contains (modes, text))
    return json_pack ("{s:s}", "mode", text);
  if (end == text || *end != '\0' || !(fps > 0))
    return NULL;
  return json_pack ("{s:s, s:f}", "mode", "fps", "fps", fps);
}

gboolean
weir_ctl_run_sample (const WeirCtl *ctl, char **arguments, GError **error)
{
  g_autofree char *address = NULL;
  json_auto_t *result = NULL;
  json_t *body;

  if (!weir_ctl_want (arguments, 2,
          "a stream, APP/NAME, and keyframes, all, off or pictures a second",
          error)
      || !weir_ctl_want_path (arguments[0], error))
    return FALSE;
  body = parse_rate (arguments[1]);
  if (body == NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "\"%s\" is none of keyframes, all, off, or pictures a second",
        arguments[1]);
    return FALSE;
  }
  json_object_set_new (body, "reason",
      json_string (ctl->options->reason ? ctl->options->reason : ""));
  if (ctl->options->probes != NULL)
    json_object_set_new (body, "probes", json_string (ctl->options->probes));
  address = g_strconcat (
      WEIR_CTL_API "streams/", arguments[0], "/set_sampling", NULL);
  result =
      weir_ctl_api_call (ctl->api, "POST", address, body, JSON_OBJECT, error);
  if (result == NULL)
    return FALSE;
  if (ctl->options->json)
    weir_ctl_print_answer (ctl);
  else
    weir_ctl_say ("%s: %s. About %.2f %% of a core.", arguments[0],
        arguments[1], (double) weir_ctl_text_int (result, "cpu_us") / 1e4);
  return TRUE;
}
