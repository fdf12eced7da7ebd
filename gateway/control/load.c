/* Counts bytes and busy time, and says when it is enough. */
#include "control/load.h"

#include "base/cgroup.h"

#include <sys/resource.h>
#include <sys/sysinfo.h>

#define LOOK_US G_USEC_PER_SEC

struct _WeirLoad {
  WeirControl *control;
  guint64 usable_bytes; /* of this machine or container */
  guint64 max_bytes;
  guint64 held_bytes;
  gint64 looked_us; /* 0: not yet */
  gint64 cpu_us;
  double busy_percent;
};

guint64
weir_load_usable_memory (const char *const *memory_max, guint64 total)
{
  guint64 least = total > 0 ? total : G_MAXUINT64;

  for (; *memory_max != NULL; memory_max++) {
    char *end;
    guint64 bytes = g_ascii_strtoull (*memory_max, &end, 10);

    if (end != *memory_max) /* not "max" */
      least = MIN (least, bytes);
  }
  return least == G_MAXUINT64 ? 0 : least;
}

static guint64
usable_memory (void)
{
  g_auto (GStrv) memory_max = weir_cgroup_read ("memory.max");
  struct sysinfo info = { 0 };

  sysinfo (&info);
  return weir_load_usable_memory ((const char *const *) memory_max,
      (guint64) info.totalram * info.mem_unit);
}

/* Settings may be reloaded; not to be looked up for every packet. */
static void
read_settings (WeirLoad *load)
{
  guint64 set = (guint64) weir_settings_int (
      load->control->settings, "gate", "max_total_window_bytes");

  load->max_bytes = set > 0                  ? set
                    : load->usable_bytes > 0 ? load->usable_bytes / 2
                                             : G_MAXUINT64;
}

WeirLoad *
weir_load_new (WeirControl *control)
{
  WeirLoad *load = g_new0 (WeirLoad, 1);

  load->control = control;
  load->usable_bytes = usable_memory ();
  read_settings (load);
  return load;
}

void
weir_load_free (WeirLoad *load)
{
  g_free (load);
}

guint64
weir_load_get_max_bytes (const WeirLoad *load)
{
  return load->max_bytes;
}

guint64
weir_load_get_held_bytes (const WeirLoad *load)
{
  return load->held_bytes;
}

double
weir_load_get_busy_percent (const WeirLoad *load)
{
  return load->busy_percent;
}

void
weir_load_count (WeirLoad *load, gsize was, gsize is)
{
  load->held_bytes += is;
  load->held_bytes -= was;
}

gboolean
weir_load_has_room (const WeirLoad *load, gsize bytes)
{
  return load->held_bytes <= load->max_bytes
         && bytes <= load->max_bytes - load->held_bytes;
}

void
weir_load_note_cpu (WeirLoad *load, gint64 cpu_us, gint64 now_us)
{
  gint64 passed_us = now_us - load->looked_us;

  if (load->looked_us > 0 && passed_us > 0) {
    double percent = 100.0 * (double) (cpu_us - load->cpu_us) / passed_us;
    double weight = MIN ((double) passed_us / WEIR_LOAD_SMOOTH_US, 1);

    load->busy_percent += (percent - load->busy_percent) * weight;
  }
  load->looked_us = now_us;
  load->cpu_us = cpu_us;
}

void
weir_load_look (WeirLoad *load)
{
  gint64 now_us = weir_now_us ();
  struct rusage usage;

  if (load->looked_us > 0 && now_us - load->looked_us < LOOK_US)
    return;
  read_settings (load);
  getrusage (RUSAGE_THREAD, &usage);
  weir_load_note_cpu (load,
      (gint64) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC
          + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec,
      now_us);
}

char *
weir_load_refusal (WeirLoad *load)
{
  gint64 below = weir_settings_int (
      load->control->settings, "limits", "admit_below_load_percent");

  weir_load_look (load);
  if (load->held_bytes
      >= load->max_bytes / 100 * WEIR_LOAD_ADMIT_MEMORY_PERCENT)
    return g_strdup ("The server is at its limit of memory for streams. Try "
                     "again later.");
  if (below > 0 && load->busy_percent >= (double) below)
    return g_strdup ("The server is at its limit of work. Try again later.");
  return NULL;
}
