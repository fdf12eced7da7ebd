/* Joins the banks, and keeps the generations of their index. */
#include "lists/banks.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "hash/index-build.h"
#include "lists/bank.h"

#define HASH_BYTES WEIR_PDQ_HASH_BYTES
/* Signals that fit into a generation before the next one is built: scanning so
 * many costs a tenth of a millisecond. */
#define MIN_CAPACITY 65536u

typedef struct {
  guint32 bank;  /* index of the WeirBank */
  guint32 entry; /* index into its list */
} Place;

typedef struct {
  WeirSignal *signal; /* NULL: taken out */
  WeirBank *bank;     /* NULL: not looked for */
} Live;

/* What a thread makes a generation of, and the generation. */
typedef struct {
  guint8 *hashes;
  guint32 *ids;
  guint32 count;
  guint32 capacity;
  guint32 next_id; /* what has a higher id came later */
  WeirIndexWriter *writer;
  int fd; /* -1 with ERROR */
  GError *error;
} Build;

typedef struct {
  WeirBanks parent;
  GPtrArray *banks;    /* WeirBank */
  GArray *places;      /* Place of each entry of a file, by id */
  GPtrArray *lives;    /* Live, by id less the number of places */
  GHashTable *by_id;   /* a signal's id: its place in LIVES + 1 */
  GHashTable *by_hash; /* its bank and hash: the same */
  guint radius;

  WeirIndexWriter *writer; /* NULL before the start */
  int fd;
  GThread *thread;      /* builds the next generation */
  GArray *taken_out;    /* ids, since it began */
  WeirMailbox *mailbox; /* Build */
  WeirBanksGenerationFunc on_generation;
  gpointer data;
} Banks;

static void
live_free (gpointer data)
{
  Live *live = data;

  weir_signal_free (live->signal);
  g_free (live);
}

static void
build_free (gpointer data)
{
  Build *build = data;

  weir_index_writer_free (build->writer);
  if (build->fd >= 0)
    close (build->fd);
  g_clear_error (&build->error);
  g_free (build->hashes);
  g_free (build->ids);
  g_free (build);
}

static WeirBank *
find_bank (const Banks *banks, const char *name)
{
  for (guint i = 0; i < banks->banks->len; i++) {
    WeirBank *bank = g_ptr_array_index (banks->banks, i);

    if (strcmp (bank->name, name) == 0)
      return bank;
  }
  return NULL;
}

static void
fill_entry (const WeirBank *bank, const char *entry, const char *item,
    WeirBankEntry *ret)
{
  *ret = (WeirBankEntry){ bank->name, entry, item, bank->radius,
    bank->min_quality, bank->action, bank->priority, bank->known_good };
}

static gboolean
get_entry (const WeirBanks *base, guint32 index, WeirBankEntry *ret)
{
  const Banks *banks = (const Banks *) base;
  gint64 now_ms = weir_wall_ms ();

  if (index < banks->places->len) {
    Place place = g_array_index (banks->places, Place, index);
    const WeirBank *bank = g_ptr_array_index (banks->banks, place.bank);
    const WeirHashlistEntry *entry = &bank->list->entries[place.entry];

    if (entry->more != NULL && now_ms / 1000 < entry->more->disable_until_s)
      return FALSE;
    fill_entry (bank, entry->entry, entry->item, ret);
    return TRUE;
  }
  index -= banks->places->len;
  if (index < banks->lives->len) {
    const Live *live = g_ptr_array_index (banks->lives, index);

    if (live->signal == NULL || live->bank == NULL
        || now_ms < live->signal->disable_until_ms)
      return FALSE;
    fill_entry (live->bank, live->signal->entry, live->signal->item, ret);
    return TRUE;
  }
  return FALSE;
}

