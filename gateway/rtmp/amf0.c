/* Reads AMF0 within fixed bounds and writes the little that RTMP needs. */
#include "rtmp/amf0.h"

#include "base/error.h"

enum {
  MARK_NUMBER = 0,
  MARK_BOOLEAN = 1,
  MARK_STRING = 2,
  MARK_OBJECT = 3,
  MARK_NULL = 5,
  MARK_UNDEFINED = 6,
  MARK_REFERENCE = 7,
  MARK_ECMA_ARRAY = 8,
  MARK_OBJECT_END = 9,
  MARK_STRICT_ARRAY = 10,
  MARK_DATE = 11,
  MARK_LONG_STRING = 12,
  MARK_UNSUPPORTED = 13,
  MARK_XML = 15,
  MARK_TYPED_OBJECT = 16,
};

typedef struct {
  WeirReader r;
  guint values;
  GError **error;
} Parse;

static WeirAmf0 *read_value (Parse *parse, guint depth);

static gboolean
fail (Parse *parse, WeirError code, const char *words)
{
  g_set_error (parse->error, WEIR_ERROR, code, "AMF0: %s", words);
  return FALSE;
}

static char *
read_text (Parse *parse, guint length_bytes)
{
  guint64 size = weir_reader_uint (&parse->r, length_bytes);
  const guint8 *p;

  if (size > WEIR_AMF0_MAX_STRING_BYTES) {
    fail (parse, WEIR_ERROR_LIMIT, "a string is too long");
    return NULL;
  }
  p = weir_reader_take (&parse->r, size);
  if (p == NULL) {
    fail (parse, WEIR_ERROR_PROTOCOL, "a string ends after the data");
    return NULL;
  }
  if (memchr (p, 0, size) != NULL) {
    fail (parse, WEIR_ERROR_PROTOCOL, "a string has a NUL in it");
    return NULL;
  }
  return g_strndup ((const char *) p, size);
}

static gboolean
read_members (Parse *parse, WeirAmf0 *object, guint depth)
{
  WeirAmf0 **end = &object->children;

  while (weir_reader_left (&parse->r) > 0) {
    g_autofree char *name = NULL;
    WeirAmf0 *value;

    if (weir_reader_left (&parse->r) >= 3
        && memcmp (parse->r.at, "\0\0\x09", 3) == 0) {
      parse->r.at += 3;
      return TRUE;
    }
    name = read_text (parse, 2);
    if (name == NULL)
      return FALSE;
    value = read_value (parse, depth + 1);
    if (value == NULL)
      return FALSE;
    value->name = g_steal_pointer (&name);
    *end = value;
    end = &value->next;
  }
  return TRUE;
}

static gboolean
read_elements (Parse *parse, WeirAmf0 *array, guint depth)
{
  guint32 count = weir_reader_u32 (&parse->r);
  WeirAmf0 **end = &array->children;

  for (guint32 i = 0; i < count && weir_reader_left (&parse->r) > 0; i++) {
    WeirAmf0 *value = read_value (parse, depth + 1);

    if (value == NULL)
      return FALSE;
    *end = value;
    end = &value->next;
  }
  return TRUE;
}

static gboolean
read_content (Parse *parse, WeirAmf0 *value, guint8 marker, guint depth)
{
  union {
    guint64 bits;
    double number;
  } u = { 0 };

  switch (marker) {
  case MARK_NUMBER:
  case MARK_DATE:
    value->type = WEIR_AMF0_NUMBER;
    u.bits = weir_reader_u64 (&parse->r);
    value->number = u.number;
    if (marker == MARK_DATE)
      weir_reader_u16 (&parse->r);
    return TRUE;
  case MARK_BOOLEAN:
    value->type = WEIR_AMF0_BOOLEAN;
    value->number = weir_reader_u8 (&parse->r) != 0;
    return TRUE;
  case MARK_STRING:
  case MARK_LONG_STRING:
  case MARK_XML:
    value->type = WEIR_AMF0_STRING;
    value->string = read_text (parse, marker == MARK_STRING ? 2 : 4);
    return value->string != NULL;
  case MARK_NULL:
  case MARK_UNDEFINED:
  case MARK_UNSUPPORTED:
    value->type = WEIR_AMF0_NULL;
    return TRUE;
  case MARK_REFERENCE:
    value->type = WEIR_AMF0_NULL;
    weir_reader_u16 (&parse->r);
    return TRUE;
  case MARK_TYPED_OBJECT:
    value->string = read_text (parse, 2);
    if (value->string == NULL)
      return FALSE;
    value->type = WEIR_AMF0_OBJECT;
    return read_members (parse, value, depth);
  case MARK_ECMA_ARRAY:
    weir_reader_u32 (&parse->r);
    value->type = WEIR_AMF0_OBJECT;
    return read_members (parse, value, depth);
  case MARK_OBJECT:
    value->type = WEIR_AMF0_OBJECT;
    return read_members (parse, value, depth);
  case MARK_STRICT_ARRAY:
    value->type = WEIR_AMF0_ARRAY;
    return read_elements (parse, value, depth);
  default:
    return fail (parse, WEIR_ERROR_PROTOCOL, "unknown type of value");
  }
}

