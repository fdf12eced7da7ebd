/* The table of rules. */
#include "programs/srt/rules.h"

#include <sodium.h>
#include <string.h>

#include "base/error.h"

G_STATIC_ASSERT (WEIR_SRT_SECRET_HASH_BYTES == crypto_generichash_BYTES);

typedef struct {
  guint16 code;
  guint8 flags;
  guint8 key_length;
  char passphrase[WEIR_SRT_MAX_PASSPHRASE_BYTES + 1];
  char *path;
} Rule;

struct _WeirSrtRules {
  GMutex lock;
  GHashTable *table; /* {lock} GBytes of kind and key → Rule */
};

static void
rule_free (gpointer data)
{
  Rule *rule = data;

  sodium_memzero (rule->passphrase, sizeof rule->passphrase);
  g_free (rule->path);
  g_free (rule);
}

static guint
key_hash (gconstpointer key)
{
  return g_bytes_hash (key);
}

/* Hashes of secrets among them, so it takes the same time whatever differs. */
static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  gsize na, nb;
  const guint8 *pa = g_bytes_get_data ((GBytes *) a, &na);
  const guint8 *pb = g_bytes_get_data ((GBytes *) b, &nb);

  return na == nb && sodium_memcmp (pa, pb, na) == 0;
}

WeirSrtRules *
weir_srt_rules_new (void)
{
  WeirSrtRules *self = g_new0 (WeirSrtRules, 1);

  if (sodium_init () < 0)
    g_error ("libsodium can't be initialised");
  g_mutex_init (&self->lock);
  self->table = g_hash_table_new_full (
      key_hash, key_equal, (GDestroyNotify) g_bytes_unref, rule_free);
  return self;
}

void
weir_srt_rules_free (WeirSrtRules *rules)
{
  if (rules == NULL)
    return;
  g_hash_table_unref (rules->table);
  g_mutex_clear (&rules->lock);
  g_free (rules);
}

static GBytes *
make_key (guint kind, const void *key, gsize size)
{
  guint8 *bytes = g_malloc (size + 1);

  bytes[0] = (guint8) kind;
  if (size > 0)
    memcpy (bytes + 1, key, size);
  return g_bytes_new_take (bytes, size + 1);
}

static gboolean
check (const WeirSrtRule *r, GError **error)
{
  const char *wrong = NULL;

  if (r->kind == WEIR_SRT_RULE_KEY && r->key_size != WEIR_SRT_SECRET_HASH_BYTES)
    wrong = "the key of KEY is no hash";
  else if (r->passphrase_size > 0
           && r->passphrase_size < WEIR_SRT_MIN_PASSPHRASE_BYTES)
    wrong = "the passphrase is too short";
  else if (r->key_length % 8 != 0 || r->key_length == 8 || r->key_length > 32)
    wrong = "the key length is none";
  if (wrong != NULL)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL, "rule: %s", wrong);
  return wrong == NULL;
}

gboolean
weir_srt_rules_put (
    WeirSrtRules *rules, const WeirSrtRule *rule, GError **error)
{
  GBytes *key;
  Rule *kept;
  gboolean fits;

  if (!check (rule, error))
    return FALSE;
  key = make_key (rule->kind, rule->key, rule->key_size);
  g_mutex_lock (&rules->lock);
  fits = g_hash_table_size (rules->table) < WEIR_SRT_MAX_RULES;
  if (rule->flags & WEIR_SRT_RULE_REMOVE) {
    g_hash_table_remove (rules->table, key);
    g_bytes_unref (key);
    fits = TRUE;
  } else if (fits || g_hash_table_contains (rules->table, key)) {
    kept = g_new0 (Rule, 1);
    kept->code = rule->code;
    kept->flags = rule->flags;
    kept->key_length = rule->key_length;
    if (rule->passphrase_size > 0)
      memcpy (kept->passphrase, rule->passphrase, rule->passphrase_size);
    kept->path =
        g_strndup (rule->path_size > 0 ? rule->path : "", rule->path_size);
    g_hash_table_replace (rules->table, key, kept);
    fits = TRUE;
  } else {
    g_bytes_unref (key);
  }
  g_mutex_unlock (&rules->lock);
  if (!fits)
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_LIMIT, "more than %d rules",
        WEIR_SRT_MAX_RULES);
  return fits;
}

