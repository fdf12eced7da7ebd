/* Requests and their answers. */
#include "web/request.h"

#include <string.h>

#define PART_BYTES (16 * 1024)
#define HEADER_BYTES 2048

WeirRequest *
weir_request_new (WeirWeb *web, struct lws *wsi, const char *method,
    const char *path, const char *query)
{
  WeirRequest *request = g_new0 (WeirRequest, 1);

  request->refs = 1;
  request->web = web;
  request->wsi = wsi;
  request->method = method;
  request->path = g_strdup (path);
  request->query = g_strdup (query);
  request->body = g_byte_array_new ();
  return request;
}

WeirRequest *
weir_request_ref (WeirRequest *request)
{
  request->refs++;
  return request;
}

static void
drop_parts (WeirRequest *request)
{
  if (request->free_parts != NULL)
    request->free_parts (request->parts);
  request->free_parts = NULL;
}

void
weir_request_unref (WeirRequest *request)
{
  if (request == NULL || --request->refs > 0)
    return;
  g_free (request->path);
  g_free (request->query);
  g_byte_array_unref (request->body);
  g_free (request->cookie);
  g_free (request->etag);
  drop_parts (request);
  g_clear_pointer (&request->out, g_bytes_unref);
  g_free (request);
}

void
weir_request_answer (
    WeirRequest *request, guint status, const char *type, GBytes *bytes)
{
  g_assert (!request->answered);
  request->answered = TRUE;
  request->status = status;
  request->type = type;
  request->out = bytes ? g_bytes_ref (bytes) : g_bytes_new (NULL, 0);
  if (request->wsi != NULL)
    lws_callback_on_writable (request->wsi);
}

void
weir_request_answer_parts (WeirRequest *request, const char *type,
    WeirRequestPart part, GDestroyNotify free_data, gpointer data)
{
  g_assert (!request->answered);
  request->answered = TRUE;
  request->status = 200;
  request->type = type;
  request->part = part;
  request->free_parts = free_data;
  request->parts = data;
  request->more = TRUE;
  if (request->wsi != NULL)
    lws_callback_on_writable (request->wsi);
}

void
weir_request_answer_json (WeirRequest *request, guint status, json_t *json)
{
  g_autoptr (GBytes) bytes = NULL;

  if (json != NULL) {
    char *text = json_dumps (json, JSON_COMPACT);

    bytes = g_bytes_new_with_free_func (text, strlen (text), free, text);
    json_decref (json);
  }
  weir_request_answer (
      request, status, json ? "application/json" : NULL, bytes);
}

void
weir_request_answer_error (
    WeirRequest *request, guint status, const char *error, const char *message)
{
  weir_request_answer_json (request, status,
      json_pack ("{s:s, s:s}", "error", error, "message", message));
}

void
weir_request_refuse_body (WeirRequest *request, guint status, const char *error,
    const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  request->has_body = TRUE;
  request->drops_body = TRUE;
  weir_request_answer_error (request, status, error, message);
}

char *
weir_request_dup_argument (const WeirRequest *request, const char *name)
{
  g_auto (GStrv) pairs = g_strsplit (request->query, "&", 32);
  gsize n = strlen (name);

  for (char **p = pairs; *p != NULL; p++)
    if (strncmp (*p, name, n) == 0 && (*p)[n] == '=')
      return g_uri_unescape_string (*p + n + 1, NULL) ?: g_strdup ("");
  return g_strdup ("");
}

static gboolean
add (struct lws *wsi, const char *name, const char *value, guint8 **p,
    guint8 *end)
{
  return lws_add_http_header_by_name (wsi, (const guint8 *) name,
             (const guint8 *) value, (int) strlen (value), p, end)
         == 0;
}

static int
write_headers (WeirRequest *request)
{
  guint8 buffer[LWS_PRE + HEADER_BYTES];
  guint8 *start = buffer + LWS_PRE, *p = start, *end = start + HEADER_BYTES - 1;

  if (lws_add_http_header_status (request->wsi, request->status, &p, end)
      || (request->part == NULL
              ? lws_add_http_header_content_length (
                  request->wsi, g_bytes_get_size (request->out), &p, end)
              : !add (request->wsi, "transfer-encoding:", "chunked", &p, end))
      || (request->type != NULL
          && !add (request->wsi, "content-type:", request->type, &p, end))
      || (request->cookie != NULL
          && !add (request->wsi, "set-cookie:", request->cookie, &p, end))
      || (request->etag != NULL
          && !add (request->wsi, "etag:", request->etag, &p, end))
      || (request->has_body
          && !add (request->wsi, "connection:", "close", &p, end))
      || !add (request->wsi,
          "cache-control:", request->etag ? "no-cache" : "no-store", &p, end)
      || lws_finalize_write_http_header (request->wsi, start, &p, end))
    return -1;
  return 0;
}

/* The next chunk as it goes over the line; an empty part is none. */
static void
make_chunk (WeirRequest *request)
{
  g_autoptr (GString) text = g_string_new (NULL);

  request->more = request->part (request->parts, text);
  if (text->len > 0) {
    g_autofree char *size =
        g_strdup_printf ("%" G_GSIZE_MODIFIER "x\r\n", text->len);

    g_string_prepend (text, size);
    g_string_append (text, "\r\n");
  }
  if (!request->more) {
    g_string_append (text, "0\r\n\r\n");
    drop_parts (request);
  }
  g_clear_pointer (&request->out, g_bytes_unref);
  request->out = g_string_free_to_bytes (g_steal_pointer (&text));
  request->out_at = 0;
}

int
weir_request_write (WeirRequest *request)
{
  guint8 buffer[LWS_PRE + PART_BYTES];
  const guint8 *data;
  gsize part, size;
  gboolean last;

  if (!request->begun && write_headers (request) != 0)
    return -1;
  request->begun = TRUE;
  if (request->head) {
    request->written = TRUE;
    return 0;
  }
  if (request->part != NULL
      && (request->out == NULL
          || request->out_at == g_bytes_get_size (request->out)))
    make_chunk (request);
  data = g_bytes_get_data (request->out, &size);
  part = MIN (size - request->out_at, PART_BYTES);
  if (part > 0)
    memcpy (buffer + LWS_PRE, data + request->out_at, part);
  request->out_at += part;
  last = request->out_at == size && !request->more;
  if (part > 0
      && lws_write (request->wsi, buffer + LWS_PRE, part,
             last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP)
             < 0)
    return -1;
  if (!last) {
    lws_callback_on_writable (request->wsi);
    return 0;
  }
  request->written = TRUE;
  return 0;
}
