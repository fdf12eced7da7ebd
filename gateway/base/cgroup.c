/* Reads /proc/self/cgroup and climbs. */
#include "base/cgroup.h"

#include <string.h>

#define ROOT "/sys/fs/cgroup"
#define MAX_DEPTH 32

char **
weir_cgroup_read (const char *file)
{
  GStrvBuilder *texts = g_strv_builder_new ();
  g_autofree char *self = NULL, *dir = NULL;
  char **list;

  g_file_get_contents ("/proc/self/cgroup", &self, NULL, NULL);
  if (self != NULL && g_str_has_prefix (self, "0::/"))
    dir = g_strconcat (ROOT, g_strchomp (self + strlen ("0::")), NULL);
  for (guint i = 0;
       i < MAX_DEPTH && dir != NULL && g_str_has_prefix (dir, ROOT); i++) {
    g_autofree char *path = g_build_filename (dir, file, NULL);
    g_autofree char *text = NULL;
    char *above = g_path_get_dirname (dir);

    if (g_file_get_contents (path, &text, NULL, NULL))
      g_strv_builder_add (texts, text);
    g_free (dir);
    dir = above;
  }
  list = g_strv_builder_end (texts);
  g_strv_builder_unref (texts);
  return list;
}

guint
weir_cgroup_cpu_permille (const char *const *cpu_max, guint processors)
{
  guint64 least = (guint64) processors * 1000;

  for (; *cpu_max != NULL; cpu_max++) {
    char *end;
    guint64 quota = g_ascii_strtoull (*cpu_max, &end, 10), period;

    if (end == *cpu_max) /* "max" */
      continue;
    period = g_ascii_strtoull (end, NULL, 10);
    if (period > 0 && quota <= G_MAXUINT64 / 1000)
      least = MIN (least, quota * 1000 / period);
  }
  return (guint) MAX (least, 1);
}
