/* From the window to the analysis: key frames, or whole groups. */
#include "control/stream.h"

static gboolean
is_picture (const WeirPacket *packet)
{
  return packet->kind == WEIR_MEDIA_VIDEO && packet->track == 0
         && (packet->flags & WEIR_PACKET_MISSING) == 0;
}

/* The newest key frame of the window. */
static gboolean
find_key (const WeirStream *stream, guint64 *ret_seq)
{
  guint64 first = weir_window_first (stream->window);

  for (guint64 seq = weir_window_end (stream->window); seq > first; seq--) {
    const WeirPacket *packet = weir_window_get (stream->window, seq - 1);

    if (is_picture (packet) && packet->flags & WEIR_PACKET_KEY) {
      *ret_seq = seq - 1;
      return TRUE;
    }
  }
  return FALSE;
}

/* Gives the current group as it came so far. FALSE when its key frame has left
 * the window. */
static gboolean
replay (WeirStream *stream, WeirAnalysis *analysis, gint64 gap_ms)
{
  gboolean begin = TRUE;
  guint64 seq;

  if (!find_key (stream, &seq))
    return FALSE;
  for (; seq < weir_window_end (stream->window); seq++) {
    const WeirPacket *packet = weir_window_get (stream->window, seq);

    if (!is_picture (packet))
      continue;
    analysis->klass->whole_unit (
        analysis, stream->number, packet, gap_ms, begin);
    begin = FALSE;
  }
  return TRUE;
}

void
weir_stream_look (WeirStream *stream, const WeirPacket *packet)
{
  WeirAnalysis *analysis = weir_streams_get_analysis (stream->streams);
  gboolean wanted = weir_sampler_wants (&stream->sampler, packet);
  gint64 gap_ms;

  if (analysis == NULL || !is_picture (packet))
    return;
  if (!weir_sampler_is_whole (&stream->sampler, &gap_ms)) {
    weir_stream_look_away (stream);
    if (wanted && packet->flags & WEIR_PACKET_KEY)
      analysis->klass->unit (analysis, stream->number, packet);
    return;
  }
  if (!stream->whole)
    stream->whole = replay (stream, analysis, gap_ms);
  else
    analysis->klass->whole_unit (
        analysis, stream->number, packet, gap_ms, FALSE);
}

void
weir_stream_look_again (WeirStream *stream)
{
  WeirAnalysis *analysis = weir_streams_get_analysis (stream->streams);
  gint64 gap_ms;

  if (analysis == NULL || !stream->whole)
    return;
  stream->whole = weir_sampler_is_whole (&stream->sampler, &gap_ms)
                  && replay (stream, analysis, gap_ms);
}

void
weir_stream_look_away (WeirStream *stream)
{
  WeirAnalysis *analysis = weir_streams_get_analysis (stream->streams);

  if (stream->whole && analysis != NULL)
    analysis->klass->leave (analysis, stream->number);
  stream->whole = FALSE;
}