static WeirAmf0 *
read_value (Parse *parse, guint depth)
{
  g_autoptr (WeirAmf0) value = NULL;

  if (depth > WEIR_AMF0_MAX_DEPTH) {
    fail (parse, WEIR_ERROR_LIMIT, "values are nested too deep");
    return NULL;
  }
  if (++parse->values > WEIR_AMF0_MAX_VALUES) {
    fail (parse, WEIR_ERROR_LIMIT, "too many values");
    return NULL;
  }
  value = g_new0 (WeirAmf0, 1);
  if (!read_content (parse, value, weir_reader_u8 (&parse->r), depth))
    return NULL;
  if (parse->r.failed) {
    fail (parse, WEIR_ERROR_PROTOCOL, "a value ends after the data");
    return NULL;
  }
  return g_steal_pointer (&value);
}

WeirAmf0 *
weir_amf0_read (const guint8 *data, gsize size, GError **error)
{
  g_autoptr (WeirAmf0) first = NULL;
  WeirAmf0 **end = &first;
  Parse parse = { .error = error };

  weir_reader_init (&parse.r, data, size);
  do {
    WeirAmf0 *value = read_value (&parse, 1);

    if (value == NULL)
      return NULL;
    *end = value;
    end = &value->next;
  } while (weir_reader_left (&parse.r) > 0);
  return g_steal_pointer (&first);
}

void
weir_amf0_free (WeirAmf0 *values)
{
  while (values != NULL) {
    WeirAmf0 *next = values->next;

    /* As deep as the reader went, so within WEIR_AMF0_MAX_DEPTH. */
    weir_amf0_free (values->children);
    g_free (values->name);
    g_free (values->string);
    g_free (values);
    values = next;
  }
}

const WeirAmf0 *
weir_amf0_nth (const WeirAmf0 *values, guint index)
{
  while (values != NULL && index-- > 0)
    values = values->next;
  return values;
}

const char *
weir_amf0_get_string (const WeirAmf0 *value)
{
  return value != NULL && value->type == WEIR_AMF0_STRING ? value->string
                                                          : NULL;
}

double
weir_amf0_get_number (const WeirAmf0 *value, double otherwise)
{
  return value != NULL && value->type == WEIR_AMF0_NUMBER ? value->number
                                                          : otherwise;
}

const WeirAmf0 *
weir_amf0_find (const WeirAmf0 *object, const char *name)
{
  if (object == NULL || object->type != WEIR_AMF0_OBJECT)
    return NULL;
  for (const WeirAmf0 *m = object->children; m != NULL; m = m->next) {
    if (g_ascii_strcasecmp (m->name, name) == 0)
      return m;
  }
  return NULL;
}

void
weir_amf0_append_number (GByteArray *out, double number)
{
  union {
    double number;
    guint64 bits;
  } u = { number };

  weir_append_uint (out, MARK_NUMBER, 1);
  weir_append_uint (out, u.bits, 8);
}

void
weir_amf0_append_boolean (GByteArray *out, gboolean value)
{
  weir_append_uint (out, MARK_BOOLEAN, 1);
  weir_append_uint (out, value ? 1 : 0, 1);
}

void
weir_amf0_append_string (GByteArray *out, const char *text)
{
  weir_append_uint (out, MARK_STRING, 1);
  weir_amf0_append_name (out, text);
}

void
weir_amf0_append_null (GByteArray *out)
{
  weir_append_uint (out, MARK_NULL, 1);
}

void
weir_amf0_begin_object (GByteArray *out)
{
  weir_append_uint (out, MARK_OBJECT, 1);
}

void
weir_amf0_begin_array (GByteArray *out, guint32 count)
{
  weir_append_uint (out, MARK_STRICT_ARRAY, 1);
  weir_append_uint (out, count, 4);
}

void
weir_amf0_append_name (GByteArray *out, const char *name)
{
  gsize size = strnlen (name, G_MAXUINT16);

  weir_append_uint (out, size, 2);
  g_byte_array_append (out, (const guint8 *) name, (guint) size);
}

void
weir_amf0_end_object (GByteArray *out)
{
  weir_append_uint (out, MARK_OBJECT_END, 3);
}
