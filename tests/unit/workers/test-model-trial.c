/* What is said of a process that does not get ready with a model, whatever it
 * does instead. The models themselves are tried in tests/e2e/config. */
#include "workers/model-trial.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *
try (const char *script, guint n)
{
  WeirScorerSetting a = {
    .name = (char *) "a", .model = (char *) "a.onnx", .width = 32, .height = 32
  };
  WeirScorerSetting b = {
    .name = (char *) "b", .model = (char *) "b.onnx", .width = 64, .height = 64
  };
  g_autoptr (GPtrArray) scorers = g_ptr_array_new ();
  g_autofree char *path = NULL;
  g_autofree char *text = g_strconcat ("#!/bin/sh\n", script, "\n", NULL);
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("weir-fake-XXXXXX", &path, NULL);
  const int fds[] = { 0, 0 };
  gboolean ok;

  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  g_assert_cmpint (fchmod (fd, 0700), ==, 0);
  close (fd);
  g_ptr_array_add (scorers, &a);
  if (n > 1)
    g_ptr_array_add (scorers, &b);
  ok = weir_model_trial_run (
      &(WeirModelTrial){
          .program = path, .max_memory_mb = 128, .timeout_ms = 3000 },
      scorers, fds, &error);
  g_unlink (path);
  g_assert_true (ok == (error == NULL));
  return ok ? g_strdup ("ready") : g_strdup (error->message);
}

#define READY "printf '\\0\\0\\0\\0\\005' >&3; exec cat <&3 >/dev/null"

static void
test_table (void)
{
  static const struct {
    const char *script;
    guint n;
    const char *said;
  } table[] = {
    { READY, 2, "ready" },
    { "kill -SYS $$", 1,
        "[scorer a] model: a.onnx: it did what analyzers may not do (signal "
        "31)" },
    { "kill -XCPU $$", 1,
        "[scorer a] model: a.onnx: it computes without an end (signal 24)" },
    { "exit 3", 1,
        "[scorer a] model: a.onnx: an analyzer with it ended with status 3" },
    { "exec cat <&3 >/dev/null", 1,
        "[scorer a] model: a.onnx: an analyzer did not get ready with it in 3 "
        "s" },
    /* It hangs up and goes on. */
    { "exec 3>&-; exec sleep 60", 1,
        "[scorer a] model: a.onnx: an analyzer with it hung up and did not "
        "end" },
    { "printf 'GARBAGE GARBAGE' >&3; exec cat <&3 >/dev/null", 1,
        "[scorer a] model: a.onnx: message type 65 is not known" },
    { "printf '\\0\\0\\0\\013\\007\\0\\0\\0\\0\\0\\0\\0\\1\\0\\001x' >&3", 1,
        "[scorer a] model: a.onnx: x" },
    /* Of two, the one with which it dies. */
    { "case \"$*\" in *--scorer=64,*) kill -SYS $$;; esac; " READY, 2,
        "[scorer b] model: b.onnx: it did what analyzers may not do (signal "
        "31)" },
    { "case \"$*\" in *--scorer=*--scorer=*) exit 1;; esac; " READY, 2,
        "[scorer b] model: b.onnx: together with the other scorers' models an "
        "analyzer with it ended with status 1" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *said = try (table[i].script, table[i].n);

    g_assert_cmpstr (said, ==, table[i].said);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model-trial/table", test_table);
  return g_test_run ();
}
