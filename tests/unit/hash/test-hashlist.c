/* Tests plugins/hash/hashlist.c: what it takes, and the words with which it
 * refuses. */
#include "hash/hashlist-write.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define H1 "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22"
#define H2 "B0A10EFD71CC3F429413D48D0FFFFE12E34E0E17ADA952A9D29684210AA9E5AF"
#define H3 "adad5a64b5a142e55362a09057dacd5ae63b847fc23794b766b319361fc93188"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static WeirHashlist *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  WeirHashlist *list = weir_hashlist_parse (text, strlen (text), NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (list);
  return list;
}

static void
test_bare (void)
{
  g_autoptr (WeirHashlist) list =
      parse ("# a list\r\n\r\n" H1 "\r\n  " H2 "  \n#" H3 "\n" H3);
  g_autofree guint8 *hashes = NULL;
  g_autofree guint32 *places = NULL;

  g_assert_cmpuint (weir_hashlist_collect (list, 0, &hashes, &places), ==, 3);

  g_assert_cmpuint (list->count, ==, 3);
  g_assert_cmphex (list->entries[0].hash[0], ==, 0xf8);
  g_assert_cmphex (list->entries[1].hash[0], ==, 0xb0);
  g_assert_cmphex (list->entries[2].hash[31], ==, 0x88);
  g_assert_cmpuint (list->entries[0].quality, ==, 100);
  g_assert_cmpstr (list->entries[0].entry, ==, "f8f8f0cce0f4e84d");
  g_assert_cmpstr (list->entries[1].entry, ==, "b0a10efd71cc3f42");
  g_assert_cmpstr (list->entries[1].item, ==, "b0a10efd71cc3f42");
  g_assert_null (list->entries[1].more);
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
  g_assert_cmpstr (list->entries[1].more->label, ==, "words");
  g_assert_cmpstr (list->entries[2].entry, ==, "one, two");
  g_assert_cmpstr (list->entries[2].item, ==, "it \"em\"");
  g_assert_cmpstr (list->entries[2].more->label, ==, "red");
  g_assert_cmpstr (list->entries[3].entry, ==, "b.jpg");
  g_assert_cmpstr (list->entries[3].item, ==, "b.jpg");
  g_assert_cmpstr (list->entries[4].entry, ==, "name");
  g_assert_cmpstr (list->entries[4].item, ==, "group");
}

static void
test_empty (void)
{
  static const char *const texts[] = { "", "\n\n", "# nothing\n", "[]",
    "signal_type,signal_str,collab,category,tags\r\n", NULL };
  GString *own = g_string_new ("# of nothing\n");

  weir_hashlist_write_head (own, WEIR_HASHLIST_FORM_CSV);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    const char *text = texts[i] != NULL ? texts[i] : own->str;
    g_autoptr (WeirHashlist) list = parse (text);

    g_assert_cmpuint (list->count, ==, 0);
    g_assert_cmpint (list->only_header, ==, strchr (text, ',') != NULL);
  }
  g_string_free (own, TRUE);
}

/* Whoever meant to give hashes gets to know that none came. */
static void
test_only_header (void)
{
  static const char *const texts[] = { "hash\n", "hash,quality\n", "file,hash",
    "# a list\nhash,quality,file\n\n# the end\n", "signal_type,signal_str\n" };
  const char *hash = "hash,quality\n" H1 ",100\n";

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (
        weir_hashlist_parse (texts[i], strlen (texts[i]), NULL, &error));
    g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN);
    g_assert_true (
        g_str_has_prefix (error->message, "a header and no hash behind it; "));
  }
  {
    g_autoptr (WeirHashlist) list = parse (hash);

    g_assert_false (list->only_header);
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
    g_assert_null (weir_hashlist_parse (
        broken[i].text, strlen (broken[i].text), NULL, &error));
    g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_BROKEN);
    g_assert_cmpstr (error->message, ==, broken[i].why);
  }
}

