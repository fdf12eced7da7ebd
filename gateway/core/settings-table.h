/* The table behind core/settings.h. */
#pragma once

#include <glib.h>

typedef enum {
  WEIR_SETTING_INT,
  WEIR_SETTING_BOOL,
  WEIR_SETTING_STRING,
} WeirSettingType;

typedef enum {
  WEIR_SETTING_APP = 1 << 0,   /* [app NAME] may override it, as SECTION_KEY */
  WEIR_SETTING_NAMED = 1 << 1, /* the section has a name: [egress NAME] */
  /* A reload (SIGHUP) takes it for streams that begin after it. */
  WEIR_SETTING_RELOAD = 1 << 2,
} WeirSettingFlags;

typedef struct {
  const char *section;
  const char *key;
  WeirSettingType type;
  const char *fallback; /* default as text; NULL: must be given */
  gint64 min;
  gint64 max;
  guint flags;
  const char *doc;
  const char *choices; /* "a|b", or NULL for free text */
} WeirSetting;

extern const WeirSetting weir_settings_table[]; /* ends with section NULL */
extern const char *const weir_settings_sections[];
extern const char *const weir_settings_named_sections[];
