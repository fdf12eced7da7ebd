/* One connection a publisher, one from it to every egress, and the rest. */
#include "app/open-files.h"

#include <sys/resource.h>

#include "base/log.h"

/* HTTP, workers, store, hooks, poll sets. */
#define OTHER_FILES 1024

static rlim_t
needed_files (const WeirSettings *settings)
{
  g_auto (GStrv) egresses = weir_settings_names (settings, "egress");
  rlim_t connections =
      (rlim_t) weir_settings_int (settings, "rtmp", "max_connections");

  return connections * (1 + g_strv_length (egresses)) + OTHER_FILES;
}

void
weir_open_files_raise (const WeirSettings *settings)
{
  rlim_t needed = needed_files (settings);
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
    return;
  limit.rlim_cur = MIN (needed, limit.rlim_max);
  setrlimit (RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < needed)
    weir_warn ("app", NULL,
        "%" G_GUINT64_FORMAT " files may be open, [rtmp] max_connections and "
        "the egresses come to %" G_GUINT64_FORMAT
        ": raise the limit (LimitNOFILE=) or lower max_connections",
        (guint64) limit.rlim_cur, (guint64) needed);
}
