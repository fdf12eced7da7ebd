/* The memory that callers may take before the gateway has said anything. */
#pragma once

/* What the callers of a process that are not admitted may have in libsrt's
 * buffers, all together and each; whoever has most is closed. With
 * WEIR_CROWD_MAX_WAITING of them, a port costs no more than these 64 MiB before
 * the gateway has said anything, what the line brings between two looks
 * (WEIR_SRT_EARLY_LOOK_MS: 6 MB with a gigabit a second), what those had who
 * were closed within the last seconds, and libsrt's tables (crowd.h): 256 MB,
 * or 768 MB if all claim the greatest window. */
#define WEIR_SRT_EARLY_ALL_BYTES (64 * 1024 * 1024)
#define WEIR_SRT_EARLY_BYTES (8 * 1024 * 1024)
#define WEIR_SRT_EARLY_LOOK_MS 50
