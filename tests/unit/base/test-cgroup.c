/* How much of the processors a container lets the process have. */
#include "base/cgroup.h"

static void
test_cpu (void)
{
  static const struct {
    const char *cpu_max[4];
    guint processors;
    guint want;
  } table[] = {
    { { NULL }, 2, 2000 },
    { { "max 100000\n", NULL }, 2, 2000 },
    { { "max\n", NULL }, 2, 2000 },
    { { "150000 100000\n", NULL }, 2, 1500 },
    { { "max 100000\n", "50000 100000\n", "150000 100000\n" }, 8, 500 },
    { { "900000 100000\n", NULL }, 4, 4000 },
    { { "100000 0\n", NULL }, 2, 2000 },
    { { "100000\n", NULL }, 2, 2000 },
    { { "18446744073709551615 1\n", NULL }, 2, 2000 },
    { { "0 100000\n", NULL }, 2, 1 },
    { { "", NULL }, 1, 1000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_cmpuint (
        weir_cgroup_cpu_permille (table[i].cpu_max, table[i].processors), ==,
        table[i].want);
}

/* Whatever this machine is: what there is is read to its end. */
static void
test_read (void)
{
  g_auto (GStrv) types = weir_cgroup_read ("cgroup.procs");
  g_auto (GStrv) none = weir_cgroup_read ("no such file");

  g_assert_nonnull (types);
  g_assert_null (none[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cgroup/cpu", test_cpu);
  g_test_add_func ("/cgroup/read", test_read);
  return g_test_run ();
}
