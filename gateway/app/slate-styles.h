/* What slates show, by application: text from the settings, pictures from
 * files that are read once. Loop thread. */
#pragma once

#include "app/paths.h"

typedef struct _WeirSlateStyles WeirSlateStyles;

/* SETTINGS must outlive it. NULL with WEIR_ERROR_CONFIG, section and key,
 * when a text is too long or no text, or a picture can't be read or is no
 * PNG. */
WeirSlateStyles *weir_slate_styles_load (
    const WeirSettings *settings, const WeirPaths *paths, GError **error);
void weir_slate_styles_free (WeirSlateStyles *styles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirSlateStyles, weir_slate_styles_free)

/* Borrowed; RET_PICTURE may be NULL. */
void weir_slate_styles_get (const WeirSlateStyles *styles, const char *app,
    const char **ret_text, GBytes **ret_picture);
