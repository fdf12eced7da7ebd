/* Writes silent frames of AAC and Opus. */
#include "core/silence.h"

#include "core/bits.h"

#include <string.h>

/* Of one raw data block: a program config element can name 15 elements in
 * front, at the side and behind each, and 3 for low frequencies. */
#define ELEMENTS_MAX (15 * 3 + 3)
#define OPUS_SAMPLES 960
#define OPUS_MAX_SAMPLES 5760

typedef enum {
  ELEMENT_SCE = 0, /* one channel */
  ELEMENT_CPE = 1, /* two */
  ELEMENT_LFE = 3,
  ELEMENT_END = 7,
} ElementId;

typedef struct {
  guint8 id;
  guint8 tag;
} Element;

typedef struct {
  guint rate; /* of the core decoder */
  guint frame_samples;
  Element elements[ELEMENTS_MAX];
  guint n_elements;
} Layout;

typedef struct {
  guint8 *data;
  gsize bits;
} BitWriter;

/* N ≤ 32. DATA was zeroed and has room: WEIR_SILENCE_MAX_BYTES are more than
 * ELEMENTS_MAX of the longest element. */
static void
put_bits (BitWriter *w, guint32 value, guint n)
{
  g_assert (w->bits + n <= WEIR_SILENCE_MAX_BYTES * 8);
  while (n-- > 0) {
    w->data[w->bits / 8] |= (guint8) ((value >> n & 1) << (7 - w->bits % 8));
    w->bits++;
  }
}

static guint
read_object_type (WeirBits *b)
{
  guint type = weir_bits_uint (b, 5);

  return type == 31 ? 32 + weir_bits_uint (b, 6) : type;
}

static guint
read_rate (WeirBits *b)
{
  static const guint rates[] = { 96000, 88200, 64000, 48000, 44100, 32000,
    24000, 22050, 16000, 12000, 11025, 8000, 7350 };
  guint index = weir_bits_uint (b, 4);

  if (index == 15)
    return weir_bits_uint (b, 24);
  return index < G_N_ELEMENTS (rates) ? rates[index] : 0;
}

static void
add_elements (Layout *layout, WeirBits *b, guint n, gboolean lfe)
{
  for (guint i = 0; i < n; i++) {
    Element *e = &layout->elements[layout->n_elements++];

    e->id = lfe ? ELEMENT_LFE : weir_bits_flag (b) ? ELEMENT_CPE : ELEMENT_SCE;
    e->tag = (guint8) weir_bits_uint (b, 4);
  }
}

/* program_config_element, 4.4.1.1. */
static void
read_program_config (WeirBits *b, Layout *layout)
{
  guint front, side, back, lfe;

  weir_bits_skip (b, 4 + 2 + 4); /* tag, object type, rate */
  front = weir_bits_uint (b, 4);
  side = weir_bits_uint (b, 4);
  back = weir_bits_uint (b, 4);
  lfe = weir_bits_uint (b, 2);
  weir_bits_skip (b, 3 + 4); /* data streams, coupling channels */
  if (weir_bits_flag (b))    /* mono mix-down */
    weir_bits_skip (b, 4);
  if (weir_bits_flag (b)) /* stereo mix-down */
    weir_bits_skip (b, 4);
  if (weir_bits_flag (b)) /* matrix mix-down */
    weir_bits_skip (b, 3);
  add_elements (layout, b, front, FALSE);
  add_elements (layout, b, side, FALSE);
  add_elements (layout, b, back, FALSE);
  add_elements (layout, b, lfe, TRUE);
}

/* channelConfiguration, table 1.19 and 4.x: what elements a block has. */
static void
name_elements (Layout *layout, guint channels)
{
  static const char *const by_number[16] = { NULL, "s", "c", "sc", "scs", "scc",
    "sccl", "scccl", NULL, NULL, NULL, "sccsl", "scccl", NULL, "scclc" };
  guint tags[4] = { 0 };

  for (const char *p = by_number[channels]; p != NULL && *p != '\0'; p++) {
    guint8 id = *p == 's' ? ELEMENT_SCE : *p == 'c' ? ELEMENT_CPE : ELEMENT_LFE;

    layout->elements[layout->n_elements++] =
        (Element){ id, (guint8) tags[id]++ };
  }
}

/* AudioSpecificConfig, 1.6.2.1, with GASpecificConfig, 4.4.1. */
static gboolean
read_layout (const WeirCodecConfig *config, Layout *ret)
{
  guint type, channels;
  WeirBits b;

  *ret = (Layout){ 0 };
  weir_bits_init (&b, config->data, config->size);
  type = read_object_type (&b);
  ret->rate = read_rate (&b);
  channels = weir_bits_uint (&b, 4);
  if (type == 5 || type == 29) { /* SBR, PS: the rate of what they extend */
    read_rate (&b);
    type = read_object_type (&b);
  }
  if (type != 1 && type != 2 && type != 4) /* Main, LC, LTP */
    return FALSE;
  ret->frame_samples = weir_bits_flag (&b) ? 960 : 1024;
  if (weir_bits_flag (&b))
    weir_bits_skip (&b, 14); /* coreCoderDelay */
  weir_bits_flag (&b);       /* extensionFlag */
  if (channels == 0)
    read_program_config (&b, ret);
  else
    name_elements (ret, channels);
  return !b.failed && ret->rate > 0 && ret->n_elements > 0;
}

/* One long window of which no band is coded. */
static void
put_ics_info (BitWriter *w)
{
  put_bits (w, 0, 1 + 2 + 1 + 6 + 1);
}

