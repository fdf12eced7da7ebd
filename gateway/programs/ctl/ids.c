/* Ids by their beginnings. */
#include "programs/ctl/ids.h"

#include <string.h>

#include "base/error.h"

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

guint
weir_ctl_ids_distinct_length (const GPtrArray *ids)
{
  guint length = WEIR_CTL_IDS_MIN_LENGTH;
  g_autoptr (GPtrArray) sorted =
      g_ptr_array_copy ((GPtrArray *) ids, NULL, NULL);

  /* Those that have most in common are neighbours then. */
  g_ptr_array_sort (sorted, compare);
  for (guint i = 1; i < sorted->len; i++) {
    const char *a = g_ptr_array_index (sorted, i - 1);
    const char *b = g_ptr_array_index (sorted, i);
    guint same = 0;

    while (a[same] != '\0' && a[same] == b[same])
      same++;
    length = MAX (length, same + 1);
  }
  return length;
}

char *
weir_ctl_ids_find (
    const GPtrArray *ids, const char *prefix, const char *what, GError **error)
{
  const char *found = NULL;
  guint n = 0;

  for (guint i = 0; i < ids->len && *prefix != '\0'; i++) {
    const char *id = g_ptr_array_index (ids, i);

    if (strcmp (id, prefix) == 0)
      return g_strdup (id);
    if (g_str_has_prefix (id, prefix)) {
      found = id;
      n++;
    }
  }
  if (n == 1)
    return g_strdup (found);
  if (n == 0)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_NOT_FOUND,
        "there is no %s \"%s\"", what, prefix);
  else
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFLICT,
        "\"%s\" may mean %u %ss: give more of it", prefix, n, what);
  return NULL;
}
