/* Reads and checks [scorer NAME]. */
#include "core/scorers.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static void
scorer_free (gpointer data)
{
  WeirScorerSetting *scorer = data;

  g_free (scorer->name);
  g_free (scorer->model);
  g_free (scorer);
}

static gboolean G_GNUC_PRINTF (4, 5) fail (const WeirScorerSetting *scorer,
    const char *key, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG, "[scorer %s] %s: %s",
      scorer->name, key, text);
  return FALSE;
}

/* Exactly N numbers of at most MOST, whatever their sign. */
static gboolean
parse_numbers (const char *text, guint n, double most, double *ret)
{
  const char *at = text;
  char *end;

  for (guint i = 0; i < n; i++) {
    ret[i] = g_ascii_strtod (at, &end);
    if (end == at || !isfinite (ret[i]) || fabs (ret[i]) > most)
      return FALSE;
    at = end;
  }
  while (g_ascii_isspace (*at))
    at++;
  return *at == '\0';
}

static gboolean
read_scorer (const WeirSettings *settings, WeirScorerSetting *s, GError **error)
{
#define INT(key) weir_settings_named_int (settings, "scorer", s->name, key)
#define STRING(key)                                                            \
  weir_settings_named_string (settings, "scorer", s->name, key)
#define BOOL(key) weir_settings_named_bool (settings, "scorer", s->name, key)
  s->model = g_strdup (STRING ("model"));
  s->width = (guint) INT ("width");
  s->height = (guint) INT ("height");
  s->bgr = strcmp (STRING ("order"), "bgr") == 0;
  s->output = (guint) INT ("output");
  s->softmax = BOOL ("softmax");
  s->priority = (guint) INT ("priority");
  /* The settings table lets only these words through. */
  weir_action_from_string (STRING ("action"), &s->action);
  if (!parse_numbers (STRING ("scale"), 1, 1000, &s->scale))
    return fail (
        s, "scale", error, "\"%s\" is no number up to 1000", STRING ("scale"));
  if (!parse_numbers (STRING ("mean"), 3, 1000, s->mean))
    return fail (s, "mean", error, "\"%s\" is not three numbers up to 1000",
        STRING ("mean"));
  if (!weir_policy_parse_threshold (STRING ("threshold"), &s->threshold))
    return fail (s, "threshold", error, "\"%s\" is out of range: 0.001 to 1",
        STRING ("threshold"));
#undef INT
#undef STRING
#undef BOOL
  if (*s->model == '\0')
    return fail (s, "model", error, "is not set");
  return TRUE;
}

GPtrArray *
weir_scorers_read (
    const WeirSettings *settings, const WeirPolicy *policy, GError **error)
{
  g_auto (GStrv) names = weir_settings_names (settings, "scorer");
  g_auto (GStrv) banks = weir_settings_names (settings, "bank");
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (scorer_free);

  for (char **name = names; *name != NULL; name++) {
    WeirScorerSetting *s;
    const char *by;

    if (!weir_settings_named_bool (settings, "scorer", *name, "enabled"))
      continue;
    s = g_new0 (WeirScorerSetting, 1);
    s->name = g_strdup (*name);
    g_ptr_array_add (list, s);
    if (list->len > WEIR_SCORERS_MAX) {
      fail (s, "enabled", error, "more than %d scorers", WEIR_SCORERS_MAX);
      return NULL;
    }
    if (g_strv_contains ((const char *const *) banks, *name)) {
      fail (s, "name", error, "there is a [bank %s], too", *name);
      return NULL;
    }
    if (!read_scorer (settings, s, error))
      return NULL;
    s->seen_from =
        weir_policy_get_threshold (policy, s->name, s->threshold, &by);
  }
  return g_steal_pointer (&list);
}

/* A base-128 number; FALSE at the end or beyond 64 bits. */
static gboolean
take_varint (const guint8 **at, const guint8 *end, guint64 *ret)
{
  *ret = 0;
  for (guint shift = 0; shift < 64 && *at < end; shift += 7) {
    guint8 byte = *(*at)++;

    *ret |= (guint64) (byte & 0x7f) << shift;
    if (byte < 0x80)
      return TRUE;
  }
  return FALSE;
}

/* protobuf's ModelProto: field 7 is the graph. */
gboolean
weir_scorers_check_model (const guint8 *bytes, gsize size, GError **error)
{
  const guint8 *at = bytes, *end = bytes + size;
  gboolean has_graph = FALSE, whole = TRUE;
  guint64 key, n;

  while (whole && at < end) {
    whole = take_varint (&at, end, &key);
    switch (whole ? key & 7 : 6) {
    case 0:
      whole = take_varint (&at, end, &n);
      break;
    case 2:
      whole = take_varint (&at, end, &n) && n <= (guint64) (end - at);
      if (whole) {
        has_graph |= key >> 3 == 7 && n > 0;
        at += n;
      }
      break;
    default:
      whole = FALSE;
    }
  }
  if (whole && has_graph)
    return TRUE;
  g_set_error (
      error, WEIR_ERROR, WEIR_ERROR_CONFIG, "this is no whole ONNX file");
  return FALSE;
}

char *
weir_scorer_format (const WeirScorerSetting *s)
{
  char n[4][G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (n[0], sizeof n[0], s->scale);
  for (guint i = 0; i < 3; i++)
    g_ascii_dtostr (n[i + 1], sizeof n[i + 1], s->mean[i]);
  return g_strdup_printf ("%u,%u,%s,%s,%s,%s,%d,%u,%d,%u", s->width, s->height,
      n[0], n[1], n[2], n[3], s->bgr, s->output, s->softmax, s->seen_from);
}
