/* What nginx-rtmp's on_publish sends and how it reads the answer, for servers
 * that were written for it (nginx-rtmp-module, ngx_rtmp_notify_module.c). Pure.
 *
 * A form of app, flashver, swfurl, tcurl, pageurl, addr, clientid, call, name
 * and type, followed by the publisher's own query arguments, those of the name
 * last. Unlike nginx it has the application's, too, and leaves out what would
 * be taken for one of those fields: else whoever publishes "victim?name=own"
 * is asked about under two names. */
#pragma once

#include "control/auth-impl.h"

/* Newly allocated; holds the publisher's secrets. */
char *weir_publish_form (
    const WeirPublishRequest *request, const WeirPublisher *publisher);

/* 2xx allows; 3xx too, under the name in LOCATION if there is one (RET_NAME,
 * percent-decoded, not validated, caller frees; else NULL); 4xx refuses;
 * anything else is no word. A LOCATION that is an address to push to can't be
 * obeyed. */
WeirAuthVerdict weir_publish_form_read_answer (
    guint status, const char *location, char **ret_name);
