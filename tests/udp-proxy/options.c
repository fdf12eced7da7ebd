/* Reads the arguments of the proxy. */
#include "options.h"

#include <string.h>

const char options_help[] =
    "usage: udp-proxy --listen PORT --to HOST:PORT [--seed N] [IMPAIRMENT…]\n"
    "Passes UDP packets of any number of clients on to HOST:PORT and back, "
    "over\n"
    "a bad network. IPv4; listens on 127.0.0.1, port 0 is any. Says its port "
    "as\n"
    "JSON when it is ready, and on SIGTERM what it did with the packets.\n"
    "\n"
    "Each client has two links of its own, up to HOST:PORT and down to "
    "itself.\n"
    "Impairments are both links' unless written --up-… or --down-…; of two "
    "that\n"
    "speak of the same link the later one counts.\n"
    "  --delay-ms MS           fixed delay\n"
    "  --jitter-ms MS          even within delay ± MS, at most the delay;\n"
    "                          packets overtake each other by it\n"
    "  --loss PERCENT          of the packets, each by itself\n"
    "  --gilbert-elliott P,R[,H,K]\n"
    "                          loss in bursts, in percent: P and R are the\n"
    "                          chances to go from the good to the bad state "
    "and\n"
    "                          back, H and K (0 and 100) those of a packet to\n"
    "                          pass in the bad and the good one; a burst is\n"
    "                          100 / R packets long on average\n"
    "  --reorder PERCENT,GAP   held back until GAP later packets have passed,\n"
    "                          at most 100 ms\n"
    "  --duplicate PERCENT\n"
    "  --rate-kbit KBIT        with 28 bytes of headers a packet; 0: no limit\n"
    "  --queue-packets N       that wait for their turn at the rate (1000)\n";

typedef gboolean (*Reader) (const char *value, ImpairmentSettings *settings);

static gboolean
read_whole (const char *text, guint64 max, guint64 *ret)
{
  return g_ascii_string_to_unsigned (text, 10, 0, max, ret, NULL);
}

static gboolean
read_ms (const char *text, gint64 *ret_us)
{
  guint64 ms;

  if (!read_whole (text, IMPAIRMENT_MAX_DELAY_MS, &ms))
    return FALSE;
  *ret_us = (gint64) ms * 1000;
  return TRUE;
}

static gboolean
read_percent (const char *text, double *ret_chance)
{
  char *end;
  double percent = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || !(percent >= 0 && percent <= 100))
    return FALSE;
  *ret_chance = percent / 100;
  return TRUE;
}

static gboolean
read_delay (const char *value, ImpairmentSettings *settings)
{
  return read_ms (value, &settings->delay_us);
}

static gboolean
read_jitter (const char *value, ImpairmentSettings *settings)
{
  return read_ms (value, &settings->jitter_us);
}

static gboolean
read_loss (const char *value, ImpairmentSettings *settings)
{
  return read_percent (value, &settings->loss);
}

static gboolean
read_gilbert_elliott (const char *value, ImpairmentSettings *settings)
{
  g_auto (GStrv) part = g_strsplit (value, ",", -1);
  double *const to[] = { &settings->good_to_bad, &settings->bad_to_good,
    &settings->bad_pass, &settings->good_pass };
  guint n = g_strv_length (part);

  if (n != 2 && n != G_N_ELEMENTS (to))
    return FALSE;
  for (guint i = 0; i < n; i++) {
    if (!read_percent (part[i], to[i]))
      return FALSE;
  }
  return settings->bad_to_good > 0;
}

static gboolean
read_reorder (const char *value, ImpairmentSettings *settings)
{
  g_auto (GStrv) part = g_strsplit (value, ",", -1);
  guint64 gap;

  if (g_strv_length (part) != 2 || !read_percent (part[0], &settings->reorder)
      || !read_whole (part[1], IMPAIRMENT_MAX_REORDER_GAP, &gap) || gap == 0)
    return FALSE;
  settings->reorder_gap = (guint) gap;
  return TRUE;
}

