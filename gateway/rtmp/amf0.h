/* AMF0 values (Action Message Format 0, Adobe 2007): a bounded reader to a
 * small tree, and a writer. Pure.
 *
 * Element counts in the data are never believed; the reader goes by the
 * bytes. Arrays and objects that end with the data instead of an end marker
 * are taken as complete, since some encoders write them so. */
#pragma once

#include "base/bytes.h"

#define WEIR_AMF0_MAX_DEPTH 16
/* Values of one message, at all depths. */
#define WEIR_AMF0_MAX_VALUES 512
#define WEIR_AMF0_MAX_STRING_BYTES (64 * 1024)

typedef enum {
  WEIR_AMF0_NUMBER,
  WEIR_AMF0_BOOLEAN,
  WEIR_AMF0_STRING, /* long strings and XML too */
  WEIR_AMF0_OBJECT, /* typed objects and ECMA arrays too */
  WEIR_AMF0_ARRAY,  /* strict arrays */
  WEIR_AMF0_NULL,   /* undefined, unsupported and references too */
} WeirAmf0Type;

typedef struct _WeirAmf0 WeirAmf0;
struct _WeirAmf0 {
  WeirAmf0Type type;
  char *name;    /* within its object; NULL elsewhere */
  double number; /* of numbers, booleans and dates */
  char *string;  /* holds no NUL */
  WeirAmf0 *children;
  WeirAmf0 *next; /* sibling, or the next value of the message */
};

/* Reads all values of DATA as a list linked by NEXT. NULL and
 * WEIR_ERROR_PROTOCOL or WEIR_ERROR_LIMIT when they are broken or there is
 * none. */
WeirAmf0 *weir_amf0_read (const guint8 *data, gsize size, GError **error);
void weir_amf0_free (WeirAmf0 *values);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirAmf0, weir_amf0_free)

/* The INDEXth of a list, or NULL. */
const WeirAmf0 *weir_amf0_nth (const WeirAmf0 *values, guint index);
/* The string of VALUE or NULL when it is something else. NULL is allowed. */
const char *weir_amf0_get_string (const WeirAmf0 *value);
double weir_amf0_get_number (const WeirAmf0 *value, double otherwise);
/* The member NAME of OBJECT, letter case ignored, or NULL. */
const WeirAmf0 *weir_amf0_find (const WeirAmf0 *object, const char *name);

void weir_amf0_append_number (GByteArray *out, double number);
void weir_amf0_append_boolean (GByteArray *out, gboolean value);
/* At most 65535 bytes of TEXT. */
void weir_amf0_append_string (GByteArray *out, const char *text);
void weir_amf0_append_null (GByteArray *out);
void weir_amf0_begin_object (GByteArray *out);
/* COUNT values are appended next. */
void weir_amf0_begin_array (GByteArray *out, guint32 count);
/* The value of the member is appended next. */
void weir_amf0_append_name (GByteArray *out, const char *name);
void weir_amf0_end_object (GByteArray *out);
