/* What the commands of weirctl share: the options, the gateway to talk to,
 * and their entry points. */
#pragma once

#include "programs/ctl/api.h"
#include "programs/ctl/options.h"

typedef struct {
  const WeirCtlOptions *options;
  WeirCtlApi *api; /* NULL for commands that need no gateway */
} WeirCtl;

/* ARGUMENTS: what follows the command's name, ends with NULL. FALSE with
 * ERROR: G_OPTION_ERROR when it was called wrongly, WEIR_ERROR otherwise. */
typedef gboolean (*WeirCtlRun) (
    const WeirCtl *ctl, char **arguments, GError **error);

gboolean
weir_ctl_run_streams (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_cut (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_blank (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_report (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_resume (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_redact (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_mute (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_unmute (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_dump (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_delay (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_sample (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_closed (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_bar (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_cases (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_decide (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_key (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_policy (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_trail (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_status (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_bank (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_match (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_hash (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_convert (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_scan (const WeirCtl *ctl, char **arguments, GError **error);
gboolean
weir_ctl_run_completion (const WeirCtl *ctl, char **arguments, GError **error);

/* Where weir-hasher is: beside this program. */
char *weir_ctl_dup_hasher (void);

/* POSTs VERB for the one stream that ARGUMENTS name and says that it is DONE.
 */
gboolean weir_ctl_run_verb (const WeirCtl *ctl, char **arguments,
    const char *verb, const char *done, GError **error);

/* FALSE and a usage error unless there are exactly N of ARGUMENTS. WANTED
 * says what they are ("CASE cut|blank|release"). */
gboolean
weir_ctl_want (char **arguments, guint n, const char *wanted, GError **error);

/* FALSE and a usage error unless PATH is APP/NAME. */
gboolean weir_ctl_want_path (const char *path, GError **error);

/* A usage error that names what WORD, one of CHOICES, may have meant. */
void weir_ctl_set_unknown (GError **error, const char *what, const char *word,
    const char *const *choices);

/* Prints the gateway's last answer as it is, safe for terminals. */
void weir_ctl_print_answer (const WeirCtl *ctl);

/* Prints printf-like TEXT with control characters escaped, and a newline. */
void weir_ctl_say (const char *format, ...) G_GNUC_PRINTF (1, 2);
