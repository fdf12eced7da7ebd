/* Counts what a publisher sends, and says when it is too much. */
#include "core/input-limits.h"

#define BURST_SECONDS (WEIR_INPUT_BURST_MS / 1000.0)

void
weir_input_guard_init (WeirInputGuard *guard, const WeirInputLimits *limits)
{
  *guard = (WeirInputGuard){ .limits = *limits };
}

/* Puts AMOUNT into a bucket of CAPACITY that empties by PER_SECOND. FALSE when
 * it runs over. */
static gboolean
fill (double *level, gint64 *at_us, double amount, double capacity,
    double per_second, gint64 now_us)
{
  double passed_s = (double) MAX (now_us - *at_us, 0) / G_USEC_PER_SEC;

  *level = MAX (*level - passed_s * per_second, 0) + amount;
  *at_us = MAX (now_us, *at_us);
  return *level <= capacity;
}

char *
weir_input_guard_count_bytes (WeirInputGuard *guard, gsize bytes, gint64 now_us)
{
  guint max_kbps = guard->limits.max_bitrate_kbps;
  double per_second = max_kbps * 1000.0 / 8;

  if (fill (&guard->bytes.level, &guard->bytes.at_us, (double) bytes,
          per_second * BURST_SECONDS, per_second, now_us)
      || max_kbps == 0)
    return NULL;
  return g_strdup_printf ("More than %u kbit/s arrive ([limits] "
                          "max_bitrate_kbps). Lower the bitrate, and send at "
                          "the speed of playing (ffmpeg: -re).",
      max_kbps);
}

static char *
check_frame_rate (WeirInputGuard *guard, const WeirPacket *packet)
{
  const WeirInputLimits *limits = &guard->limits;
  double pictures = limits->max_frame_rate;

  if (packet->kind == WEIR_MEDIA_VIDEO
      && !fill (&guard->pictures.level, &guard->pictures.at_us, 1,
          pictures * BURST_SECONDS, pictures, packet->arrival_us)
      && limits->max_frame_rate > 0)
    return g_strdup_printf (
        "More than %u pictures a second arrive ([limits] "
        "max_frame_rate). Lower the frame rate, and send at "
        "the speed of playing (ffmpeg: -re).",
        limits->max_frame_rate);
  return NULL;
}

static char *
check_sound_rate (WeirInputGuard *guard, const WeirPacket *packet)
{
  const double sounds = WEIR_INPUT_MAX_SOUND_RATE;

  if (packet->kind != WEIR_MEDIA_AUDIO
      || fill (&guard->sounds.level, &guard->sounds.at_us, 1,
          sounds * BURST_SECONDS, sounds, packet->arrival_us))
    return NULL;
  return g_strdup_printf ("More than %d frames of sound a second arrive. Send "
                          "at the speed of playing (ffmpeg: -re).",
      WEIR_INPUT_MAX_SOUND_RATE);
}

static char *
check_video (const WeirInputLimits *limits, const WeirVideoConfig *video)
{
  guint long_side = MAX (video->width, video->height);
  guint short_side = MIN (video->width, video->height);

  if ((limits->max_long_side > 0 && long_side > limits->max_long_side)
      || (limits->max_short_side > 0 && short_side > limits->max_short_side))
    return g_strdup_printf ("Pictures of %u x %u pixels are too large: at most "
                            "%u by %u here ([limits] max_long_side, "
                            "max_short_side; 0 is any).",
        video->width, video->height, limits->max_long_side,
        limits->max_short_side);
  if (limits->max_frame_rate > 0 && video->frame_rate > limits->max_frame_rate)
    return g_strdup_printf ("%.5g pictures a second are announced, at most %u "
                            "are allowed here ([limits] max_frame_rate).",
        video->frame_rate, limits->max_frame_rate);
  return NULL;
}

static char *
check_change (WeirInputGuard *guard, gint64 now_us)
{
  guint max = guard->limits.max_config_changes;

  if (fill (&guard->changes.level, &guard->changes.at_us, 1, max, max / 60.0,
          now_us)
      || max == 0)
    return NULL;
  return g_strdup_printf ("The codec configuration changes too often: more "
                          "than %u times a minute ([limits] "
                          "max_config_changes).",
      max);
}

char *
weir_input_guard_check (WeirInputGuard *guard, const WeirPacket *packet,
    gboolean new_config, gboolean first)
{
  char *words = check_frame_rate (guard, packet);
  g_autoptr (GError) error = NULL;
  WeirVideoConfig video;

  if (words == NULL)
    words = check_sound_rate (guard, packet);
  if (words == NULL && new_config && !first)
    words = check_change (guard, packet->arrival_us);
  if (words == NULL && new_config)
    words = check_video (&guard->limits, &packet->config->video);
  if (words != NULL || packet->kind != WEIR_MEDIA_VIDEO)
    return words;
  /* Behind the configuration's back. */
  if (!weir_packet_scan_video (packet, &video, &error))
    return g_strdup (error->message);
  return check_video (&guard->limits, &video);
}