/* Gain, which scales nothing, and no pulses, TNS or gain control. */
static void
put_gain (BitWriter *w)
{
  put_bits (w, 0, 8);
}

static void
put_no_tools (BitWriter *w)
{
  put_bits (w, 0, 3);
}

static void
put_element (BitWriter *w, const Element *e)
{
  put_bits (w, e->id, 3);
  put_bits (w, e->tag, 4);
  if (e->id == ELEMENT_CPE) {
    put_bits (w, 1, 1); /* common_window */
    put_ics_info (w);
    put_bits (w, 0, 2); /* ms_mask_present */
    for (guint i = 0; i < 2; i++) {
      put_gain (w);
      put_no_tools (w);
    }
    return;
  }
  put_gain (w);
  put_ics_info (w);
  put_no_tools (w);
}

static gboolean
make_aac (const WeirCodecConfig *config, WeirSilence *ret)
{
  WeirSilence s = { 0 };
  BitWriter w = { s.data, 0 };
  Layout layout;

  if (!read_layout (config, &layout))
    return FALSE;
  for (guint i = 0; i < layout.n_elements; i++)
    put_element (&w, &layout.elements[i]);
  put_bits (&w, ELEMENT_END, 3);
  s.size = (w.bits + 7) / 8;
  s.samples = layout.frame_samples;
  s.sample_rate = layout.rate;
  *ret = s;
  return TRUE;
}

/* How many Opus streams a packet has, and how many of them are stereo. */
static gboolean
read_opus_streams (
    const WeirCodecConfig *config, guint *ret_streams, guint *ret_coupled)
{
  const guint8 *h = config->data;
  guint channels;

  *ret_streams = *ret_coupled = 1;
  if (config->size == 0)
    return TRUE;
  if (config->size < 19 || memcmp (h, "OpusHead", 8) != 0)
    return FALSE;
  channels = h[9];
  if (h[18] == 0) {
    *ret_coupled = channels == 2 ? 1 : 0;
    return channels == 1 || channels == 2;
  }
  if (config->size < 21 + (gsize) channels)
    return FALSE;
  *ret_streams = h[19];
  *ret_coupled = h[20];
  return *ret_streams >= 1 && *ret_coupled <= *ret_streams
         && *ret_streams + *ret_coupled <= 255;
}

/* What a packet lasts, in samples of 48 kHz (RFC 6716, 3.1 and 3.2); one that
 * can't be read counts as 20 ms. */
static guint
read_opus_samples (const guint8 *packet, gsize size)
{
  static const guint16 silk[] = { 480, 960, 1920, 2880 };
  guint config, frame, frames;

  if (size == 0)
    return OPUS_SAMPLES;
  config = packet[0] >> 3;
  if (config < 12)
    frame = silk[config % 4];
  else if (config < 16)
    frame = silk[config % 2];
  else
    frame = 120u << config % 4;
  switch (packet[0] & 3) {
  case 0:
    frames = 1;
    break;
  case 3:
    frames = size > 1 ? packet[1] & 63 : 0;
    break;
  default:
    frames = 2;
  }
  if (frames == 0 || frames * frame > OPUS_MAX_SAMPLES)
    return OPUS_SAMPLES;
  return frames * frame;
}

/* One stream of a packet: CELT, full band; the silence flag is all that the
 * range coder of a frame holds. FRAMES of 120 << SIZE_CODE samples.
 * All streams but the last say how long their frames are (appendix B). */
static void
put_opus_stream (WeirSilence *s, gboolean stereo, gboolean delimited,
    guint size_code, guint frames)
{
  guint toc = (28 + size_code) << 3 | (stereo ? 4 : 0);

  s->data[s->size++] = (guint8) (frames == 1 ? toc : toc | 3);
  if (frames > 1)
    s->data[s->size++] = (guint8) frames;
  if (delimited)
    s->data[s->size++] = 2;
  while (frames-- > 0) {
    s->data[s->size++] = 0xff;
    s->data[s->size++] = 0xfe;
  }
}

static gboolean
make_opus (const WeirCodecConfig *config, guint samples, WeirSilence *ret)
{
  WeirSilence s = { .samples = samples, .sample_rate = 48000 };
  guint streams, coupled, size_code = 3;

  if (!read_opus_streams (config, &streams, &coupled)
      || streams > WEIR_SILENCE_MAX_OPUS_STREAMS)
    return FALSE;
  while (samples % (120u << size_code) != 0)
    size_code--;
  for (guint i = 0; i < streams; i++)
    put_opus_stream (&s, i < coupled, i + 1 < streams, size_code,
        samples / (120u << size_code));
  *ret = s;
  return TRUE;
}

gboolean
weir_silence_make (const WeirCodecConfig *config, const guint8 *like,
    gsize like_size, WeirSilence *ret)
{
  switch (config->codec) {
  case WEIR_CODEC_AAC:
    return make_aac (config, ret);
  case WEIR_CODEC_OPUS:
    return make_opus (config, read_opus_samples (like, like_size), ret);
  default:
    return FALSE;
  }
}

guint
weir_silence_samples (
    const WeirCodecConfig *config, const guint8 *like, gsize like_size)
{
  WeirSilence s;

  if (config->codec == WEIR_CODEC_OPUS)
    return read_opus_samples (like, like_size);
  return weir_silence_make (config, NULL, 0, &s) ? s.samples : 0;
}

gint64
weir_silence_offset_ms (const WeirSilence *silence, guint64 n)
{
  return (gint64) (n * silence->samples * 1000 / silence->sample_rate);
}
