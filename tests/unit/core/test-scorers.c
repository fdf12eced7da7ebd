/* [scorer NAME]: what is refused, in which words; the outer form of models; a
 * score among hits. */
#include "base/error.h"
#include "core/finder.h"
#include "core/scorers.h"

#include <string.h>

static GPtrArray *
read_text (const char *text, GError **error)
{
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("weir.conf", text, strlen (text), error);
  g_autoptr (WeirPolicy) policy =
      settings != NULL ? weir_policy_new (settings, NULL, error) : NULL;

  return policy != NULL ? weir_scorers_read (settings, policy, error) : NULL;
}

static void
test_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = read_text (
      "[scorer a]\nmodel=a.onnx\nmean=1.5 2 -3\nscale=0.5\norder=bgr\n"
      "output=4\nsoftmax=true\nthreshold=0.25\naction=hold\npriority=9\n"
      "[scorer b]\nenabled=false\n[scorer c]\nmodel=c.onnx\n"
      "[policy p]\nscorer=c\nthreshold=0.6\n",
      &error);
  g_autofree char *first = NULL, *last = NULL;
  const WeirScorerSetting *s;

  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2);
  s = g_ptr_array_index (list, 0);
  g_assert_cmpstr (s->name, ==, "a");
  g_assert_cmpuint (s->threshold, ==, 250);
  g_assert_cmpint (s->action, ==, WEIR_ACTION_HOLD);
  g_assert_cmpuint (s->priority, ==, 9);
  first = weir_scorer_format (s);
  g_assert_cmpstr (first, ==, "224,224,0.5,1.5,2,-3,1,4,1,250");
  last = weir_scorer_format (g_ptr_array_index (list, 1));
  g_assert_true (g_str_has_suffix (last, ",0,0,0,0,0,0,600"));
}

static void
test_refused (void)
{
  static const struct {
    const char *text;
    const char *words;
  } table[] = {
    { "[scorer x]\n", "[scorer x] model: is not set" },
    { "[scorer x]\nmodel=m\nscale=big\n",
        "[scorer x] scale: \"big\" is no number up to 1000" },
    { "[scorer x]\nmodel=m\nscale=nan\n",
        "[scorer x] scale: \"nan\" is no number up to 1000" },
    { "[scorer x]\nmodel=m\nscale=1001\n",
        "[scorer x] scale: \"1001\" is no number up to 1000" },
    { "[scorer x]\nmodel=m\nmean=1 2\n",
        "[scorer x] mean: \"1 2\" is not three numbers up to 1000" },
    { "[scorer x]\nmodel=m\nmean=1 2 3 4\n",
        "[scorer x] mean: \"1 2 3 4\" is not three numbers up to 1000" },
    { "[scorer x]\nmodel=m\nthreshold=0\n",
        "[scorer x] threshold: \"0\" is out of range: 0.001 to 1" },
    { "[scorer x]\nmodel=m\nthreshold=1.1\n",
        "[scorer x] threshold: \"1.1\" is out of range: 0.001 to 1" },
    { "[scorer x]\nmodel=m\nwidth=7\n", "[scorer x] width: 7 is out of range" },
    { "[bank x]\n[scorer x]\nmodel=m\n",
        "[scorer x] name: there is a [bank x], too" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (read_text (table[i].text, &error));
    g_assert_nonnull (strstr (error->message, table[i].words));
  }
}

static void
test_too_many (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) most = NULL;

  for (guint i = 0; i < WEIR_SCORERS_MAX; i++)
    g_string_append_printf (text, "[scorer s%u]\nmodel=m\n", i);
  most = read_text (text->str, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (most->len, ==, WEIR_SCORERS_MAX);
  g_string_append (text, "[scorer t]\nmodel=m\n");
  g_assert_null (read_text (text->str, &error));
  g_assert_nonnull (strstr (error->message, "more than 8 scorers"));
}

static void
test_model (void)
{
  g_autofree char *path = g_test_build_filename (
      G_TEST_DIST, "data", "models", "red.onnx", (const char *) NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  g_file_get_contents (path, &bytes, &size, &error);
  g_assert_no_error (error);
  g_assert_true (
      weir_scorers_check_model ((const guint8 *) bytes, size, &error));
  g_assert_no_error (error);
  /* What is behind the graph may be missing; nothing may be half there. */
  for (gsize n = 0; n < 300; n++)
    g_assert_false (weir_scorers_check_model ((const guint8 *) bytes, n, NULL));
  g_assert_false (
      weir_scorers_check_model ((const guint8 *) "hash\n", 5, &error));
  g_assert_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG);
}

static void
test_scores_as_hits (void)
{
  const WeirPolicyHit hit = { .bank = "red",
    .entry = "red",
    .item = "red",
    .distance = weir_policy_distance_of_score (912),
    .radius = weir_policy_distance_of_score (800),
    .action = WEIR_ACTION_HOLD };
  g_autoptr (WeirFinder) finder = weir_finder_new ("live", 30000);
  g_autoptr (GError) error = NULL;
  /* It speaks for all banks, and for no scorer. */
  const char *text = "[policy p]\naction=note\n";
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("weir.conf", text, strlen (text), &error);
  g_autoptr (WeirPolicy) policy = weir_policy_new (settings, NULL, &error);
  WeirFinding finding, note;

  g_assert_no_error (error);
  g_assert_false (weir_policy_is_score (256));
  for (guint s = 0; s <= WEIR_POLICY_SCORE_ONE; s++) {
    g_assert_true (weir_policy_is_score (weir_policy_distance_of_score (s)));
    g_assert_cmpuint (
        weir_policy_score_of_distance (weir_policy_distance_of_score (s)), ==,
        s);
  }
  weir_finder_add (finder, policy, 4200, 0, &hit, 1, &finding, &note);
  g_assert_cmpint (finding.change, ==, WEIR_FINDING_BEGIN);
  g_assert_cmpint (note.change, ==, WEIR_FINDING_NONE);
  g_assert_cmpstr (finding.reason, ==,
      "The picture at 4.2 s was scored 0.91 by “red”, threshold 0.80. Scorer "
      "red withholds the stream until somebody decides.");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scorers/read", test_read);
  g_test_add_func ("/scorers/refused", test_refused);
  g_test_add_func ("/scorers/too-many", test_too_many);
  g_test_add_func ("/scorers/model", test_model);
  g_test_add_func ("/scorers/scores-as-hits", test_scores_as_hits);
  return g_test_run ();
}
