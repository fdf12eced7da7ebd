/* Joins the banks, and keeps the generations of their index. */
#include "hash/probes.h"
#include "lists/banks.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "lists/bank-browse.h"
#include "lists/bank-export.h"
#include "lists/banks-impl.h"

/* Ids between those of one set of banks and the next, for signals that are put
 * in meanwhile. */
#define ID_GAP (1024u * 1024)
/* Beyond it ids begin anew: those from there are long forgotten. */
#define LAST_FIRST_ID 0x80000000u
/* Hits that were under way when banks were reloaded come within so long. */
#define BEFORE_MS 30000

static void
live_free (gpointer data)
{
  Live *live = data;

  weir_signal_free (live->signal);
  g_free (live);
}

static WeirBank *
find_bank (const Banks *banks, const char *name)
{
  return weir_bank_set_find (banks->set, name);
}

static void
fill_entry (const WeirBank *bank, const char *entry, const char *item,
    WeirBankEntry *ret)
{
  *ret = (WeirBankEntry){ bank->name, entry, item, bank->radius,
    bank->min_quality, bank->action, bank->priority, bank->known_good };
}

/* The signal that has INDEX in SET's list, or NULL. */
static const Live *
live_at (const Banks *banks, const WeirBankSet *set, guint32 index)
{
  guint32 end = weir_bank_set_end (set);

  return index >= end && index - end < banks->lives->len
             ? g_ptr_array_index (banks->lives, index - end)
             : NULL;
}

static gboolean
get_of_set (const Banks *banks, const WeirBankSet *set, guint32 index,
    WeirBankEntry *ret)
{
  const WeirBank *bank;
  const WeirHashlistEntry *entry = weir_bank_set_get (set, index, &bank);
  const Live *live = live_at (banks, set, index);
  gint64 now_ms = weir_wall_ms ();

  if (entry != NULL) {
    if (entry->more != NULL && now_ms / 1000 < entry->more->disable_until_s)
      return FALSE;
    fill_entry (bank, entry->entry, entry->item, ret);
    return TRUE;
  }
  if (live == NULL || live->signal == NULL || live->bank == NULL
      || now_ms < live->signal->disable_until_ms)
    return FALSE;
  fill_entry (live->bank, live->signal->entry, live->signal->item, ret);
  return TRUE;
}

static gboolean
get_entry (const WeirBanks *base, guint32 index, WeirBankEntry *ret)
{
  const Banks *banks = (const Banks *) base;

  return get_of_set (banks, banks->set, index, ret)
         || (banks->before != NULL
             && get_of_set (banks, banks->before, index, ret));
}

static void
each (const WeirBanks *base, WeirBankFunc func, gpointer data)
{
  const Banks *banks = (const Banks *) base;

  for (guint i = 0; i < banks->set->banks->len; i++) {
    const WeirBank *b = g_ptr_array_index (banks->set->banks, i);
    const WeirBankInfo info = { .name = b->name,
      .source = b->source,
      .enabled = b->enabled,
      .known_good = b->known_good,
      .radius = b->radius,
      .min_quality = b->min_quality,
      .action = b->action,
      .priority = b->priority,
      .in_file = b->list->count,
      .left_out =
          b->enabled ? weir_left_out_count (b->left_out) - b->released : 0,
      .signals = b->signals,
      .held = b->held,
      .changed_ms = b->changed_ms,
      .refused = b->refused,
      .refusals = b->refusals };

    func (&info, data);
  }
}

static gboolean
each_signal (
    const WeirBanks *base, const char *bank, WeirSignalFunc func, gpointer data)
{
  const Banks *banks = (const Banks *) base;

  if (find_bank (banks, bank) == NULL)
    return FALSE;
  for (guint i = 0; i < banks->lives->len; i++) {
    const Live *live = g_ptr_array_index (banks->lives, i);

    if (live->signal != NULL && strcmp (live->signal->bank, bank) == 0)
      func (live->signal, data);
  }
  return TRUE;
}

