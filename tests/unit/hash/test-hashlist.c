/* Tests plugins/hash/hashlist.c: what it takes, and the words with which it
 * refuses. */
#include "hash/hashlist.h"

#include <stdio.h>
#include <string.h>

#define H1 "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22"
#define H2 "B0A10EFD71CC3F429413D48D0FFFFE12E34E0E17ADA952A9D29684210AA9E5AF"
#define H3 "adad5a64b5a142e55362a09057dacd5ae63b847fc23794b766b319361fc93188"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static WeirHashlist *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  WeirHashlist *list = weir_hashlist_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_nonnull (list);
  return list;
}

static void
test_bare (void)
{
  g_autoptr (WeirHashlist) list =
      parse ("# a list\r\n\r\n" H1 "\r\n  " H2 "  \n#" H3 "\n" H3);
  g_autofree guint8 *hashes = weir_hashlist_dup_hashes (list);

  g_assert_cmpuint (list->count, ==, 3);
  g_assert_cmphex (list->entries[0].hash[0], ==, 0xf8);
  g_assert_cmphex (list->entries[1].hash[0], ==, 0xb0);
  g_assert_cmphex (list->entries[2].hash[31], ==, 0x88);
  g_assert_cmpuint (list->entries[0].quality, ==, 100);
  g_assert_cmpstr (list->entries[0].entry, ==, "f8f8f0cce0f4e84d");
  g_assert_cmpstr (list->entries[1].entry, ==, "b0a10efd71cc3f42");
  g_assert_cmpstr (list->entries[1].item, ==, "b0a10efd71cc3f42");
  g_assert_null (list->entries[1].label);
  g_assert_cmpmem (hashes + 64, 32, list->entries[2].hash, 32);
}

static void
test_columns (void)
{
  g_autoptr (WeirHashlist) list =
      parse ("\xef\xbb\xbfquality,Hash,colour,file,seconds,item,entry,label\n"
             "77," H1 ",red,a.mp4,1.5,,,\n"
             "," H2 ",,a.mp4,2,,,words\n"
             "0," H3 ",,,,\"it \"\"em\"\"\",\"one, two\",\"red\"\n"
             "1," H1 ",,b.jpg,,,,\n"
             "1," H1 ",,b.jpg,,group,name,\n");

  g_assert_cmpuint (list->count, ==, 5);
  g_assert_cmpuint (list->entries[0].quality, ==, 77);
  g_assert_cmpuint (list->entries[1].quality, ==, 100);
  g_assert_cmpuint (list->entries[2].quality, ==, 0);
  g_assert_cmpstr (list->entries[0].entry, ==, "a.mp4@1.5");
  g_assert_cmpstr (list->entries[0].item, ==, "a.mp4");
  g_assert_cmpstr (list->entries[1].entry, ==, "a.mp4@2");
  g_assert_cmpstr (list->entries[1].item, ==, "a.mp4");
  g_assert_cmpstr (list->entries[1].label, ==, "words");
  g_assert_cmpstr (list->entries[2].entry, ==, "one, two");
  g_assert_cmpstr (list->entries[2].item, ==, "it \"em\"");
  g_assert_cmpstr (list->entries[2].label, ==, "red");
  g_assert_cmpstr (list->entries[3].entry, ==, "b.jpg");
  g_assert_cmpstr (list->entries[3].item, ==, "b.jpg");
  g_assert_cmpstr (list->entries[4].entry, ==, "name");
  g_assert_cmpstr (list->entries[4].item, ==, "group");
}

static void
test_empty (void)
{
  static const char *const texts[] = { "", "\n\n", "# nothing\n", "hash\n",
    "file,hash" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (WeirHashlist) list = parse (texts[i]);

    g_assert_cmpuint (list->count, ==, 0);
  }
}

