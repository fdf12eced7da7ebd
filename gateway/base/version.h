/* The version, one place for every program. */
#pragma once

#define WEIR_VERSION "0.1.0"
