/* Fields in nginx-rtmp's order. */
#include "hooks/publish-form.h"

#include <string.h>

#include "core/form-field.h"

static const char *const own_fields[] = { "app", "flashver", "swfurl", "tcurl",
  "pageurl", "addr", "clientid", "call", "name", "type", NULL };

static void
append_field (GString *form, const char *field, const char *value)
{
  g_autofree char *escaped =
      g_uri_escape_string (value != NULL ? value : "", NULL, FALSE);

  g_string_append_printf (
      form, "%s%s=%s", form->len > 0 ? "&" : "", field, escaped);
}

/* As it is, but for what is no part of a form or separates fields elsewhere:
 * publishers do not encode, and some servers end a field at ";". */
static void
append_argument (GString *form, const char *argument, gsize size)
{
  g_string_append_c (form, '&');
  for (gsize i = 0; i < size; i++) {
    guchar c = (guchar) argument[i];

    if (c <= ' ' || c >= 0x7f || strchr (";#\"<>", c) != NULL)
      g_string_append_printf (form, "%%%02X", c);
    else
      g_string_append_c (form, (char) c);
  }
}

static void
append_query (GString *form, const char *query)
{
  while (query != NULL && *query != '\0') {
    gsize size = strcspn (query, "&");
    g_autofree char *field = weir_form_field (query, size);

    if (size > 0 && !g_strv_contains (own_fields, field))
      append_argument (form, query, size);
    query += size;
    query += *query == '&';
  }
}

/* "1.2.3.4" of "1.2.3.4:5", "::1" of "[::1]:5". */
static char *
address_of (const char *peer)
{
  const char *colon = strrchr (peer, ':');

  if (*peer == '[')
    return g_strndup (peer + 1, strcspn (peer + 1, "]"));
  return colon != NULL ? g_strndup (peer, (gsize) (colon - peer))
                       : g_strdup (peer);
}

char *
weir_publish_form (
    const WeirPublishRequest *request, const WeirPublisher *publisher)
{
  GString *form = g_string_new (NULL);
  g_autofree char *address = address_of (publisher->peer);
  g_autofree char *number =
      g_strdup_printf ("%" G_GUINT64_FORMAT, publisher->number);

  append_field (form, "app", request->app);
  append_field (form, "flashver", request->flash_ver);
  append_field (form, "swfurl", request->swf_url);
  append_field (form, "tcurl", request->tc_url);
  append_field (form, "pageurl", request->page_url);
  append_field (form, "addr", address);
  append_field (form, "clientid", number);
  append_field (form, "call", "publish");
  append_field (form, "name", request->name);
  append_field (form, "type", "live");
  append_query (form, request->app_query);
  append_query (form, request->name_query);
  return g_string_free (form, FALSE);
}

WeirAuthVerdict
weir_publish_form_read_answer (
    guint status, const char *location, char **ret_name)
{
  *ret_name = NULL;
  switch (status / 100) {
  case 2:
    return WEIR_AUTH_ALLOW;
  case 3:
    if (location == NULL || *location == '\0')
      return WEIR_AUTH_ALLOW;
    if (strstr (location, "://") == NULL)
      *ret_name = g_uri_unescape_string (location, NULL);
    return *ret_name != NULL ? WEIR_AUTH_ALLOW : WEIR_AUTH_UNUSABLE;
  case 4:
    return WEIR_AUTH_REFUSE;
  default:
    return WEIR_AUTH_NO_WORD;
  }
}
