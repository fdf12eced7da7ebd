/* The gateway's figures as Prometheus text. */
#pragma once

#include "control/control.h"

GBytes *weir_metrics_text (const WeirControl *control);