static gboolean
has (const WeirBanks *base, const char *bank)
{
  return find_bank ((const Banks *) base, bank) != NULL;
}

static Live *
look_up (const Banks *banks, GHashTable *table, const char *key)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (table, key));

  return place > 0 ? g_ptr_array_index (banks->lives, place - 1) : NULL;
}

static char *
dup_hash_key (const WeirSignal *signal)
{
  g_autofree char *hex = weir_signal_dup_hex (signal->hash);

  return g_strconcat (hex, " ", signal->bank, NULL);
}

static const WeirSignal *
find (const WeirBanks *base, const char *id)
{
  const Banks *banks = (const Banks *) base;
  const Live *live = look_up (banks, banks->by_id, id);

  return live != NULL ? live->signal : NULL;
}

const WeirSignal *
weir_banks_find_same (const WeirBanks *base, const WeirSignal *signal)
{
  const Banks *banks = (const Banks *) base;
  g_autofree char *key = dup_hash_key (signal);
  const Live *live = look_up (banks, banks->by_hash, key);

  return live != NULL ? live->signal : NULL;
}

/* SET's entries and the signals that are looked for in its banks, by rising
 * id. */
static WeirBanksBuild *
gather (const Banks *banks, WeirBankSet *set)
{
  WeirBanksBuild *build = g_new0 (WeirBanksBuild, 1);

  build->fd = -1;
  build->set = weir_bank_set_ref (set);
  build->hashes =
      g_malloc ((gsize) banks->lives->len * WEIR_PDQ_HASH_BYTES + 1);
  build->ids = g_new (guint32, (gsize) banks->lives->len + 1);
  build->next_live = banks->lives->len;
  for (guint32 i = 0; i < banks->lives->len; i++) {
    const Live *live = g_ptr_array_index (banks->lives, i);
    const WeirSignal *signal = live->signal;

    if (signal == NULL || live->waits
        || !weir_bank_looks_for (
            weir_bank_set_find (set, signal->bank), signal))
      continue;
    memcpy (build->hashes + (gsize) build->count * WEIR_PDQ_HASH_BYTES,
        signal->hash, WEIR_PDQ_HASH_BYTES);
    build->ids[build->count++] = weir_bank_set_end (set) + i;
  }
  return build;
}

/* BUILD's generation is the banks' from now on. */
static void
use (Banks *banks, WeirBanksBuild *build)
{
  weir_index_writer_free (banks->writer);
  banks->writer = g_steal_pointer (&build->writer);
  if (banks->fd >= 0)
    close (banks->fd);
  banks->fd = build->fd;
  build->fd = -1;
}

void
weir_banks_begin_build (Banks *banks, WeirBankSet *set)
{
  WeirBanksBuild *build = gather (banks, set);

  if (set == banks->next && banks->save != NULL)
    build->saved_path = g_strdup (weir_saved_index_get_path (banks->save));
  g_array_set_size (banks->taken_out, 0);
  banks->thread = weir_banks_build_start (build, banks->mailbox);
}

/* Keeps what BUILD was made of for the next start. TRUE when so many signals
 * stand beside it that a generation of all of it is due: they are scanned. */
static gboolean
keep (const Banks *banks, const WeirBanksBuild *build)
{
  guint32 of_files = build->set->places->len;

  if (build->saved_path == NULL)
    return FALSE;
  /* What was taken is there: a save of other banks that still runs ends. */
  weir_saved_index_write (banks->save,
      !build->taken && of_files >= WEIR_SAVED_INDEX_MIN_ENTRIES ? banks->fd
                                                                : -1);
  return build->count > WEIR_BANKS_MIN_CAPACITY / 2;
}

/* What happened while it was built is done to it as well. */
static void
catch_up (Banks *banks, const WeirBanksBuild *build)
{
  guint32 end = weir_bank_set_end (banks->set);

  for (guint32 i = build->next_live; i < banks->lives->len; i++) {
    const Live *live = g_ptr_array_index (banks->lives, i);

    if (live->signal != NULL && live->bank != NULL)
      weir_index_writer_add (banks->writer, live->signal->hash, end + i);
  }
  for (guint i = 0; i < banks->taken_out->len; i++)
    weir_index_writer_delete (
        banks->writer, end + g_array_index (banks->taken_out, guint32, i));
}

