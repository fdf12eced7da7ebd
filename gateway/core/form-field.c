/* Reads names of fields the way anybody might. */
#include "core/form-field.h"

#include <string.h>

char *
weir_form_field (const char *argument, gsize size)
{
  GString *field = g_string_new (NULL);

  for (gsize i = 0; i < size && argument[i] != '='; i++) {
    char c = argument[i];

    if (c == '+') {
      c = ' ';
    } else if (c == '%' && i + 2 < size && g_ascii_isxdigit (argument[i + 1])
               && g_ascii_isxdigit (argument[i + 2])) {
      c = (char) (g_ascii_xdigit_value (argument[i + 1]) * 16
                  + g_ascii_xdigit_value (argument[i + 2]));
      i += 2;
    }
    if (c != '\0' && field->len == 0 && strchr ("[] \t\r\n\v\f", c) != NULL)
      continue;
    if (strchr ("[]", c) != NULL) /* or zero */
      break;
    g_string_append_c (field, c);
  }
  return g_string_free (g_string_ascii_down (field), FALSE);
}
