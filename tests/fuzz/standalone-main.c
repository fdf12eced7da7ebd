/* Runs a fuzz target as an ordinary test: every file of the folders or files
 * named as arguments, and deterministic mutations of each. Prints TAP; a fault
 * shows as a crash or a sanitizer's report.
 *
 * WEIR_FUZZ_MUTATIONS in the environment sets the mutations per file (default
 * 2000), WEIR_FUZZ_SEED makes others of them. The same corpus and seed always
 * give the same inputs. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MUTATIONS 2000
#define MAX_EXTRA_BYTES 64

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static guint64 random_state;

/* splitmix64 (Steele, Lea, Flood 2014): small, and the same everywhere. */
static guint64
next_random (void)
{
  guint64 z = random_state += 0x9e3779b97f4a7c15u;

  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static gsize
random_below (gsize limit)
{
  return limit == 0 ? 0 : (gsize) (next_random () % limit);
}

/* Each input gets a block of its own of exactly its size, so that a sanitizer
 * sees a read one byte too far. */
static void
run_exact (const guint8 *data, gsize size)
{
  guint8 *copy = malloc (size ? size : 1);

  if (size)
    memcpy (copy, data, size);
  LLVMFuzzerTestOneInput (copy, size);
  free (copy);
}

static void
mutate_once (GByteArray *bytes)
{
  static const guint8 telling[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff };
  guint8 extra[MAX_EXTRA_BYTES];
  gsize at = random_below (bytes->len);
  gsize count;

  switch (next_random () % 6) {
  case 0:
    if (bytes->len)
      bytes->data[at] ^= (guint8) (1u << random_below (8));
    break;
  case 1:
    if (bytes->len)
      bytes->data[at] = (guint8) next_random ();
    break;
  case 2:
    if (bytes->len)
      bytes->data[at] = telling[random_below (sizeof telling)];
    break;
  case 3:
    g_byte_array_set_size (bytes, at);
    break;
  case 4:
    count = random_below (bytes->len - at + 1);
    if (count)
      g_byte_array_remove_range (bytes, at, count);
    break;
  default:
    count = 1 + random_below (MAX_EXTRA_BYTES);
    for (gsize i = 0; i < count; i++)
      extra[i] = (guint8) next_random ();
    g_byte_array_append (bytes, extra, count);
    break;
  }
}

static guint
run_file (const char *path, guint mutations, guint64 seed)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *text = NULL;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, NULL)) {
    printf ("Bail out! cannot read %s\n", path);
    exit (1);
  }
  run_exact ((guint8 *) text, size);
  random_state = size + (seed << 32);
  for (guint i = 0; i < mutations; i++) {
    g_byte_array_set_size (bytes, 0);
    g_byte_array_append (bytes, (guint8 *) text, size);
    for (gsize n = 1 + random_below (4); n > 0; n--)
      mutate_once (bytes);
    run_exact (bytes->data, bytes->len);
  }
  return 1 + mutations;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
add_inputs (const char *path, GPtrArray *paths)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  if (folder == NULL) {
    g_ptr_array_add (paths, g_strdup (path));
    return;
  }
  while ((name = g_dir_read_name (folder)))
    if (name[0] != '.')
      g_ptr_array_add (paths, g_build_filename (path, name, NULL));
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *wanted = g_getenv ("WEIR_FUZZ_MUTATIONS");
  guint mutations = wanted ? (guint) atoi (wanted) : DEFAULT_MUTATIONS;
  const char *seed = g_getenv ("WEIR_FUZZ_SEED");

  setvbuf (stdout, NULL, _IOLBF, 0);
  for (int i = 1; i < argc; i++)
    add_inputs (argv[i], paths);
  g_ptr_array_sort (paths, compare_names);
  printf ("1..%u\n", paths->len + 1);
  run_exact (NULL, 0);
  printf ("ok 1 - no bytes at all\n");
  for (guint i = 0; i < paths->len; i++) {
    const char *path = g_ptr_array_index (paths, i);
    g_autofree char *name = g_path_get_basename (path);

    printf ("# %s\n", name);
    printf ("ok %u - %s, %u inputs\n", i + 2, name,
        run_file (
            path, mutations, seed ? g_ascii_strtoull (seed, NULL, 10) : 0));
  }
  return 0;
}
