/* The descriptions of the API that are built into the program: openapi.json
 * and asyncapi.json of this folder. Borrowed. */
#pragma once

#include <glib.h>

GBytes *weir_api_docs_openapi (void);
GBytes *weir_api_docs_asyncapi (void);