static void
forget_before (gpointer data)
{
  Banks *banks = data;

  g_clear_pointer (&banks->before, weir_bank_set_unref);
  g_clear_pointer (&banks->forget, weir_timer_free);
}

/* SET's banks are those that count from now on. */
static void
use_set (Banks *banks, WeirBankSet *set)
{
  forget_before (banks);
  banks->before = banks->set;
  banks->set = weir_bank_set_ref (set);
  banks->forget =
      weir_timer_new_aside (banks->loop, BEFORE_MS, 0, forget_before, banks);
  for (guint32 i = 0; i < banks->lives->len; i++) {
    Live *live = g_ptr_array_index (banks->lives, i);
    WeirBank *bank =
        live->signal != NULL ? find_bank (banks, live->signal->bank) : NULL;

    live->bank = live->signal != NULL && !live->waits
                         && weir_bank_looks_for (bank, live->signal)
                     ? bank
                     : NULL;
    if (live->signal != NULL)
      weir_bank_count (bank, live->signal, TRUE);
  }
}

static void
end_reload (Banks *banks, const GError *error)
{
  WeirBanksReloadFunc func = banks->on_reloaded;

  banks->on_reloaded = NULL;
  g_clear_pointer (&banks->next, weir_bank_set_unref);
  func (error, banks->reload_data);
}

static void
on_built (gpointer message, gpointer data)
{
  Banks *banks = data;
  WeirBanksBuild *build = message;
  gboolean is_next = build->set == banks->next, crowded = FALSE;

  g_thread_join (g_steal_pointer (&banks->thread));
  if (build->fd < 0) {
    weir_error ("lists", NULL, "the next generation can't be built: %s",
        build->error->message);
    if (is_next)
      end_reload (banks, build->error);
    if (banks->letting_in)
      weir_banks_imports_end (banks, build->error);
  } else {
    if (is_next)
      use_set (banks, build->set);
    use (banks, build);
    catch_up (banks, build);
    crowded = keep (banks, build);
    weir_info ("lists", NULL, "a new generation of the index: %u entries",
        weir_index_count (weir_index_writer_peek_index (banks->writer)));
    if (is_next)
      end_reload (banks, NULL);
    banks->on_generation (banks->fd, banks->data);
    if (banks->letting_in)
      weir_banks_imports_end (banks, NULL);
  }
  weir_banks_build_free (build);
  if (banks->thread == NULL && (banks->next != NULL || crowded))
    weir_banks_begin_build (
        banks, banks->next != NULL ? banks->next : banks->set);
  else if (banks->thread == NULL)
    weir_banks_imports_go_on (banks);
}

/* SIGNAL (taken) is one of those that are kept. */
Live *
weir_banks_keep (Banks *banks, WeirSignal *signal)
{
  Live *live = g_new0 (Live, 1);

  live->signal = signal;
  weir_bank_count (find_bank (banks, signal->bank), signal, TRUE);
  g_ptr_array_add (banks->lives, live);
  g_hash_table_insert (banks->by_id, g_strdup (signal->id),
      GUINT_TO_POINTER (banks->lives->len));
  g_hash_table_insert (banks->by_hash, dup_hash_key (signal),
      GUINT_TO_POINTER (banks->lives->len));
  return live;
}