static const struct {
  const char *text;
  const char *why;
} broken[] = {
  { H1 "\n#\n\nf8f8\n", "line 4: hash has 4 digits, 64 expected" },
  { "hash\n" H1 "0\n", "line 2: hash has 65 digits, 64 expected" },
  { "hash,file\n,x\n", "line 2: hash has 0 digits, 64 expected" },
  { "xyz", "line 1: hash has something other than a hex digit at place 1" },
  { "hash\nf8x8\n",
      "line 2: hash has something other than a hex digit at place 3" },
  { ZEROS, "line 1: hash is all zeros, which every black picture has" },
  { "file,quality\nx,1\n", "line 1: the header has no column hash" },
  { "file\n", "line 1: the header has no column hash" },
  { H1 ",x\n", "line 1: the header has no column hash" },
  { "hash,file,hash\n", "line 1: column hash is there twice" },
  { "hash,file\n" H1 "\n", "line 2: 1 fields, 2 expected" },
  { H1 "\n" H2 ",\n", "line 2: 2 fields, 1 expected" },
  { "hash,quality\n" H1 ",101\n",
      "line 2: quality is not a whole number from 0 to 100" },
  { "hash,quality\n" H1 ",-1\n",
      "line 2: quality is not a whole number from 0 to 100" },
  { "hash,seconds\n" H1 ",soon\n",
      "line 2: seconds is not a number of seconds" },
  { "hash,seconds\n" H1 ",inf\n",
      "line 2: seconds is not a number of seconds" },
  { "hash,entry\n" H1 ",\xff\n", "line 2: entry is not UTF-8" },
  { "hash,item\n" H1 ",\"a\nb\"\n", "line 2: item has a control character" },
  { "hash,color\n" H1 ",\"a\nb\"\n" H2 ",\"c\nd\"\nff,e\n",
      "line 6: hash has 2 digits, 64 expected" },
  { "hash,file\n" H1 ",\"x\n", "line 2: a quote is opened and not closed" },
  { "hash,file\n" H1 ",\"x\"y\n", "line 2: something follows a closing quote" },
  { "hash,file\n" H1 ",x\"y\n",
      "line 2: a quote inside a field that does not begin with one" },
};

static void
test_broken (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", broken[i].why);
    g_assert_null (
        weir_hashlist_parse (broken[i].text, strlen (broken[i].text), &error));
    g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN);
    g_assert_cmpstr (error->message, ==, broken[i].why);
  }
}

static void
assert_limit (const char *text, gsize size, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_hashlist_parse (text, size, &error));
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_LIMIT);
  g_assert_cmpstr (error->message, ==, why);
}

static void
test_limits (void)
{
  g_autofree char *name =
      g_strnfill (WEIR_HASHLIST_MAX_LINE_BYTES - 64 - 1, 'x');
  g_autofree char *fits = g_strdup_printf ("hash,file\n" H1 ",%s", name);
  g_autofree char *longer = g_strconcat (fits, "x", NULL);
  g_autofree char *quoted = g_strdup_printf ("hash,file\n" H1 ",\"%s\"", name);
  g_autofree char *commas = g_strnfill (WEIR_HASHLIST_MAX_COLUMNS, ',');
  g_autoptr (WeirHashlist) list = parse (fits);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (list->count, ==, 1);
  assert_limit (quoted, strlen (quoted), "line 2: longer than 4096 bytes");
  assert_limit (longer, strlen (longer), "line 2: longer than 4096 bytes");
  assert_limit (commas, strlen (commas), "line 1: more than 64 columns");
  assert_limit (NULL, WEIR_HASHLIST_MAX_FILE_BYTES + 1ul,
      "1073741825 bytes, at most 1073741824 are taken");
  g_assert_null (weir_hashlist_parse ("ha\0sh", 5, &error));
  g_assert_cmpstr (error->message, ==, "line 1: a NUL byte");
}

static void
test_load (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("weir-list-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, "bank.csv", NULL);
  g_autofree char *wanted =
      g_strconcat (path, ": line 2: hash has 2 digits, 64 expected", NULL);
  g_autoptr (WeirHashlist) list = NULL;

  g_assert_null (weir_hashlist_load (path, &error));
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_file_set_contents (path, H1 "\nff\n", -1, NULL);
  g_assert_null (weir_hashlist_load (path, &error));
  g_assert_cmpstr (error->message, ==, wanted);
  g_clear_error (&error);
  g_file_set_contents (path, H1 "\n", -1, NULL);
  list = weir_hashlist_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->count, ==, 1);
  remove (path);
  remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hashlist/bare", test_bare);
  g_test_add_func ("/hashlist/columns", test_columns);
  g_test_add_func ("/hashlist/empty", test_empty);
  g_test_add_func ("/hashlist/broken", test_broken);
  g_test_add_func ("/hashlist/limits", test_limits);
  g_test_add_func ("/hashlist/load", test_load);
  return g_test_run ();
}