/* What other programs write. */
static void
test_forms (void)
{
  static const char *const texts[] = {
    "pdq " H1 "\npdq " H2 "\n",
    "0,77," H1 ",0.000\n1,100," H2 ",0.033\n",
    "[\"" H1 ",77,0.00\", \"" H2 ",100,1.23e+03\"]\n",
    H1 ",77,a.mp4,0\n" H2 ",100,\"a, b.mp4\",1.5\n",
    "signal_type,signal_str,collab,category,tags\npdq," H1
    ",ours,POSITIVE_CLASS,a b\nPDQ," H2 ",ours,DISPUTED,\n",
    "hash,owner,note,opinion,disable_until\n" H1
    ",me,why,Negative,1700000000\n" H2 ",,,,\n",
  };
  static const char *const names[][2] = {
    { "f8f8f0cce0f4e84d", "b0a10efd71cc3f42" },
    { "film.txt@0.000", "film.txt@0.033" },
    { "film.txt@0.00", "film.txt@1.23e+03" },
    { "a.mp4@0", "a, b.mp4@1.5" },
    { "f8f8f0cce0f4e84d", "b0a10efd71cc3f42" },
    { "f8f8f0cce0f4e84d", "b0a10efd71cc3f42" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    const WeirHashlistOptions options = { .file = "film.txt" };
    g_autoptr (GError) error = NULL;
    g_autoptr (WeirHashlist) list =
        weir_hashlist_parse (texts[i], strlen (texts[i]), &options, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (list->count, ==, 2);
    for (guint k = 0; k < 2; k++) {
      char hex[WEIR_PDQ_HEX_DIGITS + 1];
      g_autofree char *lower = g_ascii_strdown (k ? H2 : H1, -1);

      weir_pdq_format (list->entries[k].hash, hex);
      g_assert_cmpstr (hex, ==, lower);
      g_assert_cmpstr (list->entries[k].entry, ==, names[i][k]);
    }
    g_assert_cmpuint (
        list->entries[0].quality, ==, i >= 1 && i <= 3 ? 77 : 100);
    if (i == 1 || i == 2)
      g_assert_true (list->entries[0].item == list->entries[1].item);
    if (i == 4) {
      g_assert_cmpstr (list->entries[0].more->owner, ==, "ours");
      g_assert_cmpstr (list->entries[0].more->label, ==, "a b");
      g_assert_cmpint (
          list->entries[0].more->opinion, ==, WEIR_HASHLIST_POSITIVE);
      g_assert_cmpint (
          list->entries[1].more->opinion, ==, WEIR_HASHLIST_DISPUTED);
    }
    if (i == 5) {
      g_assert_cmpstr (list->entries[0].more->note, ==, "why");
      g_assert_cmpint (
          list->entries[0].more->opinion, ==, WEIR_HASHLIST_NEGATIVE);
      g_assert_cmpint (list->entries[0].more->disable_until_s, ==, 1700000000);
      g_assert_null (list->entries[1].more);
    }
  }
}

/* Taken, marked, and left out of what is looked up. */
static void
test_health (void)
{
  static const struct {
    const char *line;
    WeirHashlistHealth health;
    const char *fault;
  } cases[] = {
    { H1 ",100", WEIR_HASHLIST_SOUND, NULL },
    { ZEROS ",100", WEIR_HASHLIST_ZEROS,
        "0 of 256 bits are set, as in the hash of every black picture" },
    { H1 ",0", WEIR_HASHLIST_FLAT,
        "quality 0, a plain picture's, whose hash is noise" },
    { "ffffffffffffffffffffffffffffffffffffffff"
      "000000000000000000000000"
      ",100",
        WEIR_HASHLIST_SOUND, NULL },
    { "fffffffffffffffffffffffffffffffffffffffff"
      "00000000000000000000000"
      ",100",
        WEIR_HASHLIST_UNEVEN, "164 of 256 bits are set; 96 to 160 are usual" },
    { "ffffffffffffffffffffffff"
      "0000000000000000000000000000000000000000"
      ",100",
        WEIR_HASHLIST_SOUND, NULL },
    { "fffffffffffffffffffffff"
      "00000000000000000000000000000000000000000"
      ",100",
        WEIR_HASHLIST_UNEVEN, "92 of 256 bits are set; 96 to 160 are usual" },
  };
  g_autoptr (GString) text = g_string_new ("hash,quality\n");
  g_autoptr (WeirHashlist) list = NULL;
  g_autofree guint8 *hashes = NULL;
  g_autofree guint32 *places = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_string_append_printf (text, "%s\n", cases[i].line);
  list = parse (text->str);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_assert_cmpint (list->entries[i].health, ==, cases[i].health);
    g_assert_cmpuint (list->entries[i].line, ==, i + 2);
    {
      g_autofree char *fault = weir_hashlist_dup_fault (
          list->entries[i].hash, list->entries[i].quality);

      g_assert_cmpstr (fault, ==, cases[i].fault);
    }
  }
  g_assert_cmpuint (weir_hashlist_collect (list, 50, &hashes, &places), ==, 3);
  g_assert_cmpuint (places[0], ==, 0);
  g_assert_cmpuint (places[1], ==, 3);
  g_assert_cmpuint (places[2], ==, 5);
}

static void
note_line (guint line, const char *why, gpointer data)
{
  g_string_append_printf (data, "%u %s\n", line, why);
}

static void
count_progress (gsize done, gsize total, gpointer data)
{
  g_assert_cmpuint (done, <=, total);
  if (done == total)
    g_string_append (data, "all\n");
}

/* Refused lines are told by number, the rest goes in. */
static void
test_lenient (void)
{
  static const struct {
    const char *text;
    guint count;
    const char *told;
  } cases[] = {
    { "hash,quality\n" H1 ",1\n" H2 ",x\n\n#\nff,1\n" H3 ",2\n", 2,
        "3 quality is not a whole number from 0 to 100\n"
        "6 hash has 2 digits, 64 expected\nall\n" },
    { "hash,file\n" H1 ",\"never closed\n" H2 ",x\n" H3 ",y\n", 2,
        "2 a quote is opened and not closed\nall\n" },
    { "hash,file\n" H1 ",a\"b\n" H2 "\n" H3 ",y\n", 1,
        "2 a quote inside a field that does not begin with one\n"
        "3 1 fields, 2 expected\nall\n" },
    { "pdq " H1 "\nvideo_md5 d41d8cd98f00b204e9800998ecf8427e\n" H2 "\n", 2,
        "2 a signal of another type than pdq\nall\n" },
    { "[\"" H1 ",1,0\",\n\"ff,1,0\",\"x\",\n\"" H2 ",1,0\"]", 2,
        "2 hash has 2 digits, 64 expected\n"
        "2 a string is not hash,quality,seconds\nall\n" },
    { "hash\n" H1 "\n0\n", 1, "3 hash has 1 digits, 64 expected\nall\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) told = g_string_new (NULL);
    const WeirHashlistOptions options = {
      .on_refused = note_line, .on_progress = count_progress, .data = told
    };
    g_autoptr (GError) error = NULL;
    g_autoptr (WeirHashlist) list = weir_hashlist_parse (
        cases[i].text, strlen (cases[i].text), &options, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (told->str, ==, cases[i].told);
    g_assert_cmpuint (list->count, ==, cases[i].count);
  }
}

static void
test_json_broken (void)
{
  static const char *const texts[] = { "[", "[1]", "[\"" H1 ",1,0\"",
    "[\"" H1 ",1,0\" \"\"]", "[\"" H1 ",1,0\"] x", "[\"\\u0041\"]",
    "[\"" H1 ",1,0\",]" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (
        weir_hashlist_parse (texts[i], strlen (texts[i]), NULL, &error));
    g_assert_cmpstr (error->message, ==,
        "line 1: not a JSON array of strings without escapes");
  }
}

static void
assert_limit (const char *text, gsize size, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (weir_hashlist_parse (text, size, NULL, &error));
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
      "2147483649 bytes, at most 2147483648 are taken");
  g_assert_null (weir_hashlist_parse ("ha\0sh", 5, NULL, &error));
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

  g_assert_null (weir_hashlist_load (path, NULL, &error));
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_file_set_contents (path, H1 "\nff\n", -1, NULL);
  g_assert_null (weir_hashlist_load (path, NULL, &error));
  g_assert_cmpstr (error->message, ==, wanted);
  g_clear_error (&error);
  g_file_set_contents (path, H1 "\n", -1, NULL);
  list = weir_hashlist_load (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->count, ==, 1);
  remove (path);
  remove (folder);
}

static char *
write_list (const WeirHashlist *list, WeirHashlistForm form)
{
  GString *text = g_string_new (NULL);

  weir_hashlist_write_head (text, form);
  for (guint32 i = 0; i < list->count; i++)
    weir_hashlist_write_entry (text, form, i, &list->entries[i], NULL);
  weir_hashlist_write_tail (text, form);
  return g_string_free (text, FALSE);
}

/* Whatever is written reads as what it was, as far as the form goes. */
static void
test_write (void)
{
  g_autoptr (WeirHashlist) list = parse (
      "hash,quality,entry,item,label,owner,opinion,note,disable_until\n" H1
      ",7,\"a, \"\"b\"\"@2.500\",film,l,o,positive,\"x, y\",99\n" H2
      ",100,b,b,,,,,\n" H3 ",50,c@1.000,film,\"p q\",us,disputed,,\n");

  for (WeirHashlistForm form = 0; form < WEIR_HASHLIST_FORMS; form++) {
    g_autofree char *text = write_list (list, form);
    g_autoptr (WeirHashlist) again = parse (text);
    g_autofree char *twice = write_list (again, form);
    gboolean csv = form == WEIR_HASHLIST_FORM_CSV;
    gboolean vpdq = form >= WEIR_HASHLIST_FORM_VPDQ;

    if (!vpdq) /* which takes the name from the file */
      g_assert_cmpstr (text, ==, twice);
    g_assert_null (strstr (text, "B0A1"));
    g_assert_cmpuint (again->count, ==, 3);
    for (guint i = 0; i < 3; i++) {
      const WeirHashlistEntry *a = &list->entries[i], *b = &again->entries[i];

      g_assert_cmpmem (a->hash, 32, b->hash, 32);
      g_assert_cmpuint (b->quality, ==, csv || vpdq ? a->quality : 100);
      if (!csv)
        continue;
      g_assert_cmpstr (a->entry, ==, b->entry);
      g_assert_cmpstr (a->item, ==, b->item);
    }
    if (csv || form == WEIR_HASHLIST_FORM_TX) {
      g_assert_cmpstr (again->entries[0].more->label, ==, "l");
      g_assert_cmpstr (again->entries[2].more->owner, ==, "us");
      g_assert_cmpint (
          again->entries[2].more->opinion, ==, WEIR_HASHLIST_DISPUTED);
    }
    if (csv)
      g_assert_cmpint (again->entries[0].more->disable_until_s, ==, 99);
  }
}

static void
test_write_forms (void)
{
  static const char *const texts[] = { H1 "\n" H3 "\n",
    "pdq " H1 "\npdq " H3 "\n", NULL,
    "signal_type,signal_str,collab,category,tags\npdq," H1
    ",o,POSITIVE_CLASS,l\npdq," H3 ",,,\n",
    "0,7," H1 ",2.500\n1,100," H3 ",0.000\n",
    "[\"" H1 ",7,2.500\",\n \"" H3 ",100,0.000\"]\n" };
  g_autoptr (WeirHashlist) list =
      parse ("hash,quality,entry,label,owner,opinion\n" H1
             ",7,a@2.5,l,o,positive\n" H3 ",,,,,\n");
  WeirHashlistForm form;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *text = write_list (list, i);

    if (texts[i] != NULL)
      g_assert_cmpstr (text, ==, texts[i]);
  }
  g_assert_true (weir_hashlist_form_parse ("vpdq-json", &form));
  g_assert_cmpint (form, ==, WEIR_HASHLIST_FORM_VPDQ_JSON);
  g_assert_false (weir_hashlist_form_parse ("xml", &form));
}

static gpointer
write_list_to (gpointer path)
{
  FILE *file = fopen (path, "w");

  g_assert_nonnull (file);
  g_assert_cmpint (fputs (H1 "\n" H2 "\n", file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
  return NULL;
}

/* A pipe is read to its end; what may have none is not begun with. */
static void
test_no_files (void)
{
  g_autofree char *dir = g_dir_make_tmp ("weir-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "pipe", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirHashlist) list = NULL;
  GThread *writer;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  writer = g_thread_new ("writer", write_list_to, path);
  list = weir_hashlist_load (path, NULL, &error);
  g_thread_join (writer);
  g_assert_no_error (error);
  g_assert_cmpuint (list->count, ==, 2);
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (rmdir (dir), ==, 0);

  g_assert_null (weir_hashlist_load ("/dev/zero", NULL, &error));
  g_assert_error (error, WEIR_HASH_ERROR, WEIR_HASH_ERROR_SYSTEM);
  g_assert_cmpstr (error->message, ==, "/dev/zero: neither a file nor a pipe");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hashlist/bare", test_bare);
  g_test_add_func ("/hashlist/columns", test_columns);
  g_test_add_func ("/hashlist/empty", test_empty);
  g_test_add_func ("/hashlist/only-header", test_only_header);
  g_test_add_func ("/hashlist/broken", test_broken);
  g_test_add_func ("/hashlist/forms", test_forms);
  g_test_add_func ("/hashlist/health", test_health);
  g_test_add_func ("/hashlist/lenient", test_lenient);
  g_test_add_func ("/hashlist/json-broken", test_json_broken);
  g_test_add_func ("/hashlist/limits", test_limits);
  g_test_add_func ("/hashlist/write", test_write);
  g_test_add_func ("/hashlist/write-forms", test_write_forms);
  g_test_add_func ("/hashlist/load", test_load);
  g_test_add_func ("/hashlist/no-files", test_no_files);
  return g_test_run ();
}