static void
take_out (WeirBanks *base, const char *id)
{
  Banks *banks = (Banks *) base;
  Live *live = look_up (banks, banks->by_id, id);
  g_autofree char *key = NULL;
  guint32 place;
  WeirBank *bank;

  if (live == NULL)
    return;
  place = GPOINTER_TO_UINT (g_hash_table_lookup (banks->by_id, id)) - 1;
  key = dup_hash_key (live->signal);
  bank = find_bank (banks, live->signal->bank);
  weir_bank_count (bank, live->signal, FALSE);
  g_hash_table_remove (banks->by_id, id);
  g_hash_table_remove (banks->by_hash, key);
  g_clear_pointer (&live->signal, weir_signal_free);
  if (banks->writer != NULL)
    weir_index_writer_delete (
        banks->writer, weir_bank_set_end (banks->set) + place);
  if (banks->thread != NULL)
    g_array_append_val (banks->taken_out, place);
}

static gboolean
add (WeirBanks *base, WeirSignal *signal, guint32 *ret_index)
{
  Banks *banks = (Banks *) base;
  guint32 id = weir_bank_set_end (banks->set) + banks->lives->len;
  WeirBank *bank = find_bank (banks, signal->bank);
  Live *live;

  take_out (base, signal->id);
  live = weir_banks_keep (banks, signal);
  if (!weir_bank_looks_for (bank, signal))
    return FALSE;
  live->bank = bank;
  if (ret_index != NULL)
    *ret_index = id;
  if (banks->writer == NULL)
    return TRUE;
  if (!weir_index_writer_add (banks->writer, signal->hash, id))
    weir_error ("lists", signal->bank,
        "the index is full: %s is looked for in its next generation",
        signal->entry);
  if (banks->thread == NULL
      && weir_index_writer_room (banks->writer) < WEIR_BANKS_MIN_CAPACITY / 2)
    weir_banks_begin_build (banks, banks->set);
  return TRUE;
}

static void
enable (WeirBanks *base, const char *id)
{
  const Banks *banks = (const Banks *) base;
  Live *live = look_up (banks, banks->by_id, id);

  if (live != NULL)
    live->signal->disable_until_ms = 0;
}

static void
name_probe (guint8 probe, const char **ret_name, const char **ret_text)
{
  *ret_name = weir_probe_name (probe);
  *ret_text = weir_probe_text (probe);
}

static const WeirBanksClass banks_class = { get_entry, each, each_signal, has,
  find, weir_banks_find_same, weir_banks_dup_fault, weir_banks_each_held,
  weir_banks_find_held, add, take_out, weir_banks_find_name, enable,
  weir_banks_browse, weir_banks_read, weir_banks_count_signals,
  weir_banks_add_waiting, weir_banks_let_in, name_probe, weir_banks_export_new,
  weir_banks_export_more, weir_banks_export_free };

WeirBanks *
weir_banks_load (
    const WeirSettings *settings, const char *base_dir, GError **error)
{
  WeirBankSet *set = weir_bank_set_load (settings, base_dir, 0, error);
  Banks *banks;

  if (set == NULL)
    return NULL;
  banks = g_new0 (Banks, 1);
  banks->parent.klass = &banks_class;
  banks->set = set;
  banks->lives = g_ptr_array_new_with_free_func (live_free);
  banks->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  banks->by_hash =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  banks->taken_out = g_array_new (FALSE, FALSE, sizeof (guint32));
  banks->fd = -1;
  return &banks->parent;
}

void
weir_banks_free (WeirBanks *base)
{
  Banks *banks = (Banks *) base;

  if (banks == NULL)
    return;
  weir_banks_stop (base);
  weir_index_writer_free (banks->writer);
  if (banks->fd >= 0)
    close (banks->fd);
  g_hash_table_unref (banks->by_id);
  g_hash_table_unref (banks->by_hash);
  g_array_unref (banks->taken_out);
  g_ptr_array_unref (banks->lives);
  weir_bank_set_unref (banks->before);
  weir_bank_set_unref (banks->set);
  g_free (banks);
}

guint32
weir_banks_count (const WeirBanks *base)
{
  const Banks *banks = (const Banks *) base;

  return banks->set->places->len + g_hash_table_size (banks->by_id);
}

guint
weir_banks_radius (const WeirBanks *base)
{
  return ((const Banks *) base)->set->radius;
}