static gboolean
read_duplicate (const char *value, ImpairmentSettings *settings)
{
  return read_percent (value, &settings->duplicate);
}

static gboolean
read_rate (const char *value, ImpairmentSettings *settings)
{
  guint64 rate;

  if (!read_whole (value, G_MAXINT32, &rate))
    return FALSE;
  settings->rate_kbit = (guint) rate;
  return TRUE;
}

static gboolean
read_queue (const char *value, ImpairmentSettings *settings)
{
  guint64 packets;

  if (!read_whole (value, IMPAIRMENT_MAX_QUEUE_PACKETS, &packets)
      || packets == 0)
    return FALSE;
  settings->queue_packets = (guint) packets;
  return TRUE;
}

static const struct {
  const char *name;
  Reader read;
} impairments[] = {
  { "delay-ms", read_delay },
  { "jitter-ms", read_jitter },
  { "loss", read_loss },
  { "gilbert-elliott", read_gilbert_elliott },
  { "reorder", read_reorder },
  { "duplicate", read_duplicate },
  { "rate-kbit", read_rate },
  { "queue-packets", read_queue },
};

static gboolean
refuse (GError **error, const char *name, const char *why)
{
  g_set_error (
      error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: %s", name, why);
  return FALSE;
}

static gboolean
read_impairment (
    const char *name, const char *value, Options *options, GError **error)
{
  const char *plain = name + strlen ("--");
  gboolean up = TRUE, down = TRUE;

  if (g_str_has_prefix (plain, "up-")) {
    plain += strlen ("up-");
    down = FALSE;
  } else if (g_str_has_prefix (plain, "down-")) {
    plain += strlen ("down-");
    up = FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (impairments); i++) {
    if (strcmp (plain, impairments[i].name) != 0)
      continue;
    if ((up && !impairments[i].read (value, &options->impairment[DIRECTION_UP]))
        || (down
            && !impairments[i].read (
                value, &options->impairment[DIRECTION_DOWN])))
      return refuse (error, name, "is not in its range");
    return TRUE;
  }
  return refuse (error, name, "is not known");
}

static gboolean
read_target (const char *value, Options *options)
{
  const char *colon = strrchr (value, ':');
  guint64 port;

  if (colon == NULL || colon == value
      || !read_whole (colon + 1, G_MAXUINT16, &port) || port == 0)
    return FALSE;
  g_free (options->host);
  options->host = g_strndup (value, (gsize) (colon - value));
  options->to_port = (guint16) port;
  return TRUE;
}

static gboolean
read_argument (
    const char *name, const char *value, Options *options, GError **error)
{
  guint64 number;

  if (!g_str_has_prefix (name, "--"))
    return refuse (error, name, "is not known");
  if (value == NULL)
    return refuse (error, name, "has no value");
  if (strcmp (name, "--to") == 0)
    return read_target (value, options)
           || refuse (error, name, "is not HOST:PORT");
  if (strcmp (name, "--listen") == 0) {
    if (!read_whole (value, G_MAXUINT16, &number))
      return refuse (error, name, "is no port");
    options->port = (guint16) number;
    return TRUE;
  }
  if (strcmp (name, "--seed") == 0)
    return read_whole (value, G_MAXUINT64, &options->seed)
           || refuse (error, name, "is no number");
  return read_impairment (name, value, options, error);
}

gboolean
options_parse (const char *const *args, Options *ret_options, GError **error)
{
  g_auto (Options) options = { .seed = 1,
    .impairment = { impairment_none, impairment_none } };

  for (; *args != NULL; args += 2) {
    if (!read_argument (args[0], args[1], &options, error))
      return FALSE;
  }
  if (options.host == NULL)
    return refuse (error, "--to", "is missing");
  for (guint i = 0; i < N_DIRECTIONS; i++) {
    if (options.impairment[i].jitter_us > options.impairment[i].delay_us)
      return refuse (error, "--jitter-ms", "is more than the delay");
  }
  *ret_options = options;
  options.host = NULL;
  return TRUE;
}

void
options_clear (Options *options)
{
  g_clear_pointer (&options->host, g_free);
}
