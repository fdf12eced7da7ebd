/* Takes application, name and query apart, however the publisher wrote
 * them. */
#include "rtmp/publish-target.h"

#include <string.h>

#include "base/error.h"

/* Trimmed copy, without the quotes that some encoders put around a URL. */
static char *
dup_trimmed (const char *text)
{
  char *copy = g_strstrip (g_strdup (text != NULL ? text : ""));
  gsize size = strlen (copy);

  if (size >= 2 && copy[0] == '\'' && copy[size - 1] == '\'') {
    memmove (copy, copy + 1, size - 2);
    copy[size - 2] = '\0';
  }
  return copy;
}

/* Ends TEXT at its "?" and returns what follows, or NULL. */
static char *
cut_query (char *text)
{
  char *mark = strchr (text, '?');

  if (mark == NULL)
    return NULL;
  *mark = '\0';
  return mark + 1;
}

static void
trim_slashes (char *text)
{
  gsize size;
  gsize lead = strspn (text, "/");

  memmove (text, text + lead, strlen (text) - lead + 1);
  for (size = strlen (text); size > 0 && text[size - 1] == '/'; size--)
    text[size - 1] = '\0';
}

/* The value of "key" in QUERY, or NULL. */
static char *
find_key (const char *query)
{
  g_auto (GStrv) pairs = NULL;

  if (query == NULL)
    return NULL;
  /* A query appended to one that was there already begins with "?". */
  pairs = g_strsplit_set (query, "&?", -1);
  for (guint i = 0; pairs[i] != NULL; i++) {
    if (g_str_has_prefix (pairs[i], "key="))
      return g_strdup (pairs[i] + strlen ("key="));
  }
  return NULL;
}

/* The path of an URL without scheme and host, or "". */
static const char *
url_path (const char *url)
{
  const char *host = strstr (url, "://");
  const char *path;

  if (host == NULL)
    return "";
  path = strchr (host + 3, '/');
  return path != NULL ? path : "";
}

gboolean
weir_publish_target_parse (const char *app, const char *tc_url,
    const char *name, WeirPublishTarget *ret_target, GError **error)
{
  const char *const all[] = { app, tc_url, name };
  g_autofree char *app_copy = NULL;
  g_autofree char *url_copy = NULL;
  g_autofree char *name_copy = NULL;
  const char *app_query, *url_query, *name_query; /* point into the copies */
  g_autofree char *path = NULL;
  const char *base;
  char *secret;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    if (all[i] != NULL && strlen (all[i]) > WEIR_RTMP_MAX_TARGET_BYTES) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
          "application, address or name is longer than %d bytes",
          WEIR_RTMP_MAX_TARGET_BYTES);
      return FALSE;
    }
  }
  app_copy = dup_trimmed (app);
  url_copy = dup_trimmed (tc_url);
  name_copy = dup_trimmed (name);
  app_query = cut_query (app_copy);
  url_query = cut_query (url_copy);
  name_query = cut_query (name_copy);

  path = g_strdup (app_copy[0] != '\0' ? app_copy : url_path (url_copy));
  trim_slashes (path);
  base = name_copy;
  if (base[0] == '\0') {
    char *slash = strrchr (path, '/');

    if (slash != NULL) {
      base = slash + 1;
      *slash = '\0';
    }
  }

  secret = find_key (name_query);
  if (secret == NULL && name_query != NULL && strchr (name_query, '=') == NULL
      && name_query[0] != '\0')
    secret = g_strdup (name_query);
  if (secret == NULL)
    secret = find_key (app_query);
  if (secret == NULL)
    secret = find_key (url_query);

  ret_target->name = g_strdup (base);
  ret_target->app = g_steal_pointer (&path);
  ret_target->secret = secret != NULL ? secret : g_strdup ("");
  ret_target->app_query = g_strdup (app_query != NULL ? app_query : "");
  ret_target->name_query = g_strdup (name_query != NULL ? name_query : "");
  return TRUE;
}

void
weir_publish_target_clear (WeirPublishTarget *target)
{
  g_clear_pointer (&target->app, g_free);
  g_clear_pointer (&target->name, g_free);
  g_clear_pointer (&target->secret, g_free);
  g_clear_pointer (&target->app_query, g_free);
  g_clear_pointer (&target->name_query, g_free);
}
