/* Nearest word by edit distance with transpositions. */
#include "programs/ctl/suggest.h"

#include <string.h>

#define MAX_LETTERS 32
#define MAX_DISTANCE 2

/* "Optimal string alignment" distance. */
static guint
distance (const char *a, const char *b)
{
  guint d[MAX_LETTERS + 1][MAX_LETTERS + 1];
  gsize na = strlen (a), nb = strlen (b);

  if (na > MAX_LETTERS || nb > MAX_LETTERS)
    return G_MAXUINT;
  for (gsize i = 0; i <= na; i++)
    d[i][0] = (guint) i;
  for (gsize j = 0; j <= nb; j++)
    d[0][j] = (guint) j;
  for (gsize i = 1; i <= na; i++)
    for (gsize j = 1; j <= nb; j++) {
      guint other = a[i - 1] != b[j - 1];

      d[i][j] =
          MIN (MIN (d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + other);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = MIN (d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[na][nb];
}

const char *
weir_ctl_suggest (const char *word, const char *const *choices)
{
  const char *best = NULL;
  gsize letters = strlen (word);
  /* Where half of the letters are wrong nothing is meant. */
  gsize most = letters > 0 ? MIN (MAX_DISTANCE, (letters - 1) / 2) : 0;
  guint least = (guint) most + 1;

  for (; *choices != NULL; choices++) {
    guint n = distance (word, *choices);

    if (letters > 0 && g_str_has_prefix (*choices, word))
      n = 0;
    if (n < least) {
      best = *choices;
      least = n;
    }
  }
  return best;
}
