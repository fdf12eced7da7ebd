/* weir-muxer: draws and encodes slates that the gateway asks for over a
 * socket.
 *
 * One DRAW in, one SLATE or FAILED out, in order, before the next is read. It
 * can open no sockets and write no files, and read only what libraries and
 * fonts are in. A crash or a hang costs the gateway one process. Exit status as
 * in programs/worker/side.h. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "programs/muxer/draw.h"
#include "programs/muxer/encode.h"
#include "programs/worker/landlock.h"
#include "programs/worker/sandbox.h"
#include "programs/worker/side.h"

#define TOPIC "muxer"
#define PROGRAM "weir-muxer"
#define MAX_OPEN_FILES 128

/* Libraries, plugins, fonts and what fontconfig knows of them. */
static const char *const readable[] = { "/usr", "/etc/ld.so.cache",
  WEIR_GST_PLUGINS_DIR "/..", "/etc/fonts", "/var/cache/fontconfig",
  "/sys/devices/system/cpu", NULL };

typedef struct {
  int fd;
  GByteArray *in;
  GByteArray *out;
} Muxer;

static gboolean
parse_options (int argc, char **argv, Muxer *ret, GError **error)
{
  int fd = 3;
  const GOptionEntry entries[] = {
    { "fd", 0, 0, G_OPTION_ARG_INT, &fd, "The gateway's socket (3)", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (argc > 1 || fd < 0) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "arguments: something is left over or out of range");
    return FALSE;
  }
  ret->fd = fd;
  return TRUE;
}

static gboolean
close_files (GError **error)
{
  const char *missing = weir_landlock_missing ();

  if (missing != NULL)
    weir_warn (
        TOPIC, NULL, "can read all files that this user can: %s", missing);
  return weir_landlock_read_only (readable, error);
}

static gboolean
check (const WeirSlateDraw *draw, GError **error)
{
  const char *missing = weir_encode_missing ((WeirCodec) draw->codec);

  if (missing != NULL) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_NOT_FOUND, "%s: %s",
        weir_codec_title ((WeirCodec) draw->codec), missing);
    return FALSE;
  }
  if (MIN (draw->width, draw->height) < WEIR_ENCODE_MIN_SIDE
      || MAX (draw->width, draw->height) > WEIR_ENCODE_MAX_SIDE) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "%u x %u pixels, sides of %d to %d are drawn", draw->width,
        draw->height, WEIR_ENCODE_MIN_SIDE, WEIR_ENCODE_MAX_SIDE);
    return FALSE;
  }
  if (draw->frame_us < WEIR_ENCODE_MIN_FRAME_US
      || draw->frame_us > WEIR_ENCODE_MAX_FRAME_US) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "a picture of %u us, %d to %d are taken", draw->frame_us,
        WEIR_ENCODE_MIN_FRAME_US, WEIR_ENCODE_MAX_FRAME_US);
    return FALSE;
  }
  return TRUE;
}

static gboolean
make (const WeirSlateDraw *draw, WeirEncoded *ret, GError **error)
{
  /* 4:2:0 has no odd sides. */
  const WeirDrawing drawing = { (draw->width + 1u) & ~1u,
    (draw->height + 1u) & ~1u, draw->text, draw->text_size, draw->picture,
    draw->picture_size };
  const WeirEncoding encoding = { (WeirCodec) draw->codec, draw->profile,
    draw->frame_us, draw->n_units };
  cairo_surface_t *picture;
  gboolean encoded;

  if (!check (draw, error))
    return FALSE;
  picture = weir_draw (&drawing, error);
  if (picture == NULL)
    return FALSE;
  encoded = weir_encode (picture, &encoding, ret, error);
  cairo_surface_destroy (picture);
  return encoded;
}

static gboolean
send_slate (
    Muxer *self, guint64 job, const WeirEncoded *encoded, GError **error)
{
  g_autoptr (GByteArray) units = g_byte_array_new ();
  WeirWireMessage m = { .type = WEIR_WIRE_SLATE };

  for (guint i = 0; i < encoded->units->len; i++) {
    gsize size;
    const guint8 *data = g_bytes_get_data (encoded->units->pdata[i], &size);

    weir_append_uint (units, size, 4);
    g_byte_array_append (units, data, (guint) size);
  }
  if (units->len > WEIR_SLATE_MAX_CODED_BYTES)
    return weir_worker_side_fail (
        self->fd, self->out, job, "the coded picture is too large", error);
  m.slate.job = job;
  m.slate.config = g_bytes_get_data (encoded->config, &m.slate.config_size);
  m.slate.n_units = (guint16) encoded->units->len;
  m.slate.units = units->data;
  m.slate.units_size = units->len;
  return weir_frame_write (self->fd, self->out, &m, error);
}

/* FALSE only when the answer can't be sent. */
static gboolean
handle (Muxer *self, const WeirWireMessage *m, GError **error)
{
  g_auto (WeirEncoded) encoded = { 0 };
  g_autoptr (GError) why = NULL;

  if (m->type != WEIR_WIRE_DRAW) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
        "message type %d is not for a muxer", m->type);
    return FALSE;
  }
  if (!make (&m->draw, &encoded, &why))
    return weir_worker_side_fail (
        self->fd, self->out, m->draw.job, why->message, error);
  return send_slate (self, m->draw.job, &encoded, error);
}

/* Libraries and fonts, so that the first slate does not wait for them. What
 * fails here fails again where somebody is told. */
static void
warm_up (void)
{
  g_auto (WeirEncoded) encoded = { 0 };
  g_autoptr (GError) error = NULL;
  const WeirSlateDraw draw = { .codec = WEIR_CODEC_H264,
    .profile = 66,
    .width = 64,
    .height = 64,
    .frame_us = 40000,
    .n_units = 2,
    .text = "A",
    .text_size = 1 };

  if (!make (&draw, &encoded, &error))
    weir_warn (TOPIC, NULL, "warming up: %s", error->message);
}

/* From the greeting to the end of the connection. */
static WeirFrameResult
serve (Muxer *self, GError **error)
{
  const WeirWireMessage ready = { .type = WEIR_WIRE_READY };
  WeirFrameResult result =
      weir_worker_side_greet (self->fd, self->in, self->out, PROGRAM, error);
  WeirWireMessage m;

  if (result != WEIR_FRAME_OK)
    return result;
  if (!weir_encode_init (error))
    return WEIR_FRAME_FAILED;
  warm_up ();
  if (!weir_sandbox_close_but_reading (error)
      || !weir_frame_write (self->fd, self->out, &ready, error))
    return WEIR_FRAME_FAILED;
  while ((result = weir_frame_read (self->fd, self->in, &m, error))
         == WEIR_FRAME_OK)
    if (!handle (self, &m, error))
      return WEIR_FRAME_FAILED;
  return result;
}

int
main (int argc, char **argv)
{
  Muxer self = { 0 };
  g_autoptr (GError) error = NULL;
  WeirFrameResult result;

  weir_worker_side_confine (MAX_OPEN_FILES);
  if (!parse_options (argc, argv, &self, &error) || !close_files (&error)) {
    weir_error (TOPIC, NULL, "%s", error->message);
    return 2;
  }
  self.in = g_byte_array_new ();
  self.out = g_byte_array_new ();
  result = serve (&self, &error);
  g_byte_array_unref (self.in);
  g_byte_array_unref (self.out);
  return weir_worker_side_exit_status (result, error, TOPIC);
}
