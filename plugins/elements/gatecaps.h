/* Between GStreamer's caps and the gate's codec configurations. */
#pragma once

#include <gst/gst.h>

#include "core/packet.h"

G_BEGIN_DECLS

#define WEIR_GATE_VIDEO_CAPS                                                   \
  "video/x-h264, stream-format=(string)avc, alignment=(string)au; "            \
  "video/x-h265, stream-format=(string){ hvc1, hev1 }, alignment=(string)au"
#define WEIR_GATE_AUDIO_CAPS                                                   \
  "audio/mpeg, mpegversion=(int)4, stream-format=(string)raw; audio/x-opus"

/* NULL with WEIR_ERROR when the caps are none of the above or their
 * configuration breaks its specification. */
WeirCodecConfig *
weir_gate_config_from_caps (const GstCaps *caps, GError **error);
/* What describes CONFIG, of one of the codecs above. */
GstCaps *weir_gate_caps_from_config (const WeirCodecConfig *config);

G_END_DECLS
