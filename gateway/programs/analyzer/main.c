/* weir-analyzer: looks at access units that the gateway sends over a socket
 * and says what each shows.
 *
 * One unit in, one SAMPLE or FAILED out, in order, before the next is read; for
 * a GROUP any number of SAMPLEs, then DECODED or FAILED.
 * Before the first unit it shuts itself off from files, network and other
 * programs; a crash or a hang costs the gateway one process. Exit status: 0
 * when the gateway closes the socket, 2 when it can't be talked to (arguments,
 * versions), 1 when the connection broke. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "core/packet.h"
#include "core/sampler.h"
#include "programs/analyzer/groups.h"
#include "programs/analyzer/picture.h"
#include "programs/analyzer/scores.h"
#include "programs/analyzer/warm-up.h"
#include "programs/worker/landlock.h"
#include "programs/worker/sandbox.h"
#include "programs/worker/side.h"
#include "wire/fd-channel.h"

#define TOPIC "analyzer"
#define PROGRAM "weir-analyzer"
/* Each decoder has six of its own. */
#define MAX_OPEN_FILES 512
/* Longer side of a picture that nothing was found in. */
#define THUMBNAIL_SIDE 320
/* Less than this that can still be had is too little for a picture. */
#define SPARE_BYTES (16 * 1024 * 1024)

/* Before the filter, behind which nothing is opened: libraries and plugins. */
static const char *const readable[] = { "/usr", "/etc/ld.so.cache",
  WEIR_GST_PLUGINS_DIR "/..", "/sys/devices/system/cpu", NULL };

typedef struct {
  int fd;
  int index_fd;   /* -1: none to begin with */
  int channel_fd; /* -1: none comes later */
  int radius;
  int still_side;
  int threads;
  int max_memory_mb;
  int max_long_side;
  int max_short_side;
  int cpu_seconds;
  int max_score_ms;
  char **scorers; /* NULL: none */
} Options;

typedef struct {
  Options options;
  WeirConfigs *configs;
  WeirGroups *groups;
  WeirScores *scores;
  GByteArray *in;
  GByteArray *out;
} Analyzer;

static gboolean
parse_options (int argc, char **argv, Options *ret, GError **error)
{
  Options o = {
    .fd = 3,
    .index_fd = -1,
    .channel_fd = -1,
    .radius = 31,
    .still_side = 480,
    .threads = 1,
    .max_memory_mb = 1024,
    .max_long_side = 8192,
    .max_short_side = 4320,
  };
  const GOptionEntry entries[] = {
    { "fd", 0, 0, G_OPTION_ARG_INT, &o.fd, "The gateway's socket (3)", "N" },
    { "index-fd", 0, 0, G_OPTION_ARG_INT, &o.index_fd,
        "File with the index of the banks (none)", "N" },
    { "channel-fd", 0, 0, G_OPTION_ARG_INT, &o.channel_fd,
        "Socket on which later indexes come (none)", "N" },
    { "radius", 0, 0, G_OPTION_ARG_INT, &o.radius,
        "Greatest distance of a hit (31)", "BITS" },
    { "still-width", 0, 0, G_OPTION_ARG_INT, &o.still_side,
        "Longer side of a still (480)", "PIXELS" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads,
        "Threads of each decoder (1)", "N" },
    { "max-memory-mb", 0, 0, G_OPTION_ARG_INT, &o.max_memory_mb,
        "Memory it may use, the index not counted (1024)", "MIB" },
    { "max-long-side", 0, 0, G_OPTION_ARG_INT, &o.max_long_side,
        "Longer side of a picture (8192)", "PIXELS" },
    { "max-short-side", 0, 0, G_OPTION_ARG_INT, &o.max_short_side,
        "Shorter side of a picture (4320)", "PIXELS" },
    { "cpu-seconds", 0, 0, G_OPTION_ARG_INT, &o.cpu_seconds,
        "CPU time it may use (0: any)", "SECONDS" },
    { "max-score-ms", 0, 0, G_OPTION_ARG_INT, &o.max_score_ms,
        "CPU time that all classifiers may take for a picture (0: any)", "MS" },
    { "scorer", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.scorers,
        "A classifier, whose model comes through the channel", "FORMAT" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc > 1 || o.fd < 0 || o.radius < 0 || o.radius > 256
      || o.still_side < 16 || o.still_side > 4096 || o.threads < 1
      || o.threads > 16 || o.max_memory_mb < 64 || o.cpu_seconds < 0
      || o.max_score_ms < 0 || o.max_long_side < 16
      || o.max_long_side > WEIR_PIPELINE_MAX_SIDE || o.max_short_side < 16
      || o.max_short_side > WEIR_PIPELINE_MAX_SIDE) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "arguments: something is left over or out of range");
    return FALSE;
  }
  *ret = o;
  return TRUE;
}

