/* UUID version 7. */
#include "base/ids.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

void
weir_id_format (
    gint64 wall_ms, const guint8 random[10], char ret_id[WEIR_ID_LENGTH + 1])
{
  static const char digits[] = "0123456789abcdef";
  guint8 b[16];
  char *out = ret_id;

  for (int i = 0; i < 6; i++)
    b[i] = (guint8) (wall_ms >> (8 * (5 - i)));
  memcpy (b + 6, random, 10);
  b[6] = (b[6] & 0x0f) | 0x70;
  b[8] = (b[8] & 0x3f) | 0x80;

  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      *out++ = '-';
    *out++ = digits[b[i] >> 4];
    *out++ = digits[b[i] & 15];
  }
  *out = '\0';
}

char *
weir_id_new (void)
{
  guint8 random[10];
  char *id = g_malloc (WEIR_ID_LENGTH + 1);
  ssize_t n;

  do
    n = getrandom (random, sizeof random, 0);
  while (n < 0 && errno == EINTR);
  if (n != sizeof random)
    g_error ("getrandom: %s", g_strerror (errno));
  weir_id_format (g_get_real_time () / 1000, random, id);
  return id;
}

gboolean
weir_id_is_valid (const char *text)
{
  for (int i = 0; i < WEIR_ID_LENGTH; i++) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-')
        return FALSE;
    } else if (!g_ascii_isxdigit (text[i]) || g_ascii_isupper (text[i])) {
      return FALSE;
    }
  }
  return text[WEIR_ID_LENGTH] == '\0';
}
