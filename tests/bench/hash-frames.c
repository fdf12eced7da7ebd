/* Raw gray pictures on standard input, "HASH QUALITY" a line out. */
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "hash/pdq.h"

int
main (int argc, char **argv)
{
  guint width = argc == 3 ? (guint) atoi (argv[1]) : 0;
  guint height = argc == 3 ? (guint) atoi (argv[2]) : 0;
  gsize size = (gsize) width * height;
  g_autofree guint8 *frame = NULL;

  if (width < 1 || width > 16384 || height < 1 || height > 16384) {
    fprintf (stderr, "usage: hash-frames WIDTH HEIGHT <FRAMES\n");
    return 2;
  }
  frame = g_malloc (size);
  while (fread (frame, 1, size, stdin) == size) {
    guint8 hash[WEIR_PDQ_HASH_BYTES];
    char hex[WEIR_PDQ_HEX_DIGITS + 1];
    int quality;

    weir_pdq_hash_y8 (
        frame, (int) width, (int) height, (ptrdiff_t) width, hash, &quality);
    weir_pdq_format (hash, hex);
    printf ("%s %d\n", hex, quality);
  }
  return 0;
}
