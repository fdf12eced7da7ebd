/* What the processor can do, for code that exists in several forms. Plain C,
 * any thread. */
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In rising order: who has one has those before it. */
typedef enum {
  WEIR_CPU_PORTABLE,
  WEIR_CPU_AVX2,   /* with popcnt */
  WEIR_CPU_AVX512, /* F, BW, VL and VPOPCNTDQ */
} WeirCpu;
#define WEIR_CPU_LEVELS 3

/* The best that is here. */
WeirCpu weir_cpu_best (void);
const char *weir_cpu_name (WeirCpu cpu);

#ifdef __cplusplus
}
#endif
