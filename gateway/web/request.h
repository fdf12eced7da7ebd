/* One HTTP request on its way to its answer. The answer may come later, when
 * the connection is already gone: then it is dropped. Loop thread. */
#pragma once

#include "web/web-impl.h"

#include <jansson.h>

/* Appends the next part of an answer, maybe an empty one; FALSE behind the
 * last. Called when the connection takes more. */
typedef gboolean (*WeirRequestPart) (gpointer data, GString *to);

typedef struct {
  guint refs;
  WeirWeb *web;
  struct lws *wsi;     /* NULL once the connection is gone */
  const char *method;  /* "GET", "POST", "DELETE"; static */
  gboolean has_body;   /* its connection is closed behind the answer */
  gboolean drops_body; /* it was refused: what is sent of it is dropped */
  gboolean head;       /* HEAD: the answer of GET, its headers alone */
  char *path;
  char *query; /* without '?', "" without one */
  GByteArray *body;
  WeirImport *import; /* where the body goes instead; NULL */
  guint64 to_come;    /* of such a body */
  gint64 arrived_us;
  /* the answer */
  gboolean answered;
  guint status;
  const char *type;
  char *cookie; /* Set-Cookie, or NULL */
  char *etag;
  GBytes *out; /* of a streamed one its next chunk; NULL: to be made */
  gsize out_at;
  gboolean begun; /* its headers are written */
  gboolean more;  /* something is behind OUT */
  WeirRequestPart part;
  GDestroyNotify free_parts;
  gpointer parts;   /* PART's */
  gboolean written; /* all of it */
} WeirRequest;

WeirRequest *weir_request_new (WeirWeb *web, struct lws *wsi,
    const char *method, const char *path, const char *query);
WeirRequest *weir_request_ref (WeirRequest *request);
void weir_request_unref (WeirRequest *request);

/* One of them once. TYPE is static. */
void weir_request_answer (
    WeirRequest *request, guint status, const char *type, GBytes *bytes);
/* 200, as long as it gets, part by part in HTTP's chunks: an answer that was
 * broken off is known by that. Takes DATA, freed when it is no longer asked. */
void weir_request_answer_parts (WeirRequest *request, const char *type,
    WeirRequestPart part, GDestroyNotify free_data, gpointer data);
/* Takes JSON; NULL: no content. */
void
weir_request_answer_json (WeirRequest *request, guint status, json_t *json);
void weir_request_answer_error (
    WeirRequest *request, guint status, const char *error, const char *message);

/* An error about the body itself, of which nothing more is wanted. */
void weir_request_refuse_body (WeirRequest *request, guint status,
    const char *error, const char *format, ...) G_GNUC_PRINTF (4, 5);

/* A query argument, "" when absent; caller frees. */
char *weir_request_dup_argument (const WeirRequest *request, const char *name);

/* Writes the next part; request->written behind the last. Returns what an lws
 * callback returns. */
int weir_request_write (WeirRequest *request);
