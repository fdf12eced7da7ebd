/* The one table of FourCC codes. */
#include "rtmp/four-cc.h"

#include <string.h>

const WeirFourCc weir_four_ccs[WEIR_FOUR_CCS] = {
  { "avc1", WEIR_CODEC_H264 },
  { "hvc1", WEIR_CODEC_HEVC },
  { "av01", WEIR_CODEC_AV1 },
  { "vp09", WEIR_CODEC_VP9 },
  { "mp4a", WEIR_CODEC_AAC },
  { "Opus", WEIR_CODEC_OPUS },
  { ".mp3", WEIR_CODEC_MP3 },
  { "ac-3", WEIR_CODEC_AC3 },
};

WeirCodec
weir_four_cc_to_codec (const guint8 four_cc[4])
{
  for (guint i = 0; i < WEIR_FOUR_CCS; i++) {
    if (memcmp (four_cc, weir_four_ccs[i].text, 4) == 0)
      return weir_four_ccs[i].codec;
  }
  return WEIR_CODEC_NONE;
}

const char *
weir_four_cc_of_codec (WeirCodec codec)
{
  for (guint i = 0; i < WEIR_FOUR_CCS; i++) {
    if (weir_four_ccs[i].codec == codec)
      return weir_four_ccs[i].text;
  }
  return NULL;
}

const char *
weir_four_cc_name (const guint8 four_cc[4])
{
  static const struct {
    char text[5];
    const char *name;
  } names[] = {
    { "vvc1", "VVC" },
    { "vp08", "VP8" },
    { "fLaC", "FLAC" },
    { "ec-3", "E-AC-3" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (memcmp (four_cc, names[i].text, 4) == 0)
      return names[i].name;
  }
  return "unknown";
}
