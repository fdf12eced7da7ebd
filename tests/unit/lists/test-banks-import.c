/* Lists on their way into banks: what reading finds, and that nothing is looked
 * for before everything is. */
#include "lists/banks.h"

#include "base/error.h"
#include "base/ids.h"
#include "hash/index.h"
#include "lists/list-reading.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static WeirBankReading *
read_text (const char *text, guint max, const guint8 *known, gsize n_known)
{
  int fd = memfd_create ("test", MFD_CLOEXEC);
  WeirBankReading *r;

  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
  r = weir_bank_reading_new ("one", "list.txt", "test", fd, strlen (text), max);
  weir_list_read (r, known, n_known);
  return r;
}

/* Half of its bits are set. */
static void
fill_hash (guint8 hash[WEIR_SIGNAL_HASH_BYTES], guint32 n)
{
  for (guint i = 0; i < 16; i++) {
    hash[i] = (guint8) ((n * 2654435761u) >> (i % 4 * 8)) ^ (guint8) (i * 37);
    hash[16 + i] = (guint8) ~hash[i];
  }
}

static void
append_line (GString *text, guint32 n)
{
  guint8 hash[WEIR_SIGNAL_HASH_BYTES];
  g_autofree char *hex = NULL;

  fill_hash (hash, n);
  hex = weir_signal_dup_hex (hash);
  g_string_append_printf (text, "%s\n", hex);
}

static void
test_reading (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint8 known[2 * WEIR_SIGNAL_HASH_BYTES];
  const WeirBankRefusal *refusal;
  const WeirSignal *signal;
  WeirBankReading *r;

  fill_hash (known, 0);
  fill_hash (known + WEIR_SIGNAL_HASH_BYTES, 99);
  for (guint i = 0; i < 5; i++)
    append_line (text, i);
  append_line (text, 3);
  for (guint i = 0; i < WEIR_BANK_READING_MAX_REFUSALS + 5; i++)
    g_string_append (text, "ff\n");
  g_string_append_printf (text, "%064d\n", 0);
  r = read_text (text->str, 5, known, 2);
  g_assert_no_error (r->error);
  g_assert_cmpuint (r->signals->len, ==, 5);
  g_assert_cmpuint (r->same, ==, 2);
  g_assert_cmpuint (r->quarantined, ==, 1);
  g_assert_cmpuint (r->refused, ==, WEIR_BANK_READING_MAX_REFUSALS + 5);
  g_assert_cmpuint (r->refusals->len, ==, WEIR_BANK_READING_MAX_REFUSALS);
  g_assert_cmpuint (r->lines, ==, 7 + r->refused);
  refusal = &g_array_index (r->refusals, WeirBankRefusal, 0);
  g_assert_cmpuint (refusal->line, ==, 7);
  g_assert_cmpstr (refusal->why, ==, "hash has 2 digits, 64 expected");
  signal = g_ptr_array_index (r->signals, 0);
  g_assert_cmpstr (signal->bank, ==, "one");
  g_assert_cmpstr (signal->by, ==, "test");
  g_assert_cmpuint (signal->quality, ==, 100);
  g_assert_true (weir_id_is_valid (signal->id));
  weir_bank_reading_free (r);

  /* One more than there is room for. */
  r = read_text (text->str, 4, known, 2);
  g_assert_error (r->error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  g_assert_nonnull (strstr (r->error->message, "bank_entries"));
  g_assert_null (r->signals);
  weir_bank_reading_free (r);
}

static void
test_forms (void)
{
  static const char *const forms[] = {
    "%s\n",
    "pdq %s\n",
    "note,hash\nwords,%s\n",
    "signal_type,signal_str,collab,category,tags\npdq,%s,ours,,\n",
    "0,80,%s,1.500\n",
    "[\"%s,80,1.500\"]",
  };
  guint8 hash[WEIR_SIGNAL_HASH_BYTES];
  g_autofree char *hex = NULL;

  fill_hash (hash, 7);
  hex = weir_signal_dup_hex (hash);
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    g_auto (GStrv) parts = g_strsplit (forms[i], "%s", 2);
    g_autofree char *text = g_strjoinv (hex, parts);
    WeirBankReading *r = read_text (text, 10, NULL, 0);
    const WeirSignal *signal;

    g_assert_no_error (r->error);
    g_assert_cmpuint (r->signals->len, ==, 1);
    signal = g_ptr_array_index (r->signals, 0);
    g_assert_cmpmem (signal->hash, sizeof hash, hash, sizeof hash);
    if (i >= 4)
      g_assert_cmpstr (signal->item, ==, "list.txt");
    weir_bank_reading_free (r);
  }
}

