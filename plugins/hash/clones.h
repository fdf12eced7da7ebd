/* WEIR_CLONES before a function: compile it for newer processors too and
 * choose when the program is loaded. All versions give the same floats, since
 * contraction into fused operations is off (-ffp-contract=off). */
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)            \
    && !defined(__SANITIZE_ADDRESS__)
#define WEIR_CLONES __attribute__ ((target_clones ("avx2", "default")))
#define WEIR_POPCNT_CLONES __attribute__ ((target_clones ("popcnt", "default")))
#else
#define WEIR_CLONES
#define WEIR_POPCNT_CLONES
#endif
