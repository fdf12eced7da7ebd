/* Checks names of strangers before they reach logs, paths or pages. */
#include "core/names.h"

#include <string.h>

gboolean
weir_name_is_valid (const char *name)
{
  gsize n = strnlen (name, WEIR_NAME_MAX_LENGTH + 1);

  if (n == 0 || n > WEIR_NAME_MAX_LENGTH || strcmp (name, ".") == 0
      || strcmp (name, "..") == 0)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isalnum (name[i]) && strchr ("._-", name[i]) == NULL)
      return FALSE;
  return TRUE;
}

gboolean
weir_path_split (const char *path, char **ret_app, char **ret_name)
{
  const char *slash = strchr (path, '/');
  g_autofree char *app = NULL;

  if (slash == NULL)
    return FALSE;
  app = g_strndup (path, (gsize) (slash - path));
  if (!weir_name_is_valid (app) || !weir_name_is_valid (slash + 1))
    return FALSE;
  *ret_app = g_steal_pointer (&app);
  *ret_name = g_strdup (slash + 1);
  return TRUE;
}