static void
test_unusable (void)
{
  static const char *const texts[] = { "file,quality\n", "[7]", "hash,hash\n" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    WeirBankReading *r = read_text (texts[i], 10, NULL, 0);

    g_assert_error (r->error, WEIR_ERROR, WEIR_ERROR_FAILED);
    g_assert_null (r->signals);
    weir_bank_reading_free (r);
  }
}

static guint generations;
static int generation_fd;

static void
on_generation (int fd, gpointer data)
{
  generations++;
  generation_fd = fd;
}

static void
on_let_in (const GError *error, gpointer data)
{
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

static void
on_read (WeirBankReading *reading, gpointer data)
{
  *(WeirBankReading **) data = reading;
}

static gboolean
is_found (guint32 n, int fd)
{
  g_autoptr (WeirIndex) index = weir_index_open_fd (fd, NULL);
  guint8 hash[WEIR_SIGNAL_HASH_BYTES];
  WeirIndexHit hit;

  fill_hash (hash, n);
  return weir_index_search (index, hash, 0, &hit, 1) == 1;
}

static void
on_tick (gpointer data)
{
}

/* Puts N entries from FIRST on into BANKS, by way of a list. */
static void
import (WeirBanks *banks, WeirLoop *loop, guint32 first, guint32 n)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int fd = memfd_create ("test", MFD_CLOEXEC);
  WeirBankReading *r = NULL;
  gboolean in = FALSE;

  for (guint32 i = 0; i < n; i++)
    append_line (text, first + i);
  g_assert_cmpint (write (fd, text->str, text->len), ==, text->len);
  g_assert_true (banks->klass->read (banks,
      weir_bank_reading_new ("one", "", "test", fd, text->len, n), on_read,
      &r));
  while (r == NULL)
    uv_run (weir_loop_uv (loop), UV_RUN_ONCE);
  g_assert_no_error (r->error);
  g_assert_cmpuint (r->signals->len, ==, n);
  for (guint i = 0; i < n; i++) {
    banks->klass->add_waiting (banks, g_ptr_array_index (r->signals, i));
    g_ptr_array_index (r->signals, i) = NULL;
  }
  weir_bank_reading_free (r);
  g_assert_false (is_found (first, weir_banks_get_fd (banks)));
  banks->klass->let_in (banks, on_let_in, &in);
  while (!in)
    uv_run (weir_loop_uv (loop), UV_RUN_ONCE);
  g_assert_true (is_found (first, weir_banks_get_fd (banks)));
  g_assert_true (is_found (first + n - 1, weir_banks_get_fd (banks)));
}

static void
test_let_in (void)
{
  const char *text = "[bank one]\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("test", text, strlen (text), &error);
  WeirBanks *banks = weir_banks_load (settings, "/", &error);
  WeirLoop *loop = weir_loop_new ();
  WeirTimer *timer = weir_timer_new (loop, 5, 5, on_tick, NULL);

  g_assert_no_error (error);
  generation_fd =
      weir_banks_start (banks, loop, NULL, on_generation, NULL, &error);
  g_assert_no_error (error);
  import (banks, loop, 1, 10);
  g_assert_cmpuint (generations, ==, 0);
  import (banks, loop, 1000, 5000);
  g_assert_cmpuint (generations, ==, 1);
  g_assert_cmpint (generation_fd, ==, weir_banks_get_fd (banks));
  g_assert_true (is_found (1, generation_fd));
  g_assert_cmpuint (banks->klass->count (banks), ==, 5010);
  weir_timer_free (timer);
  weir_banks_free (banks);
  weir_loop_run (loop);
  weir_loop_free (loop);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lists/import/reading", test_reading);
  g_test_add_func ("/lists/import/forms", test_forms);
  g_test_add_func ("/lists/import/unusable", test_unusable);
  g_test_add_func ("/lists/import/let-in", test_let_in);
  return g_test_run ();
}
