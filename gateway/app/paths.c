/* Finds programs, console files and what the configuration names. */
#include "app/paths.h"

#include <string.h>

struct _WeirPaths {
  char *config_dir;
  char *program_dir;
};

WeirPaths *
weir_paths_new (const char *config_path)
{
  WeirPaths *paths = g_new0 (WeirPaths, 1);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *absolute = g_canonicalize_filename (config_path, NULL);

  paths->config_dir = g_path_get_dirname (absolute);
  paths->program_dir = g_path_get_dirname (self ? self : "");
  return paths;
}

void
weir_paths_free (WeirPaths *paths)
{
  if (paths == NULL)
    return;
  g_free (paths->config_dir);
  g_free (paths->program_dir);
  g_free (paths);
}

const char *
weir_paths_config_dir (const WeirPaths *paths)
{
  return paths->config_dir;
}

char *
weir_paths_from_config (const WeirPaths *paths, const char *path)
{
  return g_path_is_absolute (path)
             ? g_strdup (path)
             : g_build_filename (paths->config_dir, path, NULL);
}

char *
weir_paths_from_state (const WeirPaths *paths, const char *path)
{
  const char *state = g_getenv ("STATE_DIRECTORY");

  /* A unit with several has them joined by colons: not ours. */
  if (state == NULL || !g_path_is_absolute (state) || strchr (state, ':')
      || g_path_is_absolute (path))
    return weir_paths_from_config (paths, path);
  return g_build_filename (state, path, NULL);
}

char *
weir_paths_program (const WeirPaths *paths, const char *name)
{
  return g_build_filename (paths->program_dir, name, NULL);
}

char *
weir_paths_console (const WeirPaths *paths, const WeirSettings *settings)
{
  static const char *const places[] = { "../../ui-static",
    "../share/weir/ui-static" };
  const char *set = weir_settings_string (settings, "http", "console_dir");

  if (*set != '\0')
    return weir_paths_from_config (paths, set);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    char *dir = g_build_filename (paths->program_dir, places[i], NULL);

    if (g_file_test (dir, G_FILE_TEST_IS_DIR))
      return dir;
    g_free (dir);
  }
  return g_build_filename (paths->program_dir, places[1], NULL);
}
