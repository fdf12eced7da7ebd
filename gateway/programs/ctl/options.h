/* The command line of weirctl. Pure, --help aside: it prints and exits. */
#pragma once

#include <glib.h>

/* Which options a command takes besides those that all take. */
typedef enum {
  WEIR_CTL_OPTION_ALL = 1 << 0,
  WEIR_CTL_OPTION_NOTE = 1 << 1,
  WEIR_CTL_OPTION_REASON = 1 << 2,
  WEIR_CTL_OPTION_PUBLISHER = 1 << 3,
  WEIR_CTL_OPTION_LIMIT = 1 << 4,
  WEIR_CTL_OPTION_VERIFY = 1 << 5,
  WEIR_CTL_OPTION_BANK = 1 << 6,
  WEIR_CTL_OPTION_RADIUS = 1 << 7,
  WEIR_CTL_OPTION_EVERY = 1 << 8,
  WEIR_CTL_OPTION_SLATE = 1 << 9,
  WEIR_CTL_OPTION_BAR = 1 << 10,
  WEIR_CTL_OPTION_PHASE = 1 << 11,
  WEIR_CTL_OPTION_PROBES = 1 << 12,
  WEIR_CTL_OPTION_FORMAT = 1 << 13,
  WEIR_CTL_OPTION_UNTIL = 1 << 14,
  WEIR_CTL_OPTION_FOR = 1 << 15,
  WEIR_CTL_OPTION_SOURCE = 1 << 16,
} WeirCtlOptionSet;

#define WEIR_CTL_DEFAULT_RADIUS 31
#define WEIR_CTL_MAX_RADIUS 63

typedef struct {
  char *url; /* NULL when not given */
  char *token;
  char *token_file;
  gboolean json;
  gboolean version;
  gboolean all;
  char *note;      /* UTF-8 */
  char *reason;    /* UTF-8 */
  char *publisher; /* UTF-8 */
  gint limit;      /* 0 when not given */
  gboolean verify;
  char *bank;
  gint radius;  /* 0 to WEIR_CTL_MAX_RADIUS */
  double every; /* seconds */
  char *slate;  /* as it was given, not parsed */
  char *bar;
  double phase; /* seconds */
  char *probes; /* as it was given; NULL when not given */
  char *format; /* the same */
  char *until;  /* the same */
  char *span;   /* of --for, the same */
  char *source; /* the same */
} WeirCtlOptions;

void weir_ctl_options_clear (WeirCtlOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirCtlOptions, weir_ctl_options_clear)

/* The options before the command's name; ARGS keeps what begins with it.
 * DESCRIPTION stands below the options in --help. */
gboolean weir_ctl_options_parse_global (WeirCtlOptions *options, char ***args,
    const char *description, GError **error);

/* The options behind it, those of SET and the global ones. USAGE ("decide
 * CASE cut|blank|release") and DESCRIPTION are for --help. */
gboolean weir_ctl_options_parse_command (WeirCtlOptions *options, char ***args,
    guint set, const char *usage, const char *description, GError **error);

/* Overwrites the values of --token in ARGV, which other users of the machine
 * can see. */
void weir_ctl_options_hide_token (char **argv);
