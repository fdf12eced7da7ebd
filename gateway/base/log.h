/* Log lines for operators, one line each, on standard error.
 *
 * ERROR   Weir can't do its job and somebody must act.
 * WARN    something failed that Weir lives with: a refused publisher, a
 *         worker replaced, an egress down.
 * INFO    a stream or a connection began or ended.
 * DEBUG   for those who look for a fault; never a line per frame.
 *
 * TOPIC names the part ("rtmp"), PREFIX the object (a stream's name, a peer's
 * address) and may be NULL. Control characters and bytes that are not UTF-8
 * are escaped, so that nothing from outside can forge a line. Decisions of
 * people go to the trail, not here. Any thread.
 *
 * A reader of standard error that stands still holds nobody up: lines that it
 * has no room for are dropped, and the next line that it gets says how many.
 * A line is at most PIPE_BUF bytes; the rest of it is cut off. */
#pragma once

#include <glib.h>

typedef enum {
  WEIR_LOG_ERROR,
  WEIR_LOG_WARN,
  WEIR_LOG_INFO,
  WEIR_LOG_DEBUG,
} WeirLogLevel;

void weir_log_set_level (WeirLogLevel level);
gboolean weir_log_level_from_string (const char *text, WeirLogLevel *ret_level);
void weir_log (WeirLogLevel level, const char *topic, const char *prefix,
    const char *format, ...) G_GNUC_PRINTF (4, 5);

/* Newly allocated copy of TEXT with control characters and broken UTF-8
 * written as \xNN, at most LIMIT bytes of the original. */
char *weir_log_escape (const char *text, gsize limit);

/* For lines that strangers cause: a few a second, the rest counted. All zero
 * at first; one thread. */
typedef struct {
  gint64 second_us;
  guint lines;
  guint64 dropped;
} WeirLogLimit;

/* TRUE when a line may be written at NOW_US (monotonic); RET_DROPPED: how many
 * were not since the last one. At most PER_SECOND are. */
gboolean weir_log_limit_allows (
    WeirLogLimit *limit, gint64 now_us, guint per_second, guint64 *ret_dropped);

#define weir_error(topic, prefix, ...)                                         \
  weir_log (WEIR_LOG_ERROR, topic, prefix, __VA_ARGS__)
#define weir_warn(topic, prefix, ...)                                          \
  weir_log (WEIR_LOG_WARN, topic, prefix, __VA_ARGS__)
#define weir_info(topic, prefix, ...)                                          \
  weir_log (WEIR_LOG_INFO, topic, prefix, __VA_ARGS__)
#define weir_debug(topic, prefix, ...)                                         \
  weir_log (WEIR_LOG_DEBUG, topic, prefix, __VA_ARGS__)