static void
each (const WeirBanks *base, WeirBankFunc func, gpointer data)
{
  const Banks *banks = (const Banks *) base;

  for (guint i = 0; i < banks->banks->len; i++) {
    const WeirBank *b = g_ptr_array_index (banks->banks, i);
    const WeirBankInfo info = { .name = b->name,
      .source = b->source,
      .enabled = b->enabled,
      .known_good = b->known_good,
      .radius = b->radius,
      .min_quality = b->min_quality,
      .action = b->action,
      .priority = b->priority,
      .in_file = b->list->count,
      .left_out = b->enabled ? b->list->count - b->used : 0,
      .signals = b->signals };

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

static const WeirSignal *
find_same (const WeirBanks *base, const WeirSignal *signal)
{
  const Banks *banks = (const Banks *) base;
  g_autofree char *key = dup_hash_key (signal);
  const Live *live = look_up (banks, banks->by_hash, key);

  return live != NULL ? live->signal : NULL;
}

static const char *
quarantine (const guint8 hash[HASH_BYTES], guint quality)
{
  return weir_hashlist_health_text (weir_hashlist_judge (hash, quality));
}

static gboolean
is_looked_for (const WeirBank *bank, const WeirSignal *signal)
{
  return bank != NULL && bank->enabled && signal->quality >= bank->min_quality
         && quarantine (signal->hash, signal->quality) == NULL;
}

/* Everything that is looked for, by rising id. */
static Build *
gather (const Banks *banks)
{
  gsize most = (gsize) banks->places->len + banks->lives->len;
  Build *build = g_new0 (Build, 1);

  build->fd = -1;
  build->hashes = g_malloc (most * HASH_BYTES + 1);
  build->ids = g_new (guint32, most + 1);
  for (guint32 i = 0; i < banks->places->len; i++) {
    Place place = g_array_index (banks->places, Place, i);
    const WeirBank *bank = g_ptr_array_index (banks->banks, place.bank);

    memcpy (build->hashes + (gsize) build->count * HASH_BYTES,
        bank->list->entries[place.entry].hash, HASH_BYTES);
    build->ids[build->count++] = i;
  }
  for (guint32 i = 0; i < banks->lives->len; i++) {
    const Live *live = g_ptr_array_index (banks->lives, i);

    if (live->signal == NULL || live->bank == NULL)
      continue;
    memcpy (build->hashes + (gsize) build->count * HASH_BYTES,
        live->signal->hash, HASH_BYTES);
    build->ids[build->count++] = banks->places->len + i;
  }
  build->next_id = (guint32) most;
  build->capacity = MAX (MIN_CAPACITY, build->count / 16);
  return build;
}

static void
make (Build *build)
{
  build->fd =
      weir_index_build_memfd (&(WeirIndexSource){ .hashes = build->hashes,
                                  .ids = build->ids,
                                  .count = build->count,
                                  .capacity = build->capacity },
          &build->writer, &build->error);
}

/* BUILD's generation is the banks' from now on. */
static void
use (Banks *banks, Build *build)
{
  weir_index_writer_free (banks->writer);
  banks->writer = g_steal_pointer (&build->writer);
  if (banks->fd >= 0)
    close (banks->fd);
  banks->fd = build->fd;
  build->fd = -1;
}

typedef struct {
  Build *build;
  WeirMailbox *mailbox;
} Job;

static gpointer
run_build (gpointer data)
{
  Job *job = data;

  make (job->build);
  weir_mailbox_put (job->mailbox, job->build); /* there is room for one */
  g_free (job);
  return NULL;
}

static void
begin_build (Banks *banks)
{
  Job *job = g_new (Job, 1);

  *job = (Job){ gather (banks), banks->mailbox };
  g_array_set_size (banks->taken_out, 0);
  banks->thread = g_thread_new ("weir-index", run_build, job);
}

/* What happened while it was built is done to it as well. */
static void
catch_up (Banks *banks, const Build *build)
{
  for (guint32 id = build->next_id; id < banks->places->len + banks->lives->len;
       id++) {
    const Live *live =
        g_ptr_array_index (banks->lives, id - banks->places->len);

    if (live->signal != NULL && live->bank != NULL)
      weir_index_writer_add (banks->writer, live->signal->hash, id);
  }
  for (guint i = 0; i < banks->taken_out->len; i++)
    weir_index_writer_delete (
        banks->writer, g_array_index (banks->taken_out, guint32, i));
}

static void
on_built (gpointer message, gpointer data)
{
  Banks *banks = data;
  Build *build = message;

  g_thread_join (g_steal_pointer (&banks->thread));
  if (build->fd < 0) {
    weir_error ("lists", NULL, "the next generation can't be built: %s",
        build->error->message);
  } else {
    use (banks, build);
    catch_up (banks, build);
    weir_info ("lists", NULL, "a new generation of the index: %u entries",
        weir_index_count (weir_index_writer_peek_index (banks->writer)));
    banks->on_generation (banks->fd, banks->data);
  }
  build_free (build);
}

static gboolean
add (WeirBanks *base, WeirSignal *signal, guint32 *ret_index)
{
  Banks *banks = (Banks *) base;
  Live *live = g_new0 (Live, 1);
  guint32 id = banks->places->len + banks->lives->len;
  WeirBank *bank = find_bank (banks, signal->bank);

  live->signal = signal;
  live->bank = is_looked_for (bank, signal) ? bank : NULL;
  if (bank != NULL)
    bank->signals++;
  g_ptr_array_add (banks->lives, live);
  g_hash_table_insert (banks->by_id, g_strdup (signal->id),
      GUINT_TO_POINTER (banks->lives->len));
  g_hash_table_insert (banks->by_hash, dup_hash_key (signal),
      GUINT_TO_POINTER (banks->lives->len));
  if (live->bank == NULL)
    return FALSE;
  if (ret_index != NULL)
    *ret_index = id;
  if (banks->writer == NULL)
    return TRUE;
  if (!weir_index_writer_add (banks->writer, signal->hash, id))
    weir_error ("lists", signal->bank,
        "the index is full: %s is looked for in its next generation",
        signal->entry);
  if (banks->thread == NULL
      && weir_index_writer_room (banks->writer) < MIN_CAPACITY / 2)
    begin_build (banks);
  return TRUE;
}

static void
take_out (WeirBanks *base, const char *id)
{
  Banks *banks = (Banks *) base;
  Live *live = look_up (banks, banks->by_id, id);
  g_autofree char *key = NULL;
  guint32 number;
  WeirBank *bank;

  if (live == NULL)
    return;
  number = banks->places->len
           + GPOINTER_TO_UINT (g_hash_table_lookup (banks->by_id, id)) - 1;
  key = dup_hash_key (live->signal);
  bank = find_bank (banks, live->signal->bank);
  if (bank != NULL)
    bank->signals--;
  g_hash_table_remove (banks->by_id, id);
  g_hash_table_remove (banks->by_hash, key);
  g_clear_pointer (&live->signal, weir_signal_free);
  if (banks->writer != NULL)
    weir_index_writer_delete (banks->writer, number);
  if (banks->thread != NULL)
    g_array_append_val (banks->taken_out, number);
}

static const WeirBanksClass banks_class = { get_entry, each, each_signal, has,
  find, find_same, quarantine, add, take_out };

/* Flat pictures resemble each other: their entries are left out, and so are
 * those that no picture can have. */
static void
take_entries (Banks *banks, WeirBank *bank)
{
  for (guint32 i = 0; bank->enabled && i < bank->list->count; i++) {
    const WeirHashlistEntry *entry = &bank->list->entries[i];
    Place place = { banks->banks->len, i };

    if (entry->quality < bank->min_quality
        || entry->health != WEIR_HASHLIST_SOUND)
      continue;
    g_array_append_val (banks->places, place);
    bank->used++;
  }
  if (bank->enabled)
    weir_info ("lists", bank->name,
        "%u entries, %u left out for their low quality or as no picture's",
        bank->used, bank->list->count - bank->used);
  else
    weir_info ("lists", bank->name, "is not enabled");
}

WeirBanks *
weir_banks_load (
    const WeirSettings *settings, const char *base_dir, GError **error)
{
  g_auto (GStrv) names = weir_settings_names (settings, "bank");
  Banks *banks = g_new0 (Banks, 1);

  banks->parent.klass = &banks_class;
  banks->banks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) weir_bank_free);
  banks->places = g_array_new (FALSE, FALSE, sizeof (Place));
  banks->lives = g_ptr_array_new_with_free_func (live_free);
  banks->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  banks->by_hash =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  banks->taken_out = g_array_new (FALSE, FALSE, sizeof (guint32));
  banks->fd = -1;
  for (char **n = names; *n != NULL; n++) {
    WeirBank *bank = weir_bank_load (settings, base_dir, *n, error);

    if (bank == NULL) {
      weir_banks_free (&banks->parent);
      return NULL;
    }
    take_entries (banks, bank);
    banks->radius = MAX (banks->radius, bank->radius);
    g_ptr_array_add (banks->banks, bank);
  }
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
  g_array_unref (banks->places);
  g_ptr_array_unref (banks->banks);
  g_free (banks);
}

guint32
weir_banks_count (const WeirBanks *base)
{
  const Banks *banks = (const Banks *) base;

  return banks->places->len + g_hash_table_size (banks->by_id);
}

guint
weir_banks_radius (const WeirBanks *base)
{
  return ((const Banks *) base)->radius;
}

int
weir_banks_start (WeirBanks *base, WeirLoop *loop,
    WeirBanksGenerationFunc on_generation, gpointer data, GError **error)
{
  Banks *banks = (Banks *) base;
  Build *build = gather (banks);

  make (build);
  if (build->fd < 0)
    g_propagate_error (error, g_steal_pointer (&build->error));
  else
    use (banks, build);
  build_free (build);
  if (banks->fd < 0)
    return -1;
  banks->mailbox = weir_mailbox_new (loop, 1, on_built, build_free, banks);
  banks->on_generation = on_generation;
  banks->data = data;
  return banks->fd;
}

void
weir_banks_stop (WeirBanks *base)
{
  Banks *banks = (Banks *) base;

  if (banks == NULL)
    return;
  if (banks->thread != NULL)
    g_thread_join (g_steal_pointer (&banks->thread));
  g_clear_pointer (&banks->mailbox, weir_mailbox_free);
}
