/* A non-blocking socket of frames. */
#include "programs/srt/link.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

#define CHUNK_BYTES (256 * 1024)

struct _WeirLink {
  int fd;
  GByteArray *in;
  GByteArray *out;
  gsize written; /* of OUT */
};

WeirLink *
weir_link_new (int fd)
{
  WeirLink *self = g_new0 (WeirLink, 1);

  self->fd = fd;
  self->in = g_byte_array_new ();
  self->out = g_byte_array_new ();
  fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
  return self;
}

void
weir_link_free (WeirLink *link)
{
  if (link == NULL)
    return;
  g_byte_array_unref (link->in);
  g_byte_array_unref (link->out);
  g_free (link);
}

void
weir_link_send (WeirLink *link, const WeirWireMessage *message)
{
  weir_wire_write (message, link->out);
}

gboolean
weir_link_has_output (const WeirLink *link)
{
  return link->written < link->out->len;
}

gboolean
weir_link_is_full (const WeirLink *link)
{
  return link->out->len - link->written > WEIR_LINK_FULL_BYTES;
}

WeirLinkResult
weir_link_flush (WeirLink *link, GError **error)
{
  while (link->written < link->out->len) {
    ssize_t n = write (link->fd, link->out->data + link->written,
        link->out->len - link->written);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      break;
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
      return WEIR_LINK_END;
    if (n < 0) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "write: %s",
          g_strerror (errno));
      return WEIR_LINK_FAILED;
    }
    link->written += (gsize) n;
  }
  if (link->written == link->out->len) {
    g_byte_array_set_size (link->out, 0);
    link->written = 0;
  } else if (link->written > CHUNK_BYTES
             && link->written > link->out->len / 2) {
    g_byte_array_remove_range (link->out, 0, (guint) link->written);
    link->written = 0;
  }
  if (link->out->len - link->written > WEIR_LINK_MAX_BYTES) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT,
        "the gateway does not read: %" G_GSIZE_FORMAT " bytes wait",
        link->out->len - link->written);
    return WEIR_LINK_FAILED;
  }
  return WEIR_LINK_OK;
}

/* Hands over every whole frame. */
static gboolean
parse (WeirLink *link,
    gboolean (*on_message) (
        const WeirWireMessage *message, gpointer data, GError **error),
    gpointer data, GError **error)
{
  gsize at = 0;

  while (link->in->len - at >= WEIR_WIRE_HEADER_BYTES) {
    const guint8 *h = link->in->data + at;
    WeirWireMessage message;
    WeirWireType type;
    guint32 size;

    if (!weir_wire_parse_header (h, &size, &type, error))
      return FALSE;
    if (link->in->len - at - WEIR_WIRE_HEADER_BYTES < size)
      break;
    if (!weir_wire_parse (
            type, h + WEIR_WIRE_HEADER_BYTES, size, &message, error)
        || !on_message (&message, data, error))
      return FALSE;
    at += WEIR_WIRE_HEADER_BYTES + size;
  }
  if (at > 0)
    g_byte_array_remove_range (link->in, 0, (guint) at);
  return TRUE;
}

WeirLinkResult
weir_link_read (WeirLink *link,
    gboolean (*on_message) (
        const WeirWireMessage *message, gpointer data, GError **error),
    gpointer data, GError **error)
{
  gboolean end = FALSE;

  while (!end && link->in->len < WEIR_LINK_READ_BYTES) {
    guint before = link->in->len;
    ssize_t n;

    g_byte_array_set_size (link->in, before + CHUNK_BYTES);
    n = read (link->fd, link->in->data + before, CHUNK_BYTES);
    g_byte_array_set_size (link->in, before + (n > 0 ? (guint) n : 0));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      break;
    if (n == 0 || (n < 0 && errno == ECONNRESET)) {
      end = TRUE;
    } else if (n < 0) {
      g_set_error (
          error, WEIR_ERROR, WEIR_ERROR_FAILED, "read: %s", g_strerror (errno));
      return WEIR_LINK_FAILED;
    } else if (n < CHUNK_BYTES) {
      break;
    }
  }
  if (!parse (link, on_message, data, error))
    return WEIR_LINK_FAILED;
  return end ? WEIR_LINK_END : WEIR_LINK_OK;
}