static gboolean
limit (const Options *options, GError **error)
{
  const WeirSandboxLimits limits = {
    .data_bytes = (guint64) options->max_memory_mb << 20,
    .cpu_seconds = (guint64) options->cpu_seconds,
  };

  return weir_sandbox_limit (&limits, error);
}

static guint32
thread_cpu_us (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (guint32) ((gint64) t.tv_sec * G_USEC_PER_SEC + t.tv_nsec / 1000);
}

/* Decodes and encodes once by every decoder there is, so that the first real
 * unit does not wait for libraries and tables. */
static gboolean
warm_up (Analyzer *self, GError **error)
{
  gboolean scored = FALSE;

  for (guint i = 0; i < WEIR_N_WARM_UPS; i++) {
    const WeirWarmUp *w = &weir_warm_ups[i];
    g_autoptr (GstBuffer) picture = NULL;
    GstVideoInfo info;
    guint16 scores[WEIR_SCORES_MAX];
    gboolean found;
    guint n_scores;
    guint8 *jpeg;
    gsize size;

    if (!weir_pipeline_can_decode (w->codec))
      continue;
    weir_configs_set (
        self->configs, 0, (guint8) w->codec, w->record, w->record_size);
    picture = weir_configs_look (self->configs, 0, w->unit, w->unit_size,
        WEIR_PROBES_THOROUGH, &info, error);
    weir_configs_forget (self->configs, 0);
    if (picture == NULL
        || !weir_picture_encode (picture, &info,
            (guint) self->options.still_side, WEIR_WIRE_MAX_STILL_BYTES, &jpeg,
            &size, error)) {
      g_prefix_error (error, "warming up %s: ", weir_codec_title (w->codec));
      return FALSE;
    }
    free (jpeg);
    if (scored)
      continue;
    if (!weir_scores_look (
            self->scores, picture, &info, scores, &n_scores, &found, error))
      return FALSE;
    scored = TRUE;
  }
  return TRUE;
}

static void
fill_sample (WeirWireMessage *m, const GstWeirPdqMeta *meta)
{
  memcpy (m->sample.hash, meta->hash, sizeof m->sample.hash);
  m->sample.quality = (guint8) meta->quality;
  m->sample.n_hits = (guint16) MIN (meta->n_hits, WEIR_WIRE_MAX_HITS);
  for (guint i = 0; i < m->sample.n_hits; i++)
    m->sample.hits[i] = (WeirWireHit){ .entry = meta->hits[i].entry,
      .distance = meta->hits[i].distance,
      .probe = meta->hits[i].probe };
  if (meta->n_hits == 0 && meta->near.distance != WEIR_INDEX_NO_HIT)
    m->sample.hits[m->sample.n_hits++] =
        (WeirWireHit){ .entry = meta->near.entry,
          .distance = meta->near.distance,
          .probe = WEIR_WIRE_NEAR_MISS };
}

/* FALSE: the limit is near, and decoders that just say that they fail would do
 * so for every picture from now on. */
static gboolean
has_memory (GError **error)
{
  void *map = mmap (NULL, SPARE_BYTES, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (map != MAP_FAILED) {
    munmap (map, SPARE_BYTES);
    return TRUE;
  }
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
      "there is no memory left ([analysis] max_memory_mb)");
  return FALSE;
}

/* What PICTURE shows, which BEGAN to be worked on then. FALSE when it can't be
 * sent. */
