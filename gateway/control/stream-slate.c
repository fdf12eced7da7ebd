/* What a stream shows while its content is withheld. */
#include "base/log.h"
#include "control/stream.h"

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
  stream->dirty = TRUE;
}

void
weir_stream_refuse_slate (WeirStream *stream, const char *reason)
{
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
