/* What a stream shows while its content is withheld. */
#include "base/log.h"
#include "control/stream.h"

/* Between two times that it asks for a slate it may get yet. */
#define PAUSE_MIN_US (1 * G_USEC_PER_SEC)
#define PAUSE_MAX_US (10 * G_USEC_PER_SEC)

void
weir_stream_want_slate (WeirStream *stream)
{
  WeirSlates *slates = weir_streams_get_slates (stream->streams);
  const WeirCodecConfig *config = stream->tracks[WEIR_MEDIA_VIDEO].config;
  const WeirSlateWanted wanted = {
    .codec = config->codec,
    .profile = config->video.profile,
    .width = config->video.width,
    .height = config->video.height,
    .frame_rate = config->video.frame_rate,
  };

  stream->slate_at_us = 0;
  if (slates != NULL)
    slates->klass->want (slates, stream->number, stream->app, &wanted);
}

void
weir_stream_set_slate (WeirStream *stream, WeirSlate *slate)
{
  weir_slate_unref (stream->slate);
  stream->slate = weir_slate_ref (slate);
  weir_gate_set_slate (stream->gate, slate);
  g_clear_pointer (&stream->no_slate, g_free);
  stream->slate_at_us = stream->slate_pause_us = 0;
  stream->dirty = TRUE;
}

void
weir_stream_look_for_slate (WeirStream *stream, gint64 now_us)
{
  if (stream->slate_at_us != 0 && now_us >= stream->slate_at_us)
    weir_stream_want_slate (stream);
}

void
weir_stream_refuse_slate (
    WeirStream *stream, const char *reason, gboolean may_retry)
{
  stream->slate_at_us = 0;
  if (may_retry) {
    stream->slate_pause_us =
        CLAMP (stream->slate_pause_us * 2, PAUSE_MIN_US, PAUSE_MAX_US);
    stream->slate_at_us = weir_now_us () + stream->slate_pause_us;
  }
  /* Once, not at each of many times that it asks. */
  if (g_strcmp0 (stream->no_slate, reason) == 0)
    return;
  weir_warn ("stream", stream->path, "there is no slate for it: %s", reason);
  g_clear_pointer (&stream->slate, weir_slate_unref);
  weir_gate_set_slate (stream->gate, NULL);
  g_free (stream->no_slate);
  stream->no_slate = g_strdup (reason);
  stream->dirty = TRUE;
}

char *
weir_stream_dup_slate_notice (const WeirStream *stream, char *input_notice)
{
  g_autofree char *before = input_notice;

  if (stream->no_slate == NULL)
    return g_steal_pointer (&before);
  return g_strconcat (before != NULL ? before : "", before != NULL ? "; " : "",
      "no slate: ", stream->no_slate, NULL);
}
