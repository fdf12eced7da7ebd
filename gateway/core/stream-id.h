/* From the stream id of an SRT caller to application, name, secret and
 * publisher. Pure; may be called on any thread.
 *
 * Read are the access-control syntax (Haivision, docs/features/
 * access-control.md) and what encoders and other servers have made usual:
 *
 *   #!::r=APP/NAME,m=publish[,u=PUBLISHER][,s=SECRET]     also in one {…}
 *   publish:APP/NAME[:PUBLISHER:SECRET][:QUERY|?QUERY]    MediaMTX
 *   APP/NAME[?QUERY]                                      as with RTMP
 *
 * each with or without "#feedbackplay" behind it (StreamToStudio) and a slash
 * before APP. QUERY may also follow APP/NAME in "r" (SRS). Where the form
 * has no other place for the secret, it is the value of "key" in the query, or
 * all of a query that has no "=" in it.
 *
 * The access-control syntax means *request* when it does not say otherwise,
 * so that "m=publish" must stand there; "t" may be left out or "stream". Keys
 * that are not ours are passed over, whatever they are: encoders add their
 * own and a user cannot switch them off. One of ours that stands twice is
 * refused, for somebody in front of us may have read the other one.
 *
 * Percent-encoding is undone once: in an id that begins with "#!" value by
 * value, so that a secret may have a "," in it; in every other as a whole,
 * since encoders that encode hide the separators too. "%" before anything but
 * two hexadecimal digits stands for itself. */
#pragma once

#include <glib.h>

#define WEIR_STREAM_ID_MAX_BYTES 512

typedef struct {
  char *app;       /* as weir_name_is_valid () wants it */
  char *name;      /* the same; may be a bare secret when SECRET is "" */
  char *secret;    /* "" when there is none */
  char *publisher; /* who the caller says it is, not proven; or "" */
  char *query;     /* or "" */
} WeirStreamId;

/* DATA is SIZE bytes of anything. An id that is empty or white space is read
 * as FALLBACK, which is in one of the forms above; without one (NULL or "")
 * it is refused. RET_ID is set only on success and has neither control
 * characters nor anything but UTF-8 in it.
 *
 * WEIR_ERROR_LIMIT: longer than WEIR_STREAM_ID_MAX_BYTES. WEIR_ERROR_DENIED:
 * understood, but no live stream that is to be published.
 * WEIR_ERROR_PROTOCOL: everything else. No text of the caller's stands in the
 * error, since a secret may be anywhere in it. */
gboolean weir_stream_id_parse (const void *data, gsize size,
    const char *fallback, WeirStreamId *ret_id, GError **error);
void weir_stream_id_clear (WeirStreamId *id);

/* QUERY of an id with its SECRET as "key" and its PUBLISHER as "user", escaped,
 * once each and wherever in the id they stood: what a hook would read with
 * RTMP. Whatever else in QUERY a hook might read as one of them is left out. */
char *weir_stream_id_hook_query (
    const char *query, const char *secret, const char *publisher);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirStreamId, weir_stream_id_clear)
