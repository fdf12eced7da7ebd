/* Which of the forms of a function this processor can run. */
#include "hash/cpu.h"

WeirCpu
weir_cpu_best (void)
{
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("popcnt")) {
    if (__builtin_cpu_supports ("avx512f")
        && __builtin_cpu_supports ("avx512bw")
        && __builtin_cpu_supports ("avx512vl")
        && __builtin_cpu_supports ("avx512vpopcntdq"))
      return WEIR_CPU_AVX512;
    return WEIR_CPU_AVX2;
  }
#endif
  return WEIR_CPU_PORTABLE;
}

const char *
weir_cpu_name (WeirCpu cpu)
{
  switch (cpu) {
  case WEIR_CPU_PORTABLE:
    return "portable";
  case WEIR_CPU_AVX2:
    return "avx2";
  case WEIR_CPU_AVX512:
    return "avx512";
  }
  return "unknown";
}
