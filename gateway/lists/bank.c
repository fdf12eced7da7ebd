/* Loads one bank. */
#include "lists/bank.h"

#include "base/error.h"
#include "base/log.h"

#define MAX_TOLD 20 /* broken lines of a bank that the log names */

typedef struct {
  const char *bank;
  guint refused;
} Refusals;

static void
on_refused (guint line, const char *why, gpointer data)
{
  Refusals *r = data;

  if (r->refused++ < MAX_TOLD)
    weir_warn ("lists", r->bank, "line %u is left out: %s", line, why);
}

/* Broken lines are told and left out; a file of nothing else is an error. */
static WeirHashlist *
load_list (const char *name, const char *path, GError **error)
{
  Refusals refusals = { .bank = name };
  const WeirHashlistOptions options = { .on_refused = on_refused,
    .data = &refusals };
  g_autoptr (WeirHashlist) list = weir_hashlist_load (path, &options, error);

  if (list == NULL)
    return NULL;
  if (refusals.refused > 0 && list->count == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "%s: none of its %u lines can be used", path, refusals.refused);
    return NULL;
  }
  if (refusals.refused > MAX_TOLD)
    weir_warn ("lists", name, "%u lines are left out in all", refusals.refused);
  return g_steal_pointer (&list);
}

WeirBank *
weir_bank_load (const WeirSettings *settings, const char *base_dir,
    const char *name, GError **error)
{
  const char *file =
      weir_settings_named_string (settings, "bank", name, "file");
  g_autoptr (WeirBank) bank = g_new0 (WeirBank, 1);
  g_autofree char *path = g_path_is_absolute (file)
                              ? g_strdup (file)
                              : g_build_filename (base_dir, file, NULL);

  bank->name = g_strdup (name);
  bank->source =
      g_strdup (weir_settings_named_string (settings, "bank", name, "source"));
  bank->radius =
      (guint) weir_settings_named_int (settings, "bank", name, "radius");
  bank->min_quality =
      (guint) weir_settings_named_int (settings, "bank", name, "min_quality");
  bank->priority =
      (guint) weir_settings_named_int (settings, "bank", name, "priority");
  bank->enabled = weir_settings_named_bool (settings, "bank", name, "enabled");
  bank->known_good =
      weir_settings_named_bool (settings, "bank", name, "known_good");
  weir_action_from_string (
      weir_settings_named_string (settings, "bank", name, "action"),
      &bank->action);
  /* Without a file it has what is put in. */
  bank->list = *file != '\0' ? load_list (name, path, error)
                             : weir_hashlist_parse ("", 0, NULL, error);
  if (bank->list == NULL) {
    g_prefix_error (error, "[bank %s] file: ", name);
    return NULL;
  }
  return g_steal_pointer (&bank);
}

void
weir_bank_free (WeirBank *bank)
{
  if (bank == NULL)
    return;
  weir_hashlist_free (bank->list);
  g_free (bank->name);
  g_free (bank->source);
  g_free (bank);
}
