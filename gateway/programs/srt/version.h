/* Whether the libsrt that is loaded is known to be safe against strangers. */
#pragma once

#include <glib.h>

/* RUNTIME: srt_getversion (). PACKAGE_VERSION: Debian's, or NULL where there
 * is none to be found. Pure. FALSE with WEIR_ERROR_CONFIG and words for who
 * runs it.
 *
 * 1.5.1 up to 1.5.1-1+deb12u1 copies a key message of any size onto its stack
 * (CVE-2026-55869) and takes forged ones (CVE-2026-55868); upstream is safe
 * from 1.5.5 on. A version in between whose package is not Debian's may have
 * been mended by who made it: it is let pass. */
gboolean weir_srt_version_check (
    guint32 runtime, const char *package_version, GError **error);

/* The version of PACKAGE in STATUS, the text of dpkg's status file, or NULL.
 * Newly allocated. Pure. */
char *weir_srt_version_find (const char *status, const char *package);

/* The same for the libsrt in this process and this machine's packages. */
gboolean weir_srt_version_check_here (GError **error);
