/* Loads one bank. */
#include "lists/bank.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/loop.h"

#define MAX_TOLD 20 /* broken lines of a bank that are named */

static void
on_refused (guint line, const char *why, gpointer data)
{
  WeirBank *bank = data;

  if (bank->refused++ >= MAX_TOLD)
    return;
  weir_warn ("lists", bank->name, "line %u is left out: %s", line, why);
  g_ptr_array_add (bank->refusals, g_strdup_printf ("line %u: %s", line, why));
}

/* Broken lines are told and left out; a file of nothing else is an error. */
static WeirHashlist *
load_list (WeirBank *bank, GError **error)
{
  const WeirHashlistOptions options = { .on_refused = on_refused,
    .data = bank };
  g_autoptr (WeirHashlist) list =
      weir_hashlist_load (bank->path, &options, error);

  if (list == NULL)
    return NULL;
  if (bank->refused > 0 && list->count == 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "%s: none of its %u lines can be used", bank->path, bank->refused);
    return NULL;
  }
  if (list->only_header)
    weir_warn ("lists", bank->name, "%s has a header and no hash", bank->path);
  if (bank->refused > MAX_TOLD)
    weir_warn (
        "lists", bank->name, "%u lines are left out in all", bank->refused);
  return g_steal_pointer (&list);
}

static char *
dup_path (const WeirSettings *settings, const char *base_dir, const char *name)
{
  const char *file =
      weir_settings_named_string (settings, "bank", name, "file");

  if (*file == '\0')
    return NULL;
  return g_path_is_absolute (file) ? g_strdup (file)
                                   : g_build_filename (base_dir, file, NULL);
}

/* Another stamp when somebody has written or replaced its file. */
static void
read_stamp (WeirBank *bank)
{
  GStatBuf status;

  if (bank->path == NULL || g_stat (bank->path, &status) != 0)
    return;
  bank->file_stamp =
      (gint64) status.st_mtim.tv_sec * 1000003 + (gint64) status.st_mtim.tv_nsec
      + (gint64) status.st_size * 31 + (gint64) status.st_ino * 7;
  bank->changed_ms = (gint64) status.st_mtim.tv_sec * 1000
                     + (gint64) status.st_mtim.tv_nsec / 1000000;
}

/* What SETTINGS say of it; its list is not loaded. */
static WeirBank *
read_settings (
    const WeirSettings *settings, const char *base_dir, const char *name)
{
  WeirBank *bank = g_new0 (WeirBank, 1);

#define INT(key) (guint) weir_settings_named_int (settings, "bank", name, key)
#define BOOL(key) weir_settings_named_bool (settings, "bank", name, key)
#define STRING(key) weir_settings_named_string (settings, "bank", name, key)
  bank->name = g_strdup (name);
  bank->read_ms = weir_wall_ms ();
  bank->path = dup_path (settings, base_dir, name);
  bank->refusals = g_ptr_array_new_with_free_func (g_free);
  read_stamp (bank);
  bank->source = g_strdup (STRING ("source"));
  bank->radius = INT ("radius");
  bank->min_quality = INT ("min_quality");
  bank->priority = INT ("priority");
  bank->enabled = BOOL ("enabled");
  bank->known_good = BOOL ("known_good");
  weir_action_from_string (STRING ("action"), &bank->action);
#undef STRING
#undef BOOL
#undef INT
  return bank;
}

WeirBank *
weir_bank_load (const WeirSettings *settings, const char *base_dir,
    const char *name, GError **error)
{
  g_autoptr (WeirBank) bank = read_settings (settings, base_dir, name);

  /* Without a file it has what is put in. */
  bank->list = bank->path != NULL ? load_list (bank, error)
                                  : weir_hashlist_parse ("", 0, NULL, error);
  if (bank->list == NULL) {
    g_prefix_error (error, "[bank %s] file: ", name);
    return NULL;
  }
  return g_steal_pointer (&bank);
}

gboolean
weir_bank_is_of (
    const WeirBank *bank, const WeirSettings *settings, const char *base_dir)
{
  g_autoptr (WeirBank) b = read_settings (settings, base_dir, bank->name);

  return g_strcmp0 (b->path, bank->path) == 0
         && b->file_stamp == bank->file_stamp
         && strcmp (b->source, bank->source) == 0 && b->radius == bank->radius
         && b->min_quality == bank->min_quality && b->priority == bank->priority
         && b->enabled == bank->enabled && b->known_good == bank->known_good
         && b->action == bank->action;
}

void
weir_bank_free (WeirBank *bank)
{
  if (bank == NULL)
    return;
  weir_left_out_free (bank->left_out);
  weir_hashlist_free (bank->list);
  g_ptr_array_unref (bank->refusals);
  g_free (bank->path);
  g_free (bank->name);
  g_free (bank->source);
  g_free (bank);
}

/* Whether the file of BANK leaves such a hash out, and RET_COUNT how often. */
static gboolean
leaves_out (const WeirBank *bank, const guint8 *hash, guint32 *ret_count)
{
  return bank->left_out != NULL
         && weir_left_out_find (bank->left_out, hash, ret_count) != NULL;
}

static gboolean
is_sound (const WeirBank *bank, const WeirSignal *signal)
{
  if (signal->released_ms != 0 && signal->of_file)
    return leaves_out (bank, signal->hash, NULL);
  return signal->released_ms != 0
         || (signal->quality >= bank->min_quality
             && weir_hashlist_judge (signal->hash, signal->quality)
                    == WEIR_HASHLIST_SOUND);
}

gboolean
weir_bank_looks_for (const WeirBank *bank, const WeirSignal *signal)
{
  return bank != NULL && bank->enabled && is_sound (bank, signal);
}

static char *
dup_fault (const WeirBank *bank, const guint8 *hash, guint quality)
{
  char *fault = weir_hashlist_dup_fault (hash, quality);

  if (fault == NULL && bank != NULL && quality < bank->min_quality)
    fault = g_strdup_printf (
        "quality %u; this bank takes %u and more", quality, bank->min_quality);
  return fault;
}

char *
weir_bank_dup_fault (const WeirBank *bank, const WeirSignal *signal)
{
  if (signal->released_ms == 0)
    return dup_fault (bank, signal->hash, signal->quality);
  return bank == NULL || !bank->enabled || is_sound (bank, signal)
             ? NULL
             : g_strdup ("its line in the bank's file, which it was released "
                         "from, has changed or is gone");
}

char *
weir_bank_dup_entry_fault (const WeirBank *bank, const WeirHashlistEntry *entry)
{
  return dup_fault (bank, entry->hash, entry->quality);
}

void
weir_bank_count (WeirBank *bank, const WeirSignal *signal, gboolean more)
{
  guint32 sign = more ? 1 : (guint32) -1;
  guint32 lines = 0;

  if (bank == NULL)
    return;
  bank->signals += sign;
  bank->changed_ms = more ? MAX (bank->changed_ms,
                         MAX (signal->created_ms, signal->released_ms))
                          : weir_wall_ms ();
  if (bank->enabled && !is_sound (bank, signal))
    bank->held += sign;
  if (signal->released_ms != 0 && leaves_out (bank, signal->hash, &lines))
    bank->released += sign * lines;
}
