/* Configurations by number, with the pipelines of those used last. */
#include "programs/analyzer/configs.h"

#include "base/error.h"

typedef struct {
  guint32 id;
  guint8 codec;
  GBytes *data;
  WeirVideoConfig video; /* what DATA says, once it is checked */
  gboolean is_checked;
  WeirPipeline *pipeline; /* NULL while not needed */
  GList link;             /* in order of use, the last used first */
} Config;

struct _WeirConfigs {
  WeirConfigsOptions options;
  GHashTable *by_id; /* Config */
  GQueue used;
  guint n_pipelines;
};

static void
drop_pipeline (WeirConfigs *self, Config *config)
{
  if (config->pipeline == NULL)
    return;
  weir_pipeline_free (g_steal_pointer (&config->pipeline));
  self->n_pipelines--;
}

static void
drop_config (WeirConfigs *self, Config *config)
{
  drop_pipeline (self, config);
  g_queue_unlink (&self->used, &config->link);
  g_hash_table_remove (self->by_id, GUINT_TO_POINTER (config->id));
  g_bytes_unref (config->data);
  g_free (config);
}

WeirConfigs *
weir_configs_new (const WeirConfigsOptions *options)
{
  WeirConfigs *self = g_new0 (WeirConfigs, 1);

  self->options = *options;
  if (self->options.index != NULL)
    weir_index_ref (self->options.index);
  self->by_id = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->used);
  return self;
}

void
weir_configs_free (WeirConfigs *self)
{
  if (self == NULL)
    return;
  while (self->used.head != NULL)
    drop_config (self, self->used.head->data);
  g_hash_table_unref (self->by_id);
  weir_index_unref (self->options.index);
  g_free (self);
}

void
weir_configs_set_index (WeirConfigs *self, WeirIndex *index, guint radius)
{
  weir_index_unref (self->options.index);
  self->options.index = weir_index_ref (index);
  self->options.radius = radius;
  for (GList *l = self->used.head; l != NULL; l = l->next) {
    Config *config = l->data;

    if (config->pipeline != NULL)
      weir_pipeline_set_index (config->pipeline, index, radius);
  }
}

void
weir_configs_set (
    WeirConfigs *self, guint32 id, guint8 codec, const guint8 *data, gsize size)
{
  Config *config;

  weir_configs_forget (self, id);
  if (g_hash_table_size (self->by_id) >= WEIR_CONFIGS_MAX)
    drop_config (self, self->used.tail->data);
  config = g_new0 (Config, 1);
  config->id = id;
  config->codec = codec;
  config->data = g_bytes_new (data, size);
  config->link.data = config;
  g_queue_push_head_link (&self->used, &config->link);
  g_hash_table_insert (self->by_id, GUINT_TO_POINTER (id), config);
}

void
weir_configs_forget (WeirConfigs *self, guint32 id)
{
  Config *config = g_hash_table_lookup (self->by_id, GUINT_TO_POINTER (id));

  if (config != NULL)
    drop_config (self, config);
}

static void
make_room (WeirConfigs *self)
{
  GList *link = self->used.tail;

  while (self->n_pipelines >= WEIR_CONFIGS_MAX_PIPELINES && link != NULL) {
    drop_pipeline (self, link->data);
    link = link->prev;
  }
}

static Config *
find (WeirConfigs *self, guint32 id, GError **error)
{
  Config *config = g_hash_table_lookup (self->by_id, GUINT_TO_POINTER (id));
  const guint8 *data;
  gsize size;

  if (config == NULL) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_NOT_FOUND,
        "configuration %u is not known", id);
    return NULL;
  }
  g_queue_unlink (&self->used, &config->link);
  g_queue_push_head_link (&self->used, &config->link);
  data = g_bytes_get_data (config->data, &size);
  if (!config->is_checked
      && !weir_check_config ((WeirCodec) config->codec, data, size,
          &self->options.limits, &config->video, error))
    return NULL;
  config->is_checked = TRUE;
  return config;
}

gboolean
weir_configs_view (
    WeirConfigs *self, guint32 id, WeirConfigView *ret, GError **error)
{
  const Config *config = find (self, id, error);

  if (config == NULL)
    return FALSE;
  *ret = (WeirConfigView){ (WeirCodec) config->codec, config->data,
    &config->video };
  return TRUE;
}

static gboolean
make_pipeline (WeirConfigs *self, Config *config, GError **error)
{
  if (config->pipeline != NULL)
    return TRUE;
  make_room (self);
  config->pipeline = weir_pipeline_new (
      &(WeirPipelineOptions){ .codec = (WeirCodec) config->codec,
          .record = config->data,
          .index = self->options.index,
          .radius = self->options.radius,
          .threads = self->options.threads },
      error);
  if (config->pipeline == NULL)
    return FALSE;
  self->n_pipelines++;
  return TRUE;
}

GstBuffer *
weir_configs_look (WeirConfigs *self, guint32 id, const guint8 *unit,
    gsize size, WeirProbeSet probes, GstVideoInfo *ret_info, GError **error)
{
  Config *config = find (self, id, error);
  WeirCheckResult check;
  GstBuffer *picture;

  if (config == NULL || !make_pipeline (self, config, error))
    return NULL;
  check = weir_check_unit ((WeirCodec) config->codec, config->data,
      &config->video, unit, size, TRUE, &self->options.limits, error);
  if (check == WEIR_CHECK_REFUSED)
    return NULL;
  weir_pipeline_set_probes (config->pipeline, probes);
  picture = weir_pipeline_look (config->pipeline, unit, size,
      check == WEIR_CHECK_NO_HEADER, ret_info, error);
  /* Other streams may have the same configuration. */
  if (picture == NULL || check == WEIR_CHECK_OWN_SETS)
    drop_pipeline (self, config);
  return picture;
}