static gboolean
answer (Analyzer *self, guint64 job, gint64 pts_ms, GstBuffer *picture,
    const GstVideoInfo *info, gboolean with_still, guint32 began,
    GError **error)
{
  WeirWireMessage m = { .type = WEIR_WIRE_SAMPLE,
    .sample = { .job = job, .pts_ms = pts_ms } };
  g_autoptr (GError) why = NULL;
  guint8 *jpeg = NULL;
  guint n_scores;
  gboolean found, scored;
  gboolean sent;

  fill_sample (&m, gst_buffer_get_weir_pdq_meta (picture));
  /* A score that can't be had must not hide what matches a list. */
  if (!weir_scores_look (self->scores, picture, info, m.sample.scores,
          &n_scores, &scored, &why)) {
    weir_warn (TOPIC, NULL, "%s", why->message);
    g_clear_error (&why);
  }
  m.sample.n_scores = (guint8) n_scores;
  found = scored || gst_buffer_get_weir_pdq_meta (picture)->n_hits > 0;
  if (found || with_still) {
    /* Hash and hits count more than the still: they go out without it. */
    guint most = (guint) self->options.still_side;
    guint side = found ? most : MIN (most, THUMBNAIL_SIDE);

    if (weir_picture_encode (picture, info, side, WEIR_WIRE_MAX_STILL_BYTES,
            &jpeg, &m.sample.still_size, &why))
      m.sample.still = jpeg;
    else
      weir_warn (TOPIC, NULL, "%s", why->message);
  }
  m.sample.cost_us = thread_cpu_us () - began;
  sent = weir_frame_write (self->options.fd, self->out, &m, error);
  free (jpeg);
  return sent;
}

/* FALSE when the answer can't be sent, and when there is no use in going on. */
static gboolean
answer_failed (Analyzer *self, guint64 job, const GError *why, GError **error)
{
  return has_memory (error)
         && weir_worker_side_fail (
             self->options.fd, self->out, job, why->message, error);
}

/* What the gateway means. */
G_STATIC_ASSERT ((int) WEIR_SAMPLING_PLAIN == WEIR_PROBES_PLAIN);
G_STATIC_ASSERT ((int) WEIR_SAMPLING_STANDARD == WEIR_PROBES_STANDARD);
G_STATIC_ASSERT ((int) WEIR_SAMPLING_THOROUGH == WEIR_PROBES_THOROUGH);

static WeirProbeSet
probes_of (guint8 flags)
{
  return MIN (flags >> WEIR_WIRE_PROBES_SHIFT, WEIR_PROBES_THOROUGH);
}

static gboolean
look (Analyzer *self, const WeirWireMessage *m, GError **error)
{
  guint32 began = thread_cpu_us ();
  g_autoptr (GstBuffer) picture = NULL;
  g_autoptr (GError) why = NULL;
  GstVideoInfo info;

  picture = weir_configs_look (self->configs, m->unit.config, m->unit.data,
      m->unit.size, probes_of (m->unit.flags), &info, &why);
  if (picture == NULL)
    return answer_failed (self, m->unit.job, why, error);
  return answer (self, m->unit.job, m->unit.pts_ms, picture, &info,
      m->unit.flags & WEIR_WIRE_UNIT_STILL, began, error);
}

static gboolean
look_on (Analyzer *self, const WeirWireMessage *m, GError **error)
{
  WeirWireMessage done = { .type = WEIR_WIRE_DECODED,
    .decoded = { .job = m->group.job } };
  guint32 began = thread_cpu_us ();
  g_autoptr (GError) why = NULL;
  GstBuffer *picture;
  GstVideoInfo info;
  gint64 pts_ms;

  if (!weir_groups_feed (self->groups, m, probes_of (m->group.flags), &why))
    return answer_failed (self, m->group.job, why, error);
  while ((picture = weir_groups_take (self->groups, &info, &pts_ms)) != NULL) {
    gboolean sent = answer (self, m->group.job, pts_ms, picture, &info,
        weir_groups_take_still (self->groups), began, error);

    gst_buffer_unref (picture);
    if (!sent)
      return FALSE;
    began = thread_cpu_us ();
  }
  done.decoded.cost_us = thread_cpu_us () - began;
  return weir_frame_write (self->options.fd, self->out, &done, error);
}

/* The descriptor was sent before the message. */
static gboolean
take_index (Analyzer *self, guint radius, GError **error)
{
  g_autoptr (WeirIndex) index = NULL;
  int fd = weir_fd_channel_receive (self->options.channel_fd, error);

  if (fd < 0)
    return FALSE;
  index = weir_index_open_fd (fd, error);
  close (fd);
  if (index == NULL)
    return FALSE;
  weir_configs_set_index (self->configs, index, radius);
  weir_groups_set_index (self->groups, index, radius);
  return TRUE;
}

