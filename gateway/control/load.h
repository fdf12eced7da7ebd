/* How full the gateway is: bytes that all streams hold, and the share of its
 * time that the loop's thread is busy. New publishers are refused before
 * either hurts those that are there. Loop thread. */
#pragma once

#include "control/control.h"

/* New publishers are refused from this share of the most bytes on: those who
 * are there still grow. */
#define WEIR_LOAD_ADMIT_MEMORY_PERCENT 90
/* The busy share is a mean that forgets within about so long. */
#define WEIR_LOAD_SMOOTH_US (5 * G_USEC_PER_SEC)

WeirLoad *weir_load_new (WeirControl *control);
void weir_load_free (WeirLoad *load);

/* A stream that held WAS bytes, window and gate together, holds IS now. */
void weir_load_count (WeirLoad *load, gsize was, gsize is);
/* FALSE when BYTES more would be over the most. */
gboolean weir_load_has_room (const WeirLoad *load, gsize bytes);

/* Once a second, however often it is called: looks at the thread's clock and
 * at the settings. */
void weir_load_look (WeirLoad *load);
/* The thread has used CPU_US in all at NOW_US: what weir_load_look () reads
 * from the system. */
void weir_load_note_cpu (WeirLoad *load, gint64 cpu_us, gint64 now_us);

/* Words for a new publisher that must be refused, or NULL. Caller frees. */
char *weir_load_refusal (WeirLoad *load);

guint64 weir_load_get_held_bytes (const WeirLoad *load);
guint64 weir_load_get_max_bytes (const WeirLoad *load);
double weir_load_get_busy_percent (const WeirLoad *load);

/* Bytes this process may use: the least of MEMORY_MAX (texts of cgroup v2's
 * memory.max files, NULL-terminated) and the machine's TOTAL. Pure. 0 when
 * nothing says. */
guint64 weir_load_usable_memory (const char *const *memory_max, guint64 total);
