/* Lists that are put into banks. */
#pragma once

#include "web/request.h"

/* TRUE when REQUEST, whose headers are there and whose body of SIZE bytes is
 * still to come, is an import: its body goes to weir_api_import_body (), or it
 * has been refused. */
gboolean weir_api_import_begin (WeirRequest *request, guint64 size);
void
weir_api_import_body (WeirRequest *request, const guint8 *data, gsize size);
/* All of the body is there. */
void weir_api_import_end (WeirRequest *request);
/* The connection is gone. */
void weir_api_import_give_up (WeirRequest *request);

/* TRUE when the path of REQUEST (PARTS behind /api/v1/) is how far an import
 * has got; it has been answered then. */
gboolean weir_api_import_get (
    WeirRequest *request, const WeirUser *user, char **parts, guint n);
