/* The chain of records: nothing can be changed, left out or put in without
 * being found. */
#include "core/trail.h"

#include <string.h>

#define N 5

static void
make_chain (WeirTrailRecord *records[N])
{
  for (guint i = 0; i < N; i++) {
    const WeirTrailRecord *before = i > 0 ? records[i - 1] : NULL;

    records[i] = weir_trail_record_new (before ? before->number : 0,
        before ? before->hash : NULL, 1700000000000 + i, "user:admin",
        "stream.cut", "stream:live/cam1", "{\"note\":\"x\"}");
  }
}

static void
free_chain (WeirTrailRecord *records[N])
{
  for (guint i = 0; i < N; i++)
    weir_trail_record_free (records[i]);
}

static gboolean
chain_holds (WeirTrailRecord *const records[], guint n)
{
  for (guint i = 0; i < n; i++)
    if (!weir_trail_record_verify (records[i], i > 0 ? records[i - 1] : NULL))
      return FALSE;
  return TRUE;
}

/* Computed with Python's hashlib and struct from the description in the
 * header: a change of the form would make every stored trail look forged. */
static void
test_golden (void)
{
  g_autoptr (WeirTrailRecord) a = weir_trail_record_new (0, NULL, 1700000000000,
      "user:admin", "stream.cut", "stream:live/cam1", "{\"note\":\"x\"}");
  g_autoptr (WeirTrailRecord) b = weir_trail_record_new (
      a->number, a->hash, 1700000000001, "policy", "case.open", "case:1", "{}");

  g_assert_cmpuint (a->number, ==, 1);
  g_assert_cmpstr (a->hash, ==,
      "c0998c051c8141a577ae526e30caa0287566a63bbe5a096d1ec89b6c6c874c1b");
  g_assert_cmpstr (b->previous, ==, a->hash);
  g_assert_cmpstr (b->hash, ==,
      "3b7af5f66e5fa615e3d775ae6caffea67fd39e2ee7276ca340628a16316e9b7c");
}

static void
test_chain (void)
{
  WeirTrailRecord *records[N];

  make_chain (records);
  g_assert_true (chain_holds (records, N));
  g_assert_false (weir_trail_record_verify (records[1], NULL));
  g_assert_false (weir_trail_record_verify (records[2], records[0]));
  g_assert_false (weir_trail_record_verify (records[1], records[1]));
  g_assert_false (weir_trail_record_verify (records[0], records[1]));
  free_chain (records);
}

static char **
text_field (WeirTrailRecord *record, guint which)
{
  char **const fields[] = { &record->actor, &record->action, &record->subject,
    &record->detail };

  return fields[which];
}

static void
test_any_bit (void)
{
  WeirTrailRecord *records[N];

  make_chain (records);
  for (guint i = 0; i < N; i++) {
    WeirTrailRecord *r = records[i];

    for (guint bit = 0; bit < 64; bit++) {
      r->number ^= G_GUINT64_CONSTANT (1) << bit;
      g_assert_false (chain_holds (records, N));
      r->number ^= G_GUINT64_CONSTANT (1) << bit;
      r->wall_ms = (gint64) ((guint64) r->wall_ms ^ (1ull << bit));
      g_assert_false (chain_holds (records, N));
      r->wall_ms = (gint64) ((guint64) r->wall_ms ^ (1ull << bit));
    }
    for (guint f = 0; f < 4; f++) {
      char *text = *text_field (r, f);

      for (gsize c = 0; c < strlen (text); c++) {
        text[c] ^= 1;
        g_assert_false (chain_holds (records, N));
        text[c] ^= 1;
      }
      *text_field (r, f) = g_strconcat (text, " ", NULL);
      g_assert_false (chain_holds (records, N));
      g_free (*text_field (r, f));
      *text_field (r, f) = g_strdup ("");
      g_assert_false (chain_holds (records, N));
      g_free (*text_field (r, f));
      *text_field (r, f) = text;
    }
    for (guint c = 0; c < WEIR_TRAIL_HASH_LENGTH; c++) {
      r->previous[c] ^= 1;
      g_assert_false (chain_holds (records, N));
      r->previous[c] ^= 1;
      r->hash[c] ^= 1;
      g_assert_false (chain_holds (records, N));
      r->hash[c] ^= 1;
    }
  }
  g_assert_true (chain_holds (records, N));
  free_chain (records);
}

/* Who changes a record and hashes it again breaks the next one. */
static void
test_hashed_again (void)
{
  WeirTrailRecord *records[N];

  make_chain (records);
  records[2]->wall_ms++;
  weir_trail_record_hash (records[2], records[2]->hash);
  g_assert_true (weir_trail_record_verify (records[2], records[1]));
  g_assert_false (chain_holds (records, N));
  free_chain (records);
}

static void
test_moved (void)
{
  WeirTrailRecord *records[N];
  WeirTrailRecord *without[N - 1];
  WeirTrailRecord *kept;

  make_chain (records);
  for (guint gone = 0; gone < N - 1; gone++) {
    for (guint i = 0; i < N - 1; i++)
      without[i] = records[i < gone ? i : i + 1];
    g_assert_false (chain_holds (without, N - 1));
  }
  kept = records[1];
  records[1] = records[2];
  records[2] = kept;
  g_assert_false (chain_holds (records, N));
  free_chain (records);
}

/* Text that moves from one field to its neighbour is another record. */
static void
test_borders (void)
{
  g_autoptr (WeirTrailRecord) a =
      weir_trail_record_new (0, NULL, 0, "ab", "c", "", "");
  g_autoptr (WeirTrailRecord) b =
      weir_trail_record_new (0, NULL, 0, "a", "bc", "", "");
  g_autoptr (WeirTrailRecord) c =
      weir_trail_record_new (0, NULL, 0, "ab", "", "c", "");

  g_assert_cmpstr (a->hash, !=, b->hash);
  g_assert_cmpstr (a->hash, !=, c->hash);
  g_assert_cmpstr (b->hash, !=, c->hash);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trail/golden", test_golden);
  g_test_add_func ("/trail/chain", test_chain);
  g_test_add_func ("/trail/any-bit", test_any_bit);
  g_test_add_func ("/trail/hashed-again", test_hashed_again);
  g_test_add_func ("/trail/moved", test_moved);
  g_test_add_func ("/trail/borders", test_borders);
  return g_test_run ();
}
