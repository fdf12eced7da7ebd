/* Which settings of hooks are refused when they are read. */
#include "hooks/publish-hook.h"

#include <string.h>

static void
test_settings (void)
{
  static const struct {
    const char *text, *error; /* NULL: good */
  } table[] = {
    { "", NULL },
    { "[hook a]\nurl=http://h/x\n", NULL },
    { "[hook a]\nurl=rtmp://h/x\n", "[hook a] url: this is no address" },
    { "[rtmp]\nauth=hook\n", "[rtmp] auth: there is no [hook]" },
    { "[rtmp]\nauth=both\n", "[rtmp] auth: there is no [hook]" },
    { "[rtmp]\nauth=hook\n[hook a]\nurl=http://h\n", NULL },
    { "[rtmp]\nauth=hook\n[hook a]\nurl=http://h\napp=live\n", NULL },
    { "[app x]\nauth=hook\n[hook a]\nurl=http://h\napp=live\n",
        "[app x] auth: no [hook] with event = publish is for it" },
    { "[app x]\nauth=hook\n[hook a]\nurl=http://h\napp=x\n", NULL },
    { "[app x]\nauth=hook\n[hook a]\nurl=http://h\n", NULL },
    { "[rtmp]\nauth=hook\n[app x]\ndelay_ms=0\n[hook a]\nurl=http://h\napp=y\n",
        "[app x] auth: no [hook] with event = publish is for it" },
    { "[rtmp]\nauth=hook\n[app x]\nauth=none\n[hook a]\nurl=http://h\napp=y\n",
        NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (WeirSettings) settings = weir_settings_parse (
        "test", table[i].text, strlen (table[i].text), &error);

    g_test_message ("%s", table[i].text);
    g_assert_no_error (error);
    g_assert_true (weir_publish_hook_check_settings (settings, &error)
                   == (table[i].error == NULL));
    if (table[i].error != NULL)
      g_assert_true (g_str_has_prefix (error->message, table[i].error));
    else
      g_assert_no_error (error);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/publish-hook/settings", test_settings);
  return g_test_run ();
}
