/* The review WebSocket: subprotocol weir.v1. Loop thread. */
#pragma once

#include "web/web-impl.h"

typedef struct _WeirReviewClient WeirReviewClient;

/* What lws keeps for each connection of the protocol. */
typedef struct {
  WeirReviewClient *client;
} WeirReviewSession;

WeirReview *weir_review_new (WeirWeb *web);
void weir_review_free (WeirReview *review);

/* Closes every client with 1001 once it has taken what waits for it. */
void weir_review_say_goodbye (WeirReview *review);
/* TRUE when no client is left. */
gboolean weir_review_is_empty (const WeirReview *review);

/* The lws protocol callback; the vhost's user pointer is the WeirWeb. */
int weir_review_callback (struct lws *wsi, enum lws_callback_reasons reason,
    void *user, void *in, size_t len);
