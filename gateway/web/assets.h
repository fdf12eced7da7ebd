/* The console's files, read into memory at start: what is not in the folder
 * then can't be asked for, whatever the path. */
#pragma once

#include <glib.h>

#define WEIR_ASSET_MAX_BYTES (4 * 1024 * 1024)
#define WEIR_ASSETS_MAX 1000

typedef struct {
  const char *type; /* media type; static */
  GBytes *bytes;
  char *etag;
} WeirAsset;

typedef struct _WeirAssets WeirAssets;

WeirAssets *weir_assets_load (const char *dir, GError **error);
void weir_assets_free (WeirAssets *assets);

/* PATH as in the request, "/" for index.html. NULL when there is none. */
const WeirAsset *weir_assets_get (const WeirAssets *assets, const char *path);
