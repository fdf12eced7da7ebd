/* AMF0 values, broken ones and bombs. */
#include "base/error.h"
#include "rtmp/amf0.h"

static void
test_round_trip (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (WeirAmf0) values = NULL;
  const WeirAmf0 *object;

  weir_amf0_append_string (bytes, "connect");
  weir_amf0_append_number (bytes, -1.5);
  weir_amf0_begin_object (bytes);
  weir_amf0_append_name (bytes, "App");
  weir_amf0_append_string (bytes, "live");
  weir_amf0_append_name (bytes, "yes");
  weir_amf0_append_boolean (bytes, TRUE);
  weir_amf0_end_object (bytes);
  weir_amf0_append_null (bytes);

  values = weir_amf0_read (bytes->data, bytes->len, NULL);
  g_assert_cmpstr (weir_amf0_get_string (values), ==, "connect");
  g_assert_cmpfloat (
      weir_amf0_get_number (weir_amf0_nth (values, 1), 0), ==, -1.5);
  object = weir_amf0_nth (values, 2);
  g_assert_cmpstr (
      weir_amf0_get_string (weir_amf0_find (object, "app")), ==, "live");
  g_assert_cmpint (weir_amf0_find (object, "yes")->type, ==, WEIR_AMF0_BOOLEAN);
  g_assert_null (weir_amf0_find (object, "no"));
  g_assert_cmpint (weir_amf0_nth (values, 3)->type, ==, WEIR_AMF0_NULL);
  g_assert_null (weir_amf0_nth (values, 4));

  /* No prefix of it crashes, and none but whole values is taken. */
  for (guint size = 0; size < bytes->len; size++) {
    g_autofree guint8 *exact = g_memdup2 (bytes->data, size);
    g_autoptr (WeirAmf0) part = weir_amf0_read (exact, size, NULL);

    if (size < 10)
      g_assert_null (part);
  }
}

#define BYTES(text) (const guint8 *) (text), sizeof (text) - 1

static void
test_tolerated (void)
{
  static const struct {
    const guint8 *bytes;
    gsize size;
    guint members;
  } cases[] = {
    /* ECMA array whose count lies, with and without its end */
    { BYTES ("\x08\xff\xff\xff\xff\0\1a\5\0\1b\5\0\0\x09"), 2 },
    { BYTES ("\x08\0\0\0\0\0\1a\5\0\1b\5"), 2 },
    { BYTES ("\x03\0\1a\5"), 1 },
    /* strict array that ends with the data */
    { BYTES ("\x0a\xff\xff\xff\xff\5\5\5"), 3 },
    /* typed object, date, long string, reference, undefined */
    { BYTES ("\x10\0\1T\0\1a\x0b\0\0\0\0\0\0\0\0\0\0\0\1b\x0c\0\0\0\1x"
             "\0\1c\x07\0\1\0\1d\x06\0\0\x09"),
        4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (WeirAmf0) value =
        weir_amf0_read (cases[i].bytes, cases[i].size, NULL);
    guint members = 0;

    g_assert_nonnull (value);
    for (const WeirAmf0 *m = value->children; m != NULL; m = m->next)
      members++;
    g_assert_cmpuint (members, ==, cases[i].members);
  }
}

static void
test_broken (void)
{
  static const struct {
    const guint8 *bytes;
    gsize size;
    WeirError code;
  } cases[] = {
    { BYTES (""), WEIR_ERROR_PROTOCOL },
    { BYTES ("\x00\1\2\3"), WEIR_ERROR_PROTOCOL },
    { BYTES ("\x02\0\5abc"), WEIR_ERROR_PROTOCOL },
    { BYTES ("\x02\0\3a\0c"), WEIR_ERROR_PROTOCOL },
    { BYTES ("\x0c\x00\x01\x00\x01"), WEIR_ERROR_LIMIT },
    { BYTES ("\x0c\xff\xff\xff\xff"), WEIR_ERROR_LIMIT },
    { BYTES ("\x11\1"), WEIR_ERROR_PROTOCOL },
    { BYTES ("\x03\0"), WEIR_ERROR_PROTOCOL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (WeirAmf0) value =
        weir_amf0_read (cases[i].bytes, cases[i].size, &error);

    g_assert_null (value);
    g_assert_error (error, WEIR_ERROR, (gint) cases[i].code);
  }
}

static void
test_depth (void)
{
  for (guint extra = 0; extra < 2; extra++) {
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    g_autoptr (WeirAmf0) value = NULL;
    g_autoptr (GError) error = NULL;

    for (guint i = 0; i + 1 < WEIR_AMF0_MAX_DEPTH + extra; i++) {
      weir_amf0_begin_object (bytes);
      weir_amf0_append_name (bytes, "a");
    }
    weir_amf0_append_null (bytes);
    value = weir_amf0_read (bytes->data, bytes->len, &error);
    if (extra == 0)
      g_assert_nonnull (value);
    else
      g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  }
}

static void
test_count (void)
{
  for (guint extra = 0; extra < 2; extra++) {
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    g_autoptr (WeirAmf0) value = NULL;
    g_autoptr (GError) error = NULL;

    weir_amf0_begin_object (bytes);
    for (guint i = 0; i + 1 < WEIR_AMF0_MAX_VALUES + extra; i++) {
      weir_amf0_append_name (bytes, "a");
      weir_amf0_append_null (bytes);
    }
    value = weir_amf0_read (bytes->data, bytes->len, &error);
    if (extra == 0)
      g_assert_nonnull (value);
    else
      g_assert_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtmp/amf0/round-trip", test_round_trip);
  g_test_add_func ("/rtmp/amf0/tolerated", test_tolerated);
  g_test_add_func ("/rtmp/amf0/broken", test_broken);
  g_test_add_func ("/rtmp/amf0/depth", test_depth);
  g_test_add_func ("/rtmp/amf0/count", test_count);
  return g_test_run ();
}
