/* The settings: one table makes the parser, the sample file and the reference
 * page. Pure: text in, values out.
 *
 * Syntax is GKeyFile's: [section], key = value, # comments. Unlike GKeyFile,
 * unknown and duplicate sections and keys are errors, and every error names
 * file, line, section and key. */
#pragma once

#include <glib.h>

typedef struct _WeirSettings WeirSettings;

#define WEIR_SETTINGS_MAX_BYTES (1024 * 1024)
#define WEIR_SETTINGS_MAX_VALUE_BYTES 4096

/* TEXT of SIZE bytes, called NAME in messages. NULL with WEIR_ERROR_CONFIG. */
WeirSettings *weir_settings_parse (
    const char *name, const char *text, gsize size, GError **error);
WeirSettings *weir_settings_load (const char *path, GError **error);
void weir_settings_free (WeirSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirSettings, weir_settings_free)

/* Values of one-of-a-kind sections. Asking for a key that is not in the
 * table, or as another type, is a programming error. Strings are borrowed. */
gint64 weir_settings_int (
    const WeirSettings *settings, const char *section, const char *key);
gboolean weir_settings_bool (
    const WeirSettings *settings, const char *section, const char *key);
const char *weir_settings_string (
    const WeirSettings *settings, const char *section, const char *key);

/* The same for application APP: its [app] section may override. */
gint64 weir_settings_app_int (const WeirSettings *settings, const char *app,
    const char *section, const char *key);
gboolean weir_settings_app_bool (const WeirSettings *settings, const char *app,
    const char *section, const char *key);
const char *weir_settings_app_string (const WeirSettings *settings,
    const char *app, const char *section, const char *key);

/* Sections with a name: "egress" → the NAMEs of all [egress NAME], in the
 * order of the file; NULL-terminated, caller frees. */
char **weir_settings_names (const WeirSettings *settings, const char *section);
/* Whether there is a [SECTION NAME]. */
gboolean weir_settings_has (
    const WeirSettings *settings, const char *section, const char *name);
gint64 weir_settings_named_int (const WeirSettings *settings,
    const char *section, const char *name, const char *key);
gboolean weir_settings_named_bool (const WeirSettings *settings,
    const char *section, const char *name, const char *key);
const char *weir_settings_named_string (const WeirSettings *settings,
    const char *section, const char *name, const char *key);

/* What differs between OLD and FRESH and needs a restart to take effect:
 * "[rtmp] port" and so on; NULL-terminated, caller frees. */
char **
weir_settings_need_restart (const WeirSettings *old, const WeirSettings *fresh);

/* weir.conf.sample: every key with meaning, trade-off and default. */
char *weir_settings_sample (void);
/* The reference page, Markdown. */
char *weir_settings_reference (void);
