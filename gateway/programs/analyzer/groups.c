/* Decoders by stream. */
#include "programs/analyzer/groups.h"

#include "base/error.h"

typedef struct {
  guint64 stream;
  guint32 config;
  WeirPipeline *pipeline;
  gboolean still; /* of the next picture */
  GList link;     /* in order of use, the last used first */
} Group;

struct _WeirGroups {
  WeirConfigs *configs;
  WeirConfigsOptions options;
  GHashTable *by_stream; /* Group */
  GQueue used;
  Group *fed; /* the last, while it has a pipeline */
};

WeirGroups *
weir_groups_new (WeirConfigs *configs, const WeirConfigsOptions *options)
{
  WeirGroups *self = g_new0 (WeirGroups, 1);

  self->configs = configs;
  self->options = *options;
  self->options.index =
      options->index != NULL ? weir_index_ref (options->index) : NULL;
  self->by_stream = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_queue_init (&self->used);
  return self;
}

static void
drop (WeirGroups *self, Group *group)
{
  if (self->fed == group)
    self->fed = NULL;
  g_queue_unlink (&self->used, &group->link);
  g_hash_table_remove (self->by_stream, &group->stream);
  weir_pipeline_free (group->pipeline);
  g_free (group);
}

void
weir_groups_free (WeirGroups *self)
{
  if (self == NULL)
    return;
  while (self->used.head != NULL)
    drop (self, self->used.head->data);
  g_hash_table_unref (self->by_stream);
  weir_index_unref (self->options.index);
  g_free (self);
}

void
weir_groups_set_index (WeirGroups *self, WeirIndex *index, guint radius)
{
  weir_index_unref (self->options.index);
  self->options.index = weir_index_ref (index);
  self->options.radius = radius;
  for (GList *l = self->used.head; l != NULL; l = l->next)
    weir_pipeline_set_index (((Group *) l->data)->pipeline, index, radius);
}

void
weir_groups_leave (WeirGroups *self, guint64 stream)
{
  Group *group = g_hash_table_lookup (self->by_stream, &stream);

  if (group != NULL)
    drop (self, group);
}

static Group *
begin (WeirGroups *self, const WeirWireMessage *m, const WeirConfigView *view,
    GError **error)
{
  const WeirPipelineOptions options = { .codec = view->codec,
    .record = view->record,
    .index = self->options.index,
    .radius = self->options.radius,
    .threads = self->options.threads,
    .is_whole = TRUE };
  WeirPipeline *pipeline;
  Group *group;

  if (g_hash_table_size (self->by_stream) >= WEIR_GROUPS_MAX)
    drop (self, self->used.tail->data);
  pipeline = weir_pipeline_new (&options, error);
  if (pipeline == NULL)
    return NULL;
  group = g_new0 (Group, 1);
  group->stream = m->group.stream;
  group->config = m->group.config;
  group->pipeline = pipeline;
  group->link.data = group;
  g_queue_push_head_link (&self->used, &group->link);
  g_hash_table_insert (self->by_stream, &group->stream, group);
  return group;
}

gboolean
weir_groups_feed (WeirGroups *self, const WeirWireMessage *m,
    WeirProbeSet probes, GError **error)
{
  Group *group = g_hash_table_lookup (self->by_stream, &m->group.stream);
  gboolean is_key = m->group.flags & WEIR_WIRE_GROUP_KEY;
  WeirCheckResult check;
  WeirConfigView view;

  self->fed = NULL;
  if (!weir_configs_view (self->configs, m->group.config, &view, error))
    return FALSE;
  if (group != NULL
      && (group->config != m->group.config
          || m->group.flags & WEIR_WIRE_GROUP_BEGIN)) {
    drop (self, group);
    group = NULL;
  }
  if (group == NULL && !is_key) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_NOT_FOUND,
        "the beginning of its group is missing");
    return FALSE;
  }
  check = weir_check_unit (view.codec, view.record, view.video, m->group.data,
      m->group.size, is_key, &self->options.limits, error);
  if (check != WEIR_CHECK_REFUSED && group == NULL)
    group = begin (self, m, &view, error);
  if (group != NULL)
    weir_pipeline_set_probes (group->pipeline, probes);
  if (check == WEIR_CHECK_REFUSED || group == NULL
      || !weir_pipeline_feed (group->pipeline, m->group.data, m->group.size,
          check == WEIR_CHECK_NO_HEADER, m->group.pts_ms, m->group.gap_ms,
          error)) {
    if (group != NULL)
      drop (self, group);
    return FALSE;
  }
  g_queue_unlink (&self->used, &group->link);
  g_queue_push_head_link (&self->used, &group->link);
  self->fed = group;
  group->still = group->still || m->group.flags & WEIR_WIRE_GROUP_STILL;
  return TRUE;
}

gboolean
weir_groups_take_still (WeirGroups *self)
{
  gboolean still = self->fed != NULL && self->fed->still;

  if (still)
    self->fed->still = FALSE;
  return still;
}

GstBuffer *
weir_groups_take (WeirGroups *self, GstVideoInfo *ret_info, gint64 *ret_pts_ms)
{
  return self->fed != NULL
             ? weir_pipeline_take (self->fed->pipeline, ret_info, ret_pts_ms)
             : NULL;
}
