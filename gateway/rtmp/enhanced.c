/* Capabilities to AMF0 and back. */
#include "rtmp/enhanced.h"

#define CAN_DECODE 1
#define CAN_FORWARD 4

static void
append_map (GByteArray *out, const char *name, WeirMediaKind kind)
{
  weir_amf0_append_name (out, name);
  weir_amf0_begin_object (out);
  for (guint i = 0; i < WEIR_FOUR_CCS; i++) {
    if (weir_codec_kind (weir_four_ccs[i].codec) != kind)
      continue;
    weir_amf0_append_name (out, weir_four_ccs[i].text);
    weir_amf0_append_number (out, CAN_FORWARD);
  }
  weir_amf0_end_object (out);
}

void
weir_rtmp_append_capabilities (GByteArray *out, guint caps)
{
  weir_amf0_append_name (out, "fourCcList");
  weir_amf0_begin_array (out, WEIR_FOUR_CCS);
  for (guint i = 0; i < WEIR_FOUR_CCS; i++)
    weir_amf0_append_string (out, weir_four_ccs[i].text);
  append_map (out, "videoFourCcInfoMap", WEIR_MEDIA_VIDEO);
  append_map (out, "audioFourCcInfoMap", WEIR_MEDIA_AUDIO);
  weir_amf0_append_name (out, "capsEx");
  weir_amf0_append_number (out, caps);
}

static gboolean
is_kind (WeirCodec codec, WeirMediaKind kind)
{
  return kind == WEIR_MEDIA_DATA || weir_codec_kind (codec) == kind;
}

/* The codecs of KIND that TEXT names; KIND data stands for both. */
static WeirCodecSet
codecs_named (const char *text, WeirMediaKind kind)
{
  WeirCodecSet codecs = 0;

  if (text == NULL)
    return 0;
  for (guint i = 0; i < WEIR_FOUR_CCS; i++) {
    if (is_kind (weir_four_ccs[i].codec, kind)
        && (g_str_equal (text, "*")
            || g_ascii_strcasecmp (text, weir_four_ccs[i].text) == 0))
      codecs |= WEIR_CODEC_SET (weir_four_ccs[i].codec);
  }
  return codecs;
}

static WeirCodecSet
read_map (const WeirAmf0 *map, WeirMediaKind kind)
{
  WeirCodecSet codecs = 0;

  if (map == NULL || map->type != WEIR_AMF0_OBJECT)
    return 0;
  for (const WeirAmf0 *m = map->children; m != NULL; m = m->next) {
    double flags = weir_amf0_get_number (m, 0);

    if (flags >= 1 && flags <= G_MAXUINT8
        && ((guint) flags & (CAN_DECODE | CAN_FORWARD)) != 0)
      codecs |= codecs_named (m->name, kind);
  }
  return codecs;
}

WeirCodecSet
weir_rtmp_read_capabilities (const WeirAmf0 *object)
{
  const WeirAmf0 *list = weir_amf0_find (object, "fourCcList");
  WeirCodecSet codecs = 0;

  if (list != NULL)
    for (const WeirAmf0 *v = list->children; v != NULL; v = v->next)
      codecs |= codecs_named (weir_amf0_get_string (v), WEIR_MEDIA_DATA);
  codecs |= read_map (
      weir_amf0_find (object, "videoFourCcInfoMap"), WEIR_MEDIA_VIDEO);
  codecs |= read_map (
      weir_amf0_find (object, "audioFourCcInfoMap"), WEIR_MEDIA_AUDIO);
  return codecs;
}
