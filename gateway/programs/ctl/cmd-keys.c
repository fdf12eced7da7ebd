/* weirctl key. */
#include "programs/ctl/ctl.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "core/names.h"
#include "programs/ctl/table.h"
#include "programs/ctl/text.h"

static json_t *
get_keys (const WeirCtl *ctl, GError **error)
{
  return weir_ctl_api_call (
      ctl->api, "GET", WEIR_CTL_API "keys", NULL, JSON_ARRAY, error);
}

static gboolean
run_list (const WeirCtl *ctl, GError **error)
{
  static const char *const titles[] = { "STREAM", "PUBLISHER", "CREATED",
    "ROTATED", "ID", NULL };
  g_autoptr (WeirCtlTable) table = weir_ctl_table_new (titles);
  json_auto_t *list = get_keys (ctl, error);
  g_autofree char *text = NULL;
  const json_t *key;
  gsize i;

  if (list == NULL)
    return FALSE;
  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return TRUE;
  }
  json_array_foreach (list, i, key)
  {
    g_autofree char *created =
        weir_ctl_text_time (weir_ctl_text_int (key, "created_ms"));
    g_autofree char *rotated =
        weir_ctl_text_time (weir_ctl_text_int (key, "rotated_ms"));

    weir_ctl_table_add_format (table, "%s/%s",
        weir_ctl_text_string (key, "app"), weir_ctl_text_string (key, "name"));
    weir_ctl_table_add (table, weir_ctl_text_string (key, "publisher"));
    weir_ctl_table_add (table, created);
    weir_ctl_table_add (table, rotated);
    weir_ctl_table_add (table, weir_ctl_text_string (key, "id"));
  }
  text = weir_ctl_table_format (table);
  fputs (json_array_size (list) > 0 ? text : "No keys.\n", stdout);
  return TRUE;
}

/* Prints what a publisher's program asks for. */
static void
print_secret (const WeirCtl *ctl, const json_t *key)
{
  const char *app = weir_ctl_text_string (key, "app");
  const char *name = weir_ctl_text_string (key, "name");

  if (ctl->options->json) {
    weir_ctl_print_answer (ctl);
    return;
  }
  weir_ctl_say ("Key of %s/%s for %s. Its secret is shown only now.", app, name,
      weir_ctl_text_string (key, "publisher"));
  weir_ctl_say ("server: rtmp://%s/%s", weir_ctl_api_get_host (ctl->api), app);
  weir_ctl_say (
      "key:    %s?key=%s", name, weir_ctl_text_string (key, "secret"));
}

static gboolean
run_create (const WeirCtl *ctl, const char *path, GError **error)
{
  g_autofree char *app = NULL, *name = NULL;
  json_auto_t *key = NULL;
  json_t *body;

  weir_path_split (path, &app, &name);
  body = json_pack ("{s:s, s:s}", "app", app, "name", name);
  if (ctl->options->publisher != NULL)
    json_object_set_new (
        body, "publisher", json_string (ctl->options->publisher));
  key = weir_ctl_api_call (
      ctl->api, "POST", WEIR_CTL_API "keys", body, JSON_OBJECT, error);
  if (key != NULL)
    print_secret (ctl, key);
  return key != NULL;
}

/* The API's address of the key of PATH. */
static char *
dup_address (const WeirCtl *ctl, const char *path, GError **error)
{
  json_auto_t *list = get_keys (ctl, error);
  const json_t *key;
  gsize i;

  if (list == NULL)
    return NULL;
  json_array_foreach (list, i, key)
  {
    g_autofree char *has = g_strconcat (weir_ctl_text_string (key, "app"), "/",
        weir_ctl_text_string (key, "name"), NULL);
    g_autofree char *id =
        g_uri_escape_string (weir_ctl_text_string (key, "id"), NULL, FALSE);

    if (strcmp (has, path) == 0)
      return g_strconcat (WEIR_CTL_API "keys/", id, NULL);
  }
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_NOT_FOUND, "%s has no key", path);
  return NULL;
}

static gboolean
run_rotate (const WeirCtl *ctl, const char *path, GError **error)
{
  g_autofree char *address = dup_address (ctl, path, error);
  g_autofree char *rotate =
      g_strconcat (address ? address : "", "/rotate", NULL);
  json_auto_t *key = NULL;

  if (address == NULL)
    return FALSE;
  key = weir_ctl_api_call (ctl->api, "POST", rotate, NULL, JSON_OBJECT, error);
  if (key != NULL)
    print_secret (ctl, key);
  return key != NULL;
}

static gboolean
run_delete (const WeirCtl *ctl, const char *path, GError **error)
{
  g_autofree char *address = dup_address (ctl, path, error);
  json_auto_t *answer = NULL;

  if (address == NULL)
    return FALSE;
  answer =
      weir_ctl_api_call (ctl->api, "DELETE", address, NULL, JSON_OBJECT, error);
  if (answer == NULL)
    return FALSE;
  if (ctl->options->json)
    weir_ctl_print_answer (ctl);
  else
    weir_ctl_say ("The key of %s is deleted.", path);
  return TRUE;
}

gboolean
weir_ctl_run_key (const WeirCtl *ctl, char **arguments, GError **error)
{
  static const char *const verbs[] = { "list", "create", "rotate", "delete",
    NULL };
  const char *verb = arguments[0] != NULL ? arguments[0] : "list";

  if (!g_strv_contains (verbs, verb)) {
    weir_ctl_set_unknown (error, "key command", verb, verbs);
    return FALSE;
  }
  if (ctl->options->publisher != NULL && strcmp (verb, "create") != 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "--publisher belongs to \"key create\"");
    return FALSE;
  }
  if (strcmp (verb, "list") == 0)
    return weir_ctl_want (
               arguments, arguments[0] ? 1 : 0, "\"list\" alone", error)
           && run_list (ctl, error);
  if (!weir_ctl_want (arguments + 1, 1, "one stream, APP/NAME", error)
      || !weir_ctl_want_path (arguments[1], error))
    return FALSE;
  if (strcmp (verb, "create") == 0)
    return run_create (ctl, arguments[1], error);
  if (strcmp (verb, "rotate") == 0)
    return run_rotate (ctl, arguments[1], error);
  return run_delete (ctl, arguments[1], error);
}
