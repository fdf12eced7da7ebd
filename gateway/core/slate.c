/* Checks the units of a slate and keeps them. */
#include "core/slate.h"

#include "base/error.h"
#include "core/slate-units.h"

#include <string.h>

static gboolean
check_limits (GBytes *const *units, guint n_units, gint64 frame_us,
    gsize *ret_bytes, GError **error)
{
  gsize bytes = 0;

  if (n_units == 0 || n_units > WEIR_SLATE_MAX_UNITS) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "slate: %u pictures, 1 to %d are taken", n_units, WEIR_SLATE_MAX_UNITS);
    return FALSE;
  }
  if (frame_us < WEIR_SLATE_MIN_FRAME_US
      || frame_us > WEIR_SLATE_MAX_FRAME_US) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "slate: a picture lasts %" G_GINT64_FORMAT " us, %d to %d are taken",
        frame_us, WEIR_SLATE_MIN_FRAME_US, WEIR_SLATE_MAX_FRAME_US);
    return FALSE;
  }
  for (guint i = 0; i < n_units; i++)
    bytes += g_bytes_get_size (units[i]);
  if (bytes > WEIR_SLATE_MAX_BYTES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "slate: %" G_GSIZE_FORMAT " bytes, at most %d are taken", bytes,
        WEIR_SLATE_MAX_BYTES);
    return FALSE;
  }
  *ret_bytes = bytes;
  return TRUE;
}

static gboolean
check_units (const WeirCodecConfig *config, GBytes *const *units, guint n_units,
    GError **error)
{
  if (weir_codec_kind (config->codec) != WEIR_MEDIA_VIDEO) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "slate: there is none for %s", weir_codec_title (config->codec));
    return FALSE;
  }
  for (guint i = 0; i < n_units; i++) {
    gsize size;
    const guint8 *data = g_bytes_get_data (units[i], &size);
    WeirSlateUnitKind expected =
        i == 0 ? WEIR_SLATE_UNIT_KEY : WEIR_SLATE_UNIT_PREDICTED;

    if (weir_slate_unit_kind (config, data, size) != expected) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
          "slate: picture %u is not %s", i,
          i == 0 ? "an IDR picture of its configuration"
                 : "a predicted picture and nothing else");
      return FALSE;
    }
  }
  return TRUE;
}

WeirSlate *
weir_slate_new (WeirCodecConfig *config, GBytes *const *units, guint n_units,
    gint64 frame_us, GError **error)
{
  g_autoptr (WeirArena) arena = NULL;
  WeirSlate *slate;
  gsize bytes;

  if (!check_limits (units, n_units, frame_us, &bytes, error)
      || !check_units (config, units, n_units, error))
    return NULL;
  /* Not counted among what streams hold. */
  arena = weir_arena_new ();
  slate = g_new0 (WeirSlate, 1);
  slate->refs = 1;
  slate->config = weir_codec_config_ref (config);
  slate->frame_us = frame_us;
  slate->bytes = bytes;
  slate->n_units = n_units;
  slate->units = g_new0 (WeirSlice, n_units);
  for (guint i = 0; i < n_units; i++) {
    gsize size;
    const guint8 *data = g_bytes_get_data (units[i], &size);

    slate->units[i] = weir_arena_alloc (arena, size);
    memcpy (slate->units[i].data, data, size);
  }
  return slate;
}

WeirSlate *
weir_slate_ref (WeirSlate *slate)
{
  slate->refs++;
  return slate;
}

void
weir_slate_unref (WeirSlate *slate)
{
  if (slate == NULL || --slate->refs > 0)
    return;
  for (guint i = 0; i < slate->n_units; i++)
    weir_slice_clear (&slate->units[i]);
  weir_codec_config_unref (slate->config);
  g_free (slate->units);
  g_free (slate);
}

gint64
weir_slate_offset_ms (const WeirSlate *slate, guint64 n)
{
  return (gint64) (n * (guint64) slate->frame_us / 1000);
}

void
weir_slate_get_packet (const WeirSlate *slate, guint64 n, WeirPacket *ret)
{
  guint i = (guint) (n % slate->n_units);

  *ret = (WeirPacket){ .kind = WEIR_MEDIA_VIDEO,
    .codec = (guint8) slate->config->codec,
    .flags = i == 0 ? WEIR_PACKET_KEY : 0,
    .config = weir_codec_config_ref (slate->config),
    .payload = weir_slice_ref (&slate->units[i], 0, slate->units[i].size) };
}
