/* The minimum of libsrt. */
#include "programs/srt/version.h"

#include <srt/srt.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define PACKAGE "libsrt1.5-gnutls"
#define STATUS_FILE "/var/lib/dpkg/status"
#define SAFE_UPSTREAM 0x010505
#define OLDEST 0x010501
#define SAFE_DEBIAN "1.5.1-1+deb12u2"
#define STABLE_PREFIX "1.5.1-1+deb12u"
#define SAFE_REVISION 2

static gboolean
refuse (guint32 runtime, const char *package_version, GError **error)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
      "libsrt %u.%u.%u (%s) has known holes; at least " PACKAGE " " SAFE_DEBIAN
      " or libsrt 1.5.5 is needed",
      runtime >> 16 & 0xff, runtime >> 8 & 0xff, runtime & 0xff,
      package_version != NULL ? package_version : "of unknown origin");
  return FALSE;
}

gboolean
weir_srt_version_check (
    guint32 runtime, const char *package_version, GError **error)
{
  if (runtime >= SAFE_UPSTREAM)
    return TRUE;
  if (runtime < OLDEST)
    return refuse (runtime, package_version, error);
  if (package_version == NULL || !g_str_has_prefix (package_version, "1.5.1-1"))
    return TRUE;
  if (g_str_has_prefix (package_version, STABLE_PREFIX)
      && atoi (package_version + strlen (STABLE_PREFIX)) >= SAFE_REVISION)
    return TRUE;
  return refuse (runtime, package_version, error);
}

char *
weir_srt_version_find (const char *status, const char *package)
{
  g_autofree char *head = g_strdup_printf ("Package: %s\n", package);
  const char *at = status, *end, *version;

  while ((at = strstr (at, head)) != NULL && at != status && at[-1] != '\n')
    at++;
  if (at == NULL)
    return NULL;
  end = strstr (at, "\n\n");
  version = strstr (at, "\nVersion: ");
  if (version == NULL || (end != NULL && version > end))
    return NULL;
  version += strlen ("\nVersion: ");
  return g_strndup (version, strcspn (version, "\n"));
}

gboolean
weir_srt_version_check_here (GError **error)
{
  g_autofree char *status = NULL;
  g_autofree char *version = NULL;

  if (g_file_get_contents (STATUS_FILE, &status, NULL, NULL))
    version = weir_srt_version_find (status, PACKAGE);
  return weir_srt_version_check (srt_getversion (), version, error);
}
