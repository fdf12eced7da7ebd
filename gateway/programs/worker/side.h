/* What every worker program does at its end of the gateway's socket. */
#pragma once

#include "wire/frame-reader.h"

/* Whoever takes the process over through a decoder's fault shall not find
 * much to do with it: no core dump, few files, no new rights, and it dies with
 * the gateway. Ctrl-C in a terminal is left to the gateway. */
void weir_worker_side_confine (guint max_open_files);

/* Says HELLO as PROGRAM and waits for the gateway's. WEIR_FRAME_FAILED with
 * WEIR_ERROR_CONFIG when it is not of this version. IN and OUT are scratch
 * space. */
WeirFrameResult weir_worker_side_greet (int fd, GByteArray *in, GByteArray *out,
    const char *program, GError **error);

/* Tells the gateway why JOB gave nothing. */
gboolean weir_worker_side_fail (
    int fd, GByteArray *out, guint64 job, const char *text, GError **error);

/* 0 when the gateway closed the socket; 2 when it can't be talked to, 1 when
 * the connection broke: then ERROR is logged. */
int weir_worker_side_exit_status (
    WeirFrameResult result, const GError *error, const char *topic);
