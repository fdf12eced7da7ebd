/* Ids by their beginnings: shown as short as is safe, found when it is
 * clear. */
#include "programs/ctl/ids.h"

#include "base/error.h"

#define A "018f2b3c-4d5e-7000-8000-000000000001"
#define B "018f2b3c-4d5e-7000-8fff-000000000002"
#define C "018f2b3c-4d60-7000-8000-000000000003"

static GPtrArray *
ids_new (const char *first, const char *second, const char *third)
{
  const char *all[] = { first, second, third };
  GPtrArray *ids = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (all) && all[i] != NULL; i++)
    g_ptr_array_add (ids, (char *) all[i]);
  return ids;
}

static void
test_length (void)
{
  g_autoptr (GPtrArray) none = ids_new (NULL, NULL, NULL);
  g_autoptr (GPtrArray) far = ids_new (C, A, NULL);
  g_autoptr (GPtrArray) near = ids_new (A, C, B);

  g_assert_cmpuint (
      weir_ctl_ids_distinct_length (none), ==, WEIR_CTL_IDS_MIN_LENGTH);
  g_assert_cmpuint (
      weir_ctl_ids_distinct_length (far), ==, WEIR_CTL_IDS_MIN_LENGTH);
  g_assert_cmpuint (weir_ctl_ids_distinct_length (near), ==, 21);
  g_assert_cmpstr (g_ptr_array_index (near, 1), ==, C); /* order untouched */
}

static void
test_find (void)
{
  g_autoptr (GPtrArray) ids = ids_new (A, B, C);
  g_autofree char *whole = weir_ctl_ids_find (ids, A, "case", NULL);
  g_autofree char *begin =
      weir_ctl_ids_find (ids, "018f2b3c-4d6", "case", NULL);

  g_assert_cmpstr (whole, ==, A);
  g_assert_cmpstr (begin, ==, C);
}

static void
test_refused (void)
{
  g_autoptr (GPtrArray) ids = ids_new (A, B, C);
  g_autoptr (GError) two = NULL;
  g_autoptr (GError) other = NULL;
  g_autoptr (GError) empty = NULL;

  g_assert_null (weir_ctl_ids_find (ids, "018f2b3c-4d5e", "case", &two));
  g_assert_error (two, WEIR_ERROR, WEIR_ERROR_CONFLICT);
  g_assert_cmpstr (
      two->message, ==, "\"018f2b3c-4d5e\" may mean 2 cases: give more of it");
  g_assert_null (weir_ctl_ids_find (ids, "018f2b3d", "case", &other));
  g_assert_error (other, WEIR_ERROR, WEIR_ERROR_NOT_FOUND);
  g_assert_null (weir_ctl_ids_find (ids, "", "case", &empty));
  g_assert_error (empty, WEIR_ERROR, WEIR_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/ids/length", test_length);
  g_test_add_func ("/ctl/ids/find", test_find);
  g_test_add_func ("/ctl/ids/refused", test_refused);
  return g_test_run ();
}