/* {lock} */
static const Rule *
find (const WeirSrtRules *rules, guint kind, const void *key, gsize size)
{
  g_autoptr (GBytes) bytes = make_key (kind, key, size);

  return g_hash_table_lookup (rules->table, bytes);
}

static void
apply (const Rule *rule, WeirSrtVerdict *verdict)
{
  if (rule == NULL)
    return;
  if (verdict->code == 0)
    verdict->code = rule->code;
  if (rule->passphrase[0] != '\0') {
    memcpy (verdict->passphrase, rule->passphrase, sizeof rule->passphrase);
    verdict->key_length = rule->key_length;
  }
}

/* {lock} The rule for the secret of ID, which may be its name, if it is for
 * just that application and name. */
static const Rule *
find_secret (const WeirSrtRules *rules, const WeirStreamId *id)
{
  gboolean bare = id->secret[0] == '\0';
  const char *secret = bare ? id->name : id->secret;
  guint8 hash[WEIR_SRT_SECRET_HASH_BYTES];
  const Rule *rule;
  const char *slash;

  crypto_generichash (
      hash, sizeof hash, (const guint8 *) secret, strlen (secret), NULL, 0);
  rule = find (rules, WEIR_SRT_RULE_KEY, hash, sizeof hash);
  if (rule == NULL || (slash = strchr (rule->path, '/')) == NULL
      || strlen (id->app) != (gsize) (slash - rule->path)
      || strncmp (rule->path, id->app, strlen (id->app)) != 0
      || (!bare && strcmp (slash + 1, id->name) != 0))
    return NULL;
  return rule;
}

void
weir_srt_rules_judge (WeirSrtRules *rules, const char *address_key,
    const WeirStreamId *id, WeirSrtVerdict *ret_verdict)
{
  const Rule *all, *app, *secret, *name;
  g_autofree char *path = NULL;
  WeirSrtVerdict v = { 0 };
  guint8 flags;

  g_mutex_lock (&rules->lock);
  apply (find (rules, WEIR_SRT_RULE_ADDRESS, address_key, strlen (address_key)),
      &v);
  all = find (rules, WEIR_SRT_RULE_ALL, NULL, 0);
  apply (all, &v);
  app = find (rules, WEIR_SRT_RULE_APP, id->app, strlen (id->app));
  apply (app, &v);
  flags = app != NULL ? app->flags : all != NULL ? all->flags : 0;
  secret = find_secret (rules, id);
  if (secret == NULL && flags & WEIR_SRT_RULE_CHECK_KEYS && v.code == 0)
    v.code = WEIR_SRT_UNAUTHORIZED;
  apply (secret, &v);
  path = secret != NULL ? g_strdup (secret->path)
                        : g_strconcat (id->app, "/", id->name, NULL);
  name = find (rules, WEIR_SRT_RULE_NAME, path, strlen (path));
  apply (name, &v);
  if (v.code == WEIR_SRT_FORBIDDEN
      && ((secret != NULL && secret->code == v.code)
          || (name != NULL && name->code == v.code)))
    g_strlcpy (v.barred, path, sizeof v.barred);
  g_mutex_unlock (&rules->lock);
  *ret_verdict = v;
}

guint8
weir_srt_rules_get_key_length (WeirSrtRules *rules)
{
  const Rule *all;
  guint8 length;

  g_mutex_lock (&rules->lock);
  all = find (rules, WEIR_SRT_RULE_ALL, NULL, 0);
  length = all != NULL ? all->key_length : 0;
  g_mutex_unlock (&rules->lock);
  return length;
}
