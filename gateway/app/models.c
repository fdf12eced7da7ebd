/* Reads models. */
#include "app/models.h"

#include "base/error.h"
#include "workers/model-trial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* As long as any analyzer may take to warm up. */
#define TRIAL_TIMEOUT_MS 20000

struct _WeirModels {
  GPtrArray *scorers;
  int fds[WEIR_SCORERS_MAX];
  guint n_fds;
  guint generation; /* counts those that followed each other */
};

static gboolean
write_all (int fd, const char *bytes, gsize size)
{
  while (size > 0) {
    gssize n = write (fd, bytes, size);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return FALSE;
    bytes += n;
    size -= (gsize) n;
  }
  return TRUE;
}

/* Nobody changes it any more: what was checked is what analyzers get. */
static int
seal (const char *bytes, gsize size, GError **error)
{
  int fd = memfd_create ("weir-model", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd >= 0 && write_all (fd, bytes, size)
      && fcntl (fd, F_ADD_SEALS,
             F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
             == 0)
    return fd;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "memory file: %s",
      g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static int
load_model (const char *path, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, error);
  const char *bytes;
  gsize size;

  if (file == NULL)
    return -1;
  bytes = g_mapped_file_get_contents (file);
  size = g_mapped_file_get_length (file);
  if (size > WEIR_SCORERS_MAX_MODEL_BYTES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%s: has %" G_GSIZE_FORMAT " bytes, at most %d are taken", path, size,
        WEIR_SCORERS_MAX_MODEL_BYTES);
    return -1;
  }
  if (!weir_scorers_check_model ((const guint8 *) bytes, size, error)) {
    g_prefix_error (error, "%s: ", path);
    return -1;
  }
  return seal (bytes, size, error);
}

WeirModels *
weir_models_load (const WeirSettings *settings, const WeirPolicy *policy,
    const WeirPaths *paths, GError **error)
{
  g_autoptr (WeirModels) models = g_new0 (WeirModels, 1);

  models->scorers = weir_scorers_read (settings, policy, error);
  if (models->scorers == NULL)
    return NULL;
  for (guint i = 0; i < models->scorers->len; i++) {
    const WeirScorerSetting *scorer = g_ptr_array_index (models->scorers, i);
    g_autofree char *path = weir_paths_from_config (paths, scorer->model);
    int fd = load_model (path, error);

    if (fd < 0) {
      g_prefix_error (error, "[scorer %s] model: ", scorer->name);
      return NULL;
    }
    models->fds[models->n_fds++] = fd;
  }
  return g_steal_pointer (&models);
}

void
weir_models_free (WeirModels *models)
{
  if (models == NULL)
    return;
  for (guint i = 0; i < models->n_fds; i++)
    close (models->fds[i]);
  g_clear_pointer (&models->scorers, g_ptr_array_unref);
  g_free (models);
}

WeirModelLimits
weir_model_limits_read (const WeirSettings *settings)
{
  return (WeirModelLimits){
    .max_memory_mb =
        (guint) weir_settings_int (settings, "analysis", "max_memory_mb"),
    .hang_timeout_ms =
        (guint) weir_settings_int (settings, "analysis", "hang_timeout_ms"),
  };
}

gboolean
weir_models_try (const WeirModels *models, const WeirModelLimits *limits,
    const WeirPaths *paths, gint *given_up, GError **error)
{
  g_autofree char *program = weir_paths_program (paths, "weir-analyzer");
  const WeirModelTrial trial = {
    .program = program,
    .max_memory_mb = limits->max_memory_mb,
    .max_score_ms = limits->hang_timeout_ms,
    .timeout_ms = TRIAL_TIMEOUT_MS,
    .given_up = given_up,
  };

  return models->scorers->len == 0
         || weir_model_trial_run (&trial, models->scorers, models->fds, error);
}

static gboolean
are_same_bytes (int a, int b)
{
  g_autoptr (GMappedFile) left = g_mapped_file_new_from_fd (a, FALSE, NULL);
  g_autoptr (GMappedFile) right = g_mapped_file_new_from_fd (b, FALSE, NULL);
  gsize size;

  if (left == NULL || right == NULL)
    return FALSE;
  size = g_mapped_file_get_length (left);
  return size == g_mapped_file_get_length (right)
         && memcmp (g_mapped_file_get_contents (left),
                g_mapped_file_get_contents (right), size)
                == 0;
}

gboolean
weir_models_are_same (const WeirModels *a, const WeirModels *b)
{
  if (a->n_fds != b->n_fds)
    return FALSE;
  for (guint i = 0; i < a->n_fds; i++) {
    const WeirScorerSetting *left = g_ptr_array_index (a->scorers, i);
    const WeirScorerSetting *right = g_ptr_array_index (b->scorers, i);
    g_autofree char *one = weir_scorer_format (left);
    g_autofree char *other = weir_scorer_format (right);

    if (strcmp (left->name, right->name) != 0 || strcmp (one, other) != 0
        || !are_same_bytes (a->fds[i], b->fds[i]))
      return FALSE;
  }
  return TRUE;
}

/* The threshold changes no score. */
static gboolean
are_same_scores (const WeirScorerSetting *a, const WeirScorerSetting *b)
{
  WeirScorerSetting left = *a, right = *b;
  g_autofree char *one = NULL, *other = NULL;

  left.seen_from = right.seen_from = 0;
  one = weir_scorer_format (&left);
  other = weir_scorer_format (&right);
  return strcmp (a->name, b->name) == 0 && strcmp (one, other) == 0;
}

void
weir_models_follow (WeirModels *models, const WeirModels *before)
{
  models->generation = before->generation + 1;
  for (guint i = 0; i < models->n_fds; i++) {
    WeirScorerSetting *scorer = g_ptr_array_index (models->scorers, i);

    scorer->generation = models->generation;
    for (guint k = 0; k < before->n_fds; k++) {
      const WeirScorerSetting *was = g_ptr_array_index (before->scorers, k);

      if (are_same_scores (scorer, was)
          && are_same_bytes (models->fds[i], before->fds[k]))
        scorer->generation = was->generation;
    }
  }
}

GPtrArray *
weir_models_get_scorers (const WeirModels *models)
{
  return models->scorers;
}

const int *
weir_models_get_fds (const WeirModels *models)
{
  return models->fds;
}
