/* Values of the API as text for people. Pure. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* "812 ms", "8.0 s", "3 min 12 s", "5 h 2 min", "12 d 4 h". Milliseconds; of a
 * negative time the amount. Caller frees. */
char *weir_ctl_text_duration (gint64 ms);

/* "2024-05-01 12:00:00Z"; "" for 0 and for times no calendar has. Unix
 * milliseconds. Caller frees. */
char *weir_ctl_text_time (gint64 ms);

/* TEXT, a JSON text, with the characters that could steer a terminal written
 * as \uXXXX. It stays the same JSON value. Caller frees. */
char *weir_ctl_text_json_safe (const char *text);

/* Members of OBJECT, which may be NULL or no object. Missing or of another
 * type: "" and 0. Strings are borrowed. */
const char *weir_ctl_text_string (const json_t *object, const char *key);
gint64 weir_ctl_text_int (const json_t *object, const char *key);
double weir_ctl_text_number (const json_t *object, const char *key);
