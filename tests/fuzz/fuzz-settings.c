/* Any bytes as weir.conf: read or refused with words that name the file. */
#include "core/policy.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Policies: read, or refused with words that name the section. */
static void
check_policy (const WeirSettings *settings)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirPolicy) policy = weir_policy_new (settings, NULL, &error);

  g_assert ((policy == NULL) == (error != NULL));
  if (error != NULL)
    g_assert (g_str_has_prefix (error->message, "[policy "));
  else
    g_assert (weir_policy_get_rules (policy)->len <= WEIR_POLICY_MAX_RULES);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirSettings) settings =
      weir_settings_parse ("f", (const char *) data, size, &error);

  g_assert ((settings == NULL) == (error != NULL));
  if (error != NULL) {
    g_assert (g_str_has_prefix (error->message, "f:"));
  } else {
    g_auto (GStrv) names = weir_settings_names (settings, "egress");

    for (char **n = names; *n != NULL; n++)
      g_assert (weir_settings_named_string (settings, "egress", *n, "url"));
    g_assert (weir_settings_int (settings, "gate", "delay_ms") <= 600000);
    check_policy (settings);
  }
  return 0;
}
