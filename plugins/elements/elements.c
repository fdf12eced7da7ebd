/* The names of Weir's elements. */
#include "elements/elements.h"

#include "elements/gstweirgate.h"
#include "elements/gstweirmatch.h"
#include "elements/gstweirpdq.h"
#include "elements/gstweirsample.h"
#include "elements/gstweirscore.h"

gboolean
gst_weir_elements_register (GstPlugin *plugin)
{
  return gst_element_register (
             plugin, "weirsample", GST_RANK_NONE, GST_TYPE_WEIR_SAMPLE)
         && gst_element_register (
             plugin, "weirpdq", GST_RANK_NONE, GST_TYPE_WEIR_PDQ)
         && gst_element_register (
             plugin, "weirmatch", GST_RANK_NONE, GST_TYPE_WEIR_MATCH)
         && gst_element_register (
             plugin, "weirscore", GST_RANK_NONE, GST_TYPE_WEIR_SCORE)
         && gst_element_register (
             plugin, "weirgate", GST_RANK_NONE, GST_TYPE_WEIR_GATE);
}
