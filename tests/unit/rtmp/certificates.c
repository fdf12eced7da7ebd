/* Runs openssl in a folder of its own. */
#include "certificates.h"

#include <glib/gstdio.h>

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
shell (const char *script)
{
  const char *argv[] = { "sh", "-ec", script, NULL };
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (folder, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
      NULL, &words, &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, NULL))
    g_error ("%s: %s", script, words);
}

void
certificates_make (void)
{
  folder = g_dir_make_tmp ("weir-test-tls-XXXXXX", NULL);
  shell ("new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
         "sign='x509 -req -CA ca.pem -CAkey ca.key -copy_extensions copy'\n"
         "openssl req -x509 $new -keyout ca.key -out ca.pem -subj /CN=ca\n"
         "openssl req $new -keyout good.key -out good.csr -subj /CN=good "
         "  -addext subjectAltName=DNS:" CERTIFICATES_HOST
         ",IP:192.0.2.1,IP:127.0.0.1\n"
         "openssl $sign -in good.csr -out good.pem -days 2\n"
         "openssl $sign -in good.csr -out expired.pem -days -1\n"
         "openssl req -x509 $new -keyout own.key -out own.pem -subj /CN=own "
         "  -addext subjectAltName=DNS:" CERTIFICATES_HOST "\n"
         "openssl ec -in good.key -aes128 -passout pass:x -out locked.key\n"
         "echo nothing > empty.pem\n");
}

void
certificates_remove (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = in_folder (name);

    g_unlink (path);
  }
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
}

WeirTlsContext *
certificates_new_server (
    const char *certificate, const char *key, GError **error)
{
  g_autofree char *certificate_file = in_folder (certificate);
  g_autofree char *key_file = in_folder (key);
  g_autoptr (WeirTlsContext) context =
      weir_tls_context_new_server (certificate_file, error);

  if (context == NULL || !weir_tls_context_load_key (context, key_file, error))
    return NULL;
  return g_steal_pointer (&context);
}

WeirTlsContext *
certificates_new_client (const char *ca, gboolean verify)
{
  g_autofree char *ca_file = ca != NULL ? in_folder (ca) : NULL;
  g_autoptr (GError) error = NULL;
  WeirTlsContext *context =
      weir_tls_context_new_client (ca_file, verify, &error);

  g_assert_no_error (error);
  return context;
}