static gboolean
handle (Analyzer *self, const WeirWireMessage *m, GError **error)
{
  switch (m->type) {
  case WEIR_WIRE_CONFIG:
    weir_configs_set (self->configs, m->config.id, m->config.codec,
        m->config.data, m->config.size);
    return TRUE;
  case WEIR_WIRE_FORGET:
    weir_configs_forget (self->configs, m->forget.id);
    return TRUE;
  case WEIR_WIRE_INDEX:
    return take_index (self, m->index.radius, error);
  case WEIR_WIRE_UNIT:
    return look (self, m, error);
  case WEIR_WIRE_GROUP:
    return look_on (self, m, error);
  case WEIR_WIRE_LEAVE:
    weir_groups_leave (self->groups, m->leave.stream);
    return TRUE;
  default:
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "message type %d is not for an analyzer", m->type);
    return FALSE;
  }
}

static WeirFrameResult
run (Analyzer *self, GError **error)
{
  WeirWireMessage m;
  WeirFrameResult result;

  while ((result = weir_frame_read (self->options.fd, self->in, &m, error))
         == WEIR_FRAME_OK)
    if (!handle (self, &m, error))
      return WEIR_FRAME_FAILED;
  return result;
}

/* Models are read behind the filter, too: they are somebody else's bytes. What
 * is wrong with one is told. */
static gboolean
take_scores (Analyzer *self, GError **error)
{
  g_autoptr (GError) why = NULL;
  guint which;

  self->scores = weir_scores_new ((const char *const *) self->options.scorers,
      self->options.channel_fd, (guint) self->options.max_score_ms, &which,
      &why);
  if (self->scores != NULL)
    return TRUE;
  if (weir_worker_side_fail (
          self->options.fd, self->out, which, why->message, error))
    g_propagate_prefixed_error (
        error, g_steal_pointer (&why), "scorer %u: ", which);
  return FALSE;
}

/* From the greeting to the end of the connection. */
static WeirFrameResult
serve (Analyzer *self, GError **error)
{
  const WeirWireMessage ready = { .type = WEIR_WIRE_READY };
  WeirFrameResult result = weir_worker_side_greet (
      self->options.fd, self->in, self->out, PROGRAM, error);

  if (result != WEIR_FRAME_OK)
    return result;
  /* What works behind the filter has been seen to work there. */
  if (!weir_pipeline_init (error))
    return WEIR_FRAME_FAILED;
  if (!warm_up (self, error) || !weir_sandbox_close (error))
    return WEIR_FRAME_FAILED;
  if (!take_scores (self, error) || !warm_up (self, error)
      || !weir_frame_write (self->options.fd, self->out, &ready, error))
    return WEIR_FRAME_FAILED;
  return run (self, error);
}

int
main (int argc, char **argv)
{
  Analyzer self = { 0 };
  g_autoptr (WeirIndex) index = NULL;
  g_autoptr (GError) error = NULL;
  WeirConfigsOptions look_options;
  WeirFrameResult result;

  weir_worker_side_confine (MAX_OPEN_FILES);
  if (!parse_options (argc, argv, &self.options, &error)
      || !limit (&self.options, &error)
      || !weir_landlock_read_only (readable, &error)) {
    weir_error (TOPIC, NULL, "%s", error->message);
    return 2;
  }
  if (self.options.index_fd >= 0) {
    index = weir_index_open_fd (self.options.index_fd, &error);
    if (index == NULL) {
      weir_error (TOPIC, NULL, "%s", error->message);
      return 2;
    }
    close (self.options.index_fd);
  }
  self.in = g_byte_array_new ();
  self.out = g_byte_array_new ();
  look_options = (WeirConfigsOptions){ .index = index,
    .radius = (guint) self.options.radius,
    .threads = (guint) self.options.threads,
    .limits = { (guint) self.options.max_long_side,
        (guint) self.options.max_short_side } };
  self.configs = weir_configs_new (&look_options);
  self.groups = weir_groups_new (self.configs, &look_options);
  result = serve (&self, &error);
  weir_groups_free (self.groups);
  weir_configs_free (self.configs);
  weir_scores_free (self.scores);
  g_byte_array_unref (self.in);
  g_byte_array_unref (self.out);
  g_strfreev (self.options.scorers);
  return weir_worker_side_exit_status (result, error, TOPIC);
}
