/* Tests gateway/wire/slate.c: both messages go round, and nothing that is cut
 * short, too long or over a limit gets in. */
#include "wire/wire.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

static guint8 bulk[WEIR_SLATE_MAX_CODED_BYTES + 1024];

static const guint8 units[] = { 0, 0, 0, 3, 'k', 'e', 'y', 0, 0, 0, 0, 0, 0, 0,
  1, 'p' };

static const WeirWireMessage draw = { .type = WEIR_WIRE_DRAW,
  .draw = { .job = G_MAXUINT64,
      .codec = 1,
      .profile = 100,
      .width = 1920,
      .height = 1080,
      .frame_us = 33333,
      .n_units = 60,
      .text = "Zurück",
      .text_size = 7,
      .picture = units,
      .picture_size = sizeof units } };

static const WeirWireMessage coded = { .type = WEIR_WIRE_SLATE,
  .slate = { .job = 7,
      .config = (const guint8 *) "avcC",
      .config_size = 4,
      .n_units = 3,
      .units = units,
      .units_size = sizeof units } };

static gboolean
parse (const GByteArray *frame, WeirWireMessage *ret, GError **error)
{
  WeirWireType type;
  guint32 size;

  g_assert_true (weir_wire_parse_header (frame->data, &size, &type, error));
  g_assert_cmpuint (size, ==, frame->len - WEIR_WIRE_HEADER_BYTES);
  return weir_wire_parse (
      type, frame->data + WEIR_WIRE_HEADER_BYTES, size, ret, error);
}

static void
test_draw (void)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  WeirWireMessage back, bare = draw;

  weir_wire_write (&draw, frame);
  parse (frame, &back, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back.draw.job, ==, G_MAXUINT64);
  g_assert_cmpuint (back.draw.codec, ==, 1);
  g_assert_cmpuint (back.draw.profile, ==, 100);
  g_assert_cmpuint (back.draw.width, ==, 1920);
  g_assert_cmpuint (back.draw.height, ==, 1080);
  g_assert_cmpuint (back.draw.frame_us, ==, 33333);
  g_assert_cmpuint (back.draw.n_units, ==, 60);
  g_assert_cmpmem (back.draw.text, back.draw.text_size, "Zurück", 7);
  g_assert_cmpmem (
      back.draw.picture, back.draw.picture_size, units, sizeof units);
  bare.draw.text_size = bare.draw.picture_size = 0;
  g_byte_array_set_size (frame, 0);
  weir_wire_write (&bare, frame);
  g_assert_true (parse (frame, &back, NULL));
  g_assert_null (back.draw.picture);
  g_assert_cmpuint (back.draw.text_size, ==, 0);
}

static void
test_slate (void)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  WeirWireMessage back;
  gsize at = 0, size;
  const guint8 *unit;

  weir_wire_write (&coded, frame);
  parse (frame, &back, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back.slate.job, ==, 7);
  g_assert_cmpmem (back.slate.config, back.slate.config_size, "avcC", 4);
  unit = weir_wire_next_unit (&back.slate, &at, &size);
  g_assert_cmpmem (unit, size, "key", 3);
  unit = weir_wire_next_unit (&back.slate, &at, &size);
  g_assert_nonnull (unit);
  g_assert_cmpuint (size, ==, 0);
  unit = weir_wire_next_unit (&back.slate, &at, &size);
  g_assert_cmpmem (unit, size, "p", 1);
  g_assert_null (weir_wire_next_unit (&back.slate, &at, &size));
}

static void
assert_refused (const GByteArray *frame, WeirError code)
{
  g_autoptr (GError) error = NULL;
  WeirWireMessage back = { .type = 99 };

  g_assert_false (parse (frame, &back, &error));
  g_assert_error (error, WEIR_ERROR, (int) code);
  g_assert_cmpint (back.type, ==, 99);
}

static void
test_truncated_and_longer (void)
{
  const WeirWireMessage *const messages[] = { &draw, &coded };

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++) {
    g_autoptr (GByteArray) whole = g_byte_array_new ();

    weir_wire_write (messages[i], whole);
    for (guint len = WEIR_WIRE_HEADER_BYTES; len <= whole->len + 1; len++) {
      g_autoptr (GByteArray) part = g_byte_array_new ();

      g_byte_array_append (part, whole->data, MIN (len, whole->len));
      g_byte_array_set_size (part, len);
      weir_put_uint (part->data, len - WEIR_WIRE_HEADER_BYTES, 4);
      if (len != whole->len)
        assert_refused (part, WEIR_ERROR_PROTOCOL);
    }
  }
}

static void
test_limits (void)
{
  static const guint counts[] = { 0, WEIR_SLATE_MAX_CODED_UNITS + 1 };
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  WeirWireMessage largest = coded;
  WeirWireMessage back;

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++) {
    WeirWireMessage m = coded;

    m.slate.n_units = (guint16) counts[i];
    g_byte_array_set_size (frame, 0);
    weir_wire_write (&m, frame);
    assert_refused (frame, WEIR_ERROR_LIMIT);
    m = draw;
    m.draw.n_units = (guint16) counts[i];
    g_byte_array_set_size (frame, 0);
    weir_wire_write (&m, frame);
    assert_refused (frame, WEIR_ERROR_LIMIT);
  }
  weir_put_uint (bulk, WEIR_SLATE_MAX_CODED_BYTES, 4);
  largest.slate.n_units = 1;
  largest.slate.units = bulk;
  largest.slate.units_size = WEIR_SLATE_MAX_CODED_BYTES + 4;
  g_byte_array_set_size (frame, 0);
  weir_wire_write (&largest, frame);
  g_assert_true (parse (frame, &back, NULL));
  weir_put_uint (bulk, WEIR_SLATE_MAX_CODED_BYTES + 1, 4);
  largest.slate.units_size++;
  g_byte_array_set_size (frame, 0);
  weir_wire_write (&largest, frame);
  assert_refused (frame, WEIR_ERROR_LIMIT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/slate/draw", test_draw);
  g_test_add_func ("/wire/slate/slate", test_slate);
  g_test_add_func (
      "/wire/slate/truncated-and-longer", test_truncated_and_longer);
  g_test_add_func ("/wire/slate/limits", test_limits);
  return g_test_run ();
}
