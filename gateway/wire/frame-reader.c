/* Blocking reads and writes of whole frames. */
#include "wire/frame-reader.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"

/* As many of SIZE bytes as come before the end, or -1. */
static gssize
read_all (int fd, guint8 *to, gsize size, GError **error)
{
  gsize got = 0;

  while (got < size) {
    ssize_t n = read (fd, to + got, size - got);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0) {
      g_set_error (
          error, WEIR_ERROR, WEIR_ERROR_FAILED, "read: %s", g_strerror (errno));
      return -1;
    }
    if (n == 0)
      break;
    got += (gsize) n;
  }
  return (gssize) got;
}

static WeirFrameResult
broke_off (GError **error)
{
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL,
      "the other side broke off inside a frame");
  return WEIR_FRAME_FAILED;
}

WeirFrameResult
weir_frame_read (
    int fd, GByteArray *buffer, WeirWireMessage *ret, GError **error)
{
  guint8 header[WEIR_WIRE_HEADER_BYTES];
  WeirWireType type;
  guint32 size;
  gssize got = read_all (fd, header, sizeof header, error);

  if (got < 0)
    return WEIR_FRAME_FAILED;
  if (got == 0)
    return WEIR_FRAME_END;
  if (got < (gssize) sizeof header)
    return broke_off (error);
  if (!weir_wire_parse_header (header, &size, &type, error))
    return WEIR_FRAME_FAILED;
  g_byte_array_set_size (buffer, size);
  got = size > 0 ? read_all (fd, buffer->data, size, error) : 0;
  if (got < 0)
    return WEIR_FRAME_FAILED;
  if (got < (gssize) size)
    return broke_off (error);
  return weir_wire_parse (type, buffer->data, size, ret, error)
             ? WEIR_FRAME_OK
             : WEIR_FRAME_FAILED;
}

gboolean
weir_frame_write (
    int fd, GByteArray *buffer, const WeirWireMessage *message, GError **error)
{
  gsize sent = 0;

  g_byte_array_set_size (buffer, 0);
  weir_wire_write (message, buffer);
  while (sent < buffer->len) {
    ssize_t n = write (fd, buffer->data + sent, buffer->len - sent);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "write: %s",
          g_strerror (errno));
      return FALSE;
    }
    sent += (gsize) n;
  }
  return TRUE;
}
