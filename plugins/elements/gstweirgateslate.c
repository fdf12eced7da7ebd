/* weirgate's way in for a slate: a coded stream of a few pictures, up to its
 * end. */
#include "elements/gatecaps.h"
#include "elements/gstweirgate-impl.h"

GST_DEBUG_CATEGORY_EXTERN (gst_weir_gate_debug);
#define GST_CAT_DEFAULT gst_weir_gate_debug

static void
slate_clear (GstWeirGateSlateIn *in)
{
  g_clear_pointer (&in->config, weir_codec_config_unref);
  g_clear_pointer (&in->units, g_ptr_array_unref);
  *in = (GstWeirGateSlateIn){ 0 };
}

static void
refuse_slate (GstWeirGate *self, const char *why)
{
  self->slate_in.failed = TRUE;
  GST_ELEMENT_WARNING (
      self, STREAM, FORMAT, ("The slate can't be used."), ("%s", why));
}

static GstFlowReturn
slate_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstWeirGate *self = GST_WEIR_GATE (parent);
  GstWeirGateSlateIn *in = &self->slate_in;
  g_autoptr (GError) error = NULL;
  GBytes *unit = NULL;
  GstMapInfo map;

  if (in->config != NULL && !in->failed
      && gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    if (in->units == NULL)
      in->units =
          g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
    if (in->units->len < WEIR_SLATE_MAX_UNITS)
      unit = weir_slate_strip_unit (in->config->codec,
          in->config->video.nal_size_bytes, in->units->len == 0, map.data,
          map.size, &error);
    gst_buffer_unmap (buffer, &map);
    if (unit != NULL)
      g_ptr_array_add (in->units, unit);
    else
      refuse_slate (
          self, error != NULL ? error->message : "it has too many pictures");
    if (GST_BUFFER_DURATION_IS_VALID (buffer))
      in->duration = GST_BUFFER_DURATION (buffer);
  }
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
finish_slate (GstWeirGate *self)
{
  GstWeirGateSlateIn *in = &self->slate_in;
  gint64 frame_us =
      in->duration > 0 ? (gint64) (in->duration / GST_USECOND) : 40000;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSlate) slate = NULL;

  if (in->units != NULL && !in->failed) {
    slate = weir_slate_new (in->config, (GBytes *const *) in->units->pdata,
        in->units->len, frame_us, &error);
    if (slate == NULL)
      refuse_slate (self, error->message);
  }
  if (slate != NULL) {
    g_mutex_lock (&self->lock);
    weir_slate_unref (self->slate);
    self->slate = weir_slate_ref (slate);
    weir_gate_set_slate (self->gate, slate);
    g_mutex_unlock (&self->lock);
    gst_element_post_message (
        GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self),
                                gst_structure_new ("weir-slate", "pictures",
                                    G_TYPE_UINT, slate->n_units, NULL)));
  }
  slate_clear (in);
}

static gboolean
slate_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstWeirGate *self = GST_WEIR_GATE (parent);
  g_autoptr (GError) error = NULL;
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_CAPS:
    gst_event_parse_caps (event, &caps);
    slate_clear (&self->slate_in);
    self->slate_in.config = weir_gate_config_from_caps (caps, &error);
    if (self->slate_in.config == NULL)
      refuse_slate (self, error->message);
    break;
  case GST_EVENT_EOS:
    finish_slate (self);
    break;
  default:
    break;
  }
  gst_event_unref (event);
  return TRUE;
}

GstPad *
gst_weir_gate_add_slate_pad (GstWeirGate *self, GstPadTemplate *template)
{
  GstPad *pad;

  if (self->slate_sink != NULL)
    return NULL;
  pad = gst_pad_new_from_template (template, "slate_sink");
  gst_pad_set_chain_function (pad, slate_chain);
  gst_pad_set_event_function (pad, slate_event);
  self->slate_sink = pad;
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

void
gst_weir_gate_drop_slate_pad (GstWeirGate *self)
{
  slate_clear (&self->slate_in);
  gst_element_remove_pad (
      GST_ELEMENT (self), g_steal_pointer (&self->slate_sink));
}
