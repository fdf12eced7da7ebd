/* Nothing from outside forges a line of the log. */
#include "base/log.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define STAMP "*-*-*T*:*:*.*Z"

static void
test_escape (void)
{
  static const struct {
    const char *text;
    const char *safe;
  } cases[] = {
    { "", "" }, { "live/cam1", "live/cam1" },
    { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
    { "a\nb\r\t\x1b[31m\x7f", "a\\x0ab\\x0d\\x09\\x1b[31m\\x7f" },
    { "\xff\xc3", "\\xff\\xc3" }, { "\xc3", "\\xc3" },
    { "\xc0\x8a", "\\xc0\\x8a" },          /* overlong newline */
    { "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* surrogate */
    { "\xc2\x85", "\\xc2\\x85" },          /* next line */
    { "\xe2\x80\xa8", "\\xe2\\x80\\xa8" }, /* line separator */
    { "\xe2\x80\xa9", "\\xe2\\x80\\xa9" }, /* paragraph separator */
    { "\xe2\x80\xae", "\\xe2\\x80\\xae" }, /* right to left */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *safe = weir_log_escape (cases[i].text, 1000);

    g_assert_cmpstr (safe, ==, cases[i].safe);
  }
}

/* Cut anywhere, also within a character; no byte past the limit is read. */
static void
test_limit (void)
{
  static const char text[] = "a\xe2\x82\xac\xf0\x9f\x98\x80z";

  for (gsize n = 0; n < sizeof text - 1; n++) {
    g_autofree char *copy = g_memdup2 (text, n);
    g_autofree char *safe = weir_log_escape (n > 0 ? copy : "", n);

    g_assert_true (g_utf8_validate (safe, -1, NULL));
    g_assert_cmpuint (strlen (safe), <=, 4 * n);
  }
}

static void
test_any_bytes (void)
{
  for (guint i = 0; i < 20000; i++) {
    char text[17] = { 0 };
    g_autofree char *safe = NULL;

    for (guint j = 0; j < sizeof text - 1; j++)
      text[j] = (char) g_test_rand_int ();
    safe = weir_log_escape (text, sizeof text);
    g_assert_true (g_utf8_validate (safe, -1, NULL));
    for (const char *c = safe; *c != '\0'; c++)
      g_assert_false (g_ascii_iscntrl (*c));
  }
}

static void
test_line (void)
{
  if (g_test_subprocess ()) {
    weir_log_set_level (WEIR_LOG_WARN);
    weir_info ("rtmp", NULL, "not shown");
    weir_warn ("rtmp", "live/\nx", "refused: %s", "bad\nname");
    weir_error ("store", NULL, "down");
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr (
      STAMP " warn  rtmp: live/\\x0ax: refused: "
            "bad\\x0aname\n" STAMP " error store: down\n");
}

/* What is in the pipe FD, which must not be empty. */
static char *
read_pipe (int fd)
{
  gsize size = 1024 * 1024;
  char *text = g_malloc0 (size + 1);

  g_assert_cmpint (read (fd, text, size), >, 0);
  return text;
}

/* Nobody reads: no line blocks, and the first that gets through says how many
 * did not. */
static void
test_full_pipe (void)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *text = g_strnfill (5000, '\n');
  int saved = dup (STDERR_FILENO);
  int fds[2];
  guint lines = 0;

  g_assert_cmpint (pipe (fds), ==, 0);
  g_assert_cmpint (dup2 (fds[1], STDERR_FILENO), ==, STDERR_FILENO);
  for (guint i = 0; i < 200; i++)
    weir_warn ("rtmp", NULL, "%s", text);
  first = read_pipe (fds[0]);
  weir_warn ("rtmp", NULL, "after");
  second = read_pipe (fds[0]);
  dup2 (saved, STDERR_FILENO);
  close (saved);
  close (fds[0]);
  close (fds[1]);

  for (const char *p = first; *p != '\0'; lines++) {
    const char *end = strchr (p, '\n');

    g_assert_nonnull (end);
    g_assert_cmpint (end + 1 - p, <=, PIPE_BUF);
    p = end + 1;
  }
  g_assert_cmpuint (lines, >, 0);
  g_assert_cmpuint (lines, <, 200);
  {
    g_autofree char *want = g_strdup_printf (STAMP
        " warn  log: %u lines were dropped\n" STAMP " warn  rtmp: after\n",
        200 - lines);

    g_assert_true (g_pattern_match_simple (want, second));
  }
}

static void
test_levels (void)
{
  static const char *const wrong[] = { "", "INFO", "trace", "info " };
  WeirLogLevel level = WEIR_LOG_ERROR;

  g_assert_true (weir_log_level_from_string ("debug", &level));
  g_assert_cmpint (level, ==, WEIR_LOG_DEBUG);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (weir_log_level_from_string (wrong[i], &level));
  g_assert_cmpint (level, ==, WEIR_LOG_DEBUG);
}

static void
test_rate (void)
{
  WeirLogLimit limit = { 0 };
  guint64 dropped = 99;

  for (guint i = 0; i < 3; i++) {
    g_assert_true (weir_log_limit_allows (&limit, 5, 3, &dropped));
    g_assert_cmpuint (dropped, ==, 0);
  }
  for (guint i = 0; i < 7; i++)
    g_assert_false (weir_log_limit_allows (&limit, 1000004, 3, &dropped));
  g_assert_true (weir_log_limit_allows (&limit, 1000005, 3, &dropped));
  g_assert_cmpuint (dropped, ==, 7);
  g_assert_true (weir_log_limit_allows (&limit, 1000005, 3, &dropped));
  g_assert_cmpuint (dropped, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/escape", test_escape);
  g_test_add_func ("/log/limit", test_limit);
  g_test_add_func ("/log/any-bytes", test_any_bytes);
  g_test_add_func ("/log/line", test_line);
  g_test_add_func ("/log/full-pipe", test_full_pipe);
  g_test_add_func ("/log/levels", test_levels);
  g_test_add_func ("/log/rate", test_rate);
  return g_test_run ();
}
