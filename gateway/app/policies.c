/* Loads the policies and holds them against what analyzers search for. */
#include "app/policies.h"

#include "base/error.h"

WeirPolicy *
weir_policies_load (const WeirSettings *settings, const char *config_path,
    guint max_radius, GError **error)
{
  g_autoptr (WeirPolicy) policy = weir_policy_new (settings, NULL, error);
  const char *name;
  guint radius;

  if (policy == NULL) {
    g_prefix_error (error, "%s: ", config_path);
    return NULL;
  }
  radius = weir_policy_get_radius (policy, &name);
  if (radius > max_radius) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_CONFIG,
        "%s: [policy %s] radius: %u is more than the analyzers search for "
        "(%u); it needs a restart",
        config_path, name, radius, max_radius);
    return NULL;
  }
  return g_steal_pointer (&policy);
}