static void
on_loaded (gpointer message, gpointer data)
{
  Banks *banks = data;
  WeirBanksRead *read = message;

  g_thread_join (g_steal_pointer (&banks->loader));
  banks->next = g_steal_pointer (&read->set);
  if (banks->next == NULL)
    end_reload (banks, read->error);
  else if (banks->thread == NULL)
    weir_banks_begin_build (banks, banks->next);
  weir_banks_read_free (read);
}

gboolean
weir_banks_are_of (
    const WeirBanks *base, const WeirSettings *settings, const char *base_dir)
{
  return weir_bank_set_is_of (((const Banks *) base)->set, settings, base_dir);
}

void
weir_banks_reload (WeirBanks *base, const WeirSettings *settings,
    const char *base_dir, WeirBanksReloadFunc func, gpointer data)
{
  Banks *banks = (Banks *) base;
  guint64 first_id =
      (guint64) weir_bank_set_end (banks->set) + banks->lives->len + ID_GAP;

  g_assert (banks->on_reloaded == NULL && banks->loaded != NULL);
  banks->on_reloaded = func;
  banks->reload_data = data;
  banks->loader = weir_banks_read_start (settings, base_dir,
      first_id > LAST_FIRST_ID ? 0 : (guint32) first_id, banks->loaded);
}

int
weir_banks_start (WeirBanks *base, WeirLoop *loop, const char *saved_path,
    WeirBanksGenerationFunc on_generation, gpointer data, GError **error)
{
  Banks *banks = (Banks *) base;
  WeirBanksBuild *build = gather (banks, banks->set);
  gboolean crowded = FALSE;

  build->saved_path = g_strdup (saved_path);
  banks->save = saved_path != NULL ? weir_saved_index_new (saved_path) : NULL;
  weir_banks_build_make (build);
  if (build->fd < 0) {
    g_propagate_error (error, g_steal_pointer (&build->error));
  } else {
    use (banks, build);
    catch_up (banks, build);
    crowded = keep (banks, build);
  }
  weir_banks_build_free (build);
  if (banks->fd < 0)
    return -1;
  banks->loop = loop;
  banks->mailbox =
      weir_mailbox_new (loop, 1, on_built, weir_banks_build_free, banks);
  banks->loaded =
      weir_mailbox_new (loop, 1, on_loaded, weir_banks_read_free, banks);
  banks->browser = weir_browser_new (loop, base);
  weir_banks_imports_start (banks);
  banks->on_generation = on_generation;
  banks->data = data;
  if (crowded)
    weir_banks_begin_build (banks, banks->set);
  return banks->fd;
}

int
weir_banks_get_fd (const WeirBanks *base)
{
  return ((const Banks *) base)->fd;
}

gboolean
weir_banks_search (gpointer base, const guint8 *hashes, guint count,
    WeirBankSearchFunc func, gpointer data)
{
  Banks *banks = base;

  if (banks->mailbox == NULL)
    return FALSE;
  if (banks->search == NULL)
    banks->search = weir_banks_search_new (banks->loop);
  return weir_banks_search_begin (
      banks->search, banks->fd, hashes, count, banks->set->radius, func, data);
}

void
weir_banks_stop (WeirBanks *base)
{
  Banks *banks = (Banks *) base;

  if (banks == NULL)
    return;
  g_clear_pointer (&banks->save, weir_saved_index_free);
  g_clear_pointer (&banks->browser, weir_browser_free);
  weir_banks_imports_stop (banks);
  if (banks->loader != NULL)
    g_thread_join (g_steal_pointer (&banks->loader));
  if (banks->thread != NULL)
    g_thread_join (g_steal_pointer (&banks->thread));
  g_clear_pointer (&banks->loaded, weir_mailbox_free);
  g_clear_pointer (&banks->mailbox, weir_mailbox_free);
  g_clear_pointer (&banks->next, weir_bank_set_unref);
  g_clear_pointer (&banks->forget, weir_timer_free);
  g_clear_pointer (&banks->search, weir_banks_search_free);
}
