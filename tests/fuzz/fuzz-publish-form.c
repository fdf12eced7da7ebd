/* Fuzzes the form that a publish hook gets: whatever a publisher says, each
 * field of ours stands in it once, with our value. The lines of the input are
 * name, query of the application, query of the name, flashVer, Location. */
#include <stdint.h>
#include <string.h>

#include "hooks/publish-form.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static char *
decode (const char *text, gsize size)
{
  g_autofree char *copy = g_strndup (text, size);

  return g_uri_unescape_string (g_strdelimit (copy, "+", ' '), NULL);
}

/* As a server that takes "&" and ";" for separators reads it. */
static void
assert_once (const char *form, const char *field, const char *value)
{
  guint found = 0;

  for (const char *p = form; *p != '\0'; p += *p != '\0') {
    gsize size = strcspn (p, "&;");
    gsize head = MIN (strcspn (p, "="), size);
    g_autofree char *name = decode (p, head);

    if (name != NULL && g_ascii_strcasecmp (g_strchug (name), field) == 0) {
      g_autofree char *got =
          decode (p + MIN (head + 1, size), size - MIN (head + 1, size));

      g_assert_cmpstr (got, ==, value);
      found++;
    }
    p += size;
  }
  g_assert_cmpuint (found, ==, 1);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 5);
  const char *part[5] = { "", "", "", "", "" };
  g_autofree char *form = NULL;
  g_autofree char *name = NULL;
  WeirPublisher publisher = { .peer = (char *) "192.0.2.1:1", .number = 7 };
  WeirAuthVerdict verdict;

  for (guint i = 0; i < G_N_ELEMENTS (part) && lines[i] != NULL; i++)
    part[i] = lines[i];
  form = weir_publish_form (&(WeirPublishRequest){ .app = "live",
                                .name = part[0],
                                .secret = "",
                                .app_query = part[1],
                                .name_query = part[2],
                                .flash_ver = part[3] },
      &publisher);
  for (const char *c = form; *c != '\0'; c++)
    g_assert_true (g_ascii_isgraph (*c));
  assert_once (form, "app", "live");
  assert_once (form, "name", part[0]);
  assert_once (form, "flashver", part[3]);
  assert_once (form, "addr", "192.0.2.1");
  assert_once (form, "clientid", "7");
  assert_once (form, "call", "publish");
  assert_once (form, "type", "live");

  verdict = weir_publish_form_read_answer (302, part[4], &name);
  g_assert_true (verdict == WEIR_AUTH_ALLOW || verdict == WEIR_AUTH_UNUSABLE);
  g_assert_true (verdict == WEIR_AUTH_ALLOW || name == NULL);
  return 0;
}
