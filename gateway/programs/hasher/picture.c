/* Hashes picture files. */
#include "programs/hasher/hasher.h"

#include <stdlib.h>

#include "base/error.h"
#include "vision/picture-file.h"

gboolean
weir_hash_picture_file (
    const guint8 *bytes, gsize size, WeirHashed *ret, GError **error)
{
  WeirPictureFile picture;
  const char *wrong = weir_picture_file_decode (bytes, size, &picture);
  gboolean done;

  if (wrong != NULL) {
    g_set_error_literal (error, WEIR_ERROR, WEIR_ERROR_FAILED, wrong);
    return FALSE;
  }
  ret->seconds = -1;
  done = weir_pdq_hash_picture (picture.pixels, picture.width, picture.height,
      picture.channels, picture.stride, ret->hash, &ret->quality, NULL);
  free (picture.pixels);
  if (!done)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED,
        "picture has %d x %d pixels; sides from %d to 65535 are hashed",
        picture.width, picture.height, WEIR_PDQ_MIN_SIDE);
  return done;
}
