/* getaddrinfo () on libuv's thread pool. */
#include "workers/srt-resolve.h"

#include <netdb.h>
#include <netinet/in.h>

struct _WeirSrtResolve {
  uv_getaddrinfo_t uv;
  guint nth;
  WeirSrtResolved func; /* NULL: cancelled */
  gpointer data;
};

static void
on_done (uv_getaddrinfo_t *uv, int status, struct addrinfo *found)
{
  WeirSrtResolve *resolve = uv->data;
  const struct addrinfo *one = found;
  char text[INET6_ADDRSTRLEN] = "";
  guint n = 0;

  for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
    n++;
  for (guint i = n > 0 ? resolve->nth % n : 0; i > 0; i--)
    one = one->ai_next;
  if (one != NULL)
    getnameinfo (one->ai_addr, one->ai_addrlen, text, sizeof text, NULL, 0,
        NI_NUMERICHOST);
  if (resolve->func != NULL && text[0] != '\0')
    resolve->func (text, NULL, resolve->data);
  else if (resolve->func != NULL)
    resolve->func (
        NULL, status != 0 ? uv_strerror (status) : "no address", resolve->data);
  uv_freeaddrinfo (found);
  g_free (resolve);
}

WeirSrtResolve *
weir_srt_resolve (WeirLoop *loop, const char *host, guint nth,
    WeirSrtResolved func, gpointer data)
{
  WeirSrtResolve *resolve = g_new0 (WeirSrtResolve, 1);

  resolve->uv.data = resolve;
  resolve->nth = nth;
  resolve->func = func;
  resolve->data = data;
  if (uv_getaddrinfo (weir_loop_uv (loop), &resolve->uv, on_done, host, NULL,
          &(struct addrinfo){ .ai_socktype = SOCK_DGRAM })
      == 0)
    return resolve;
  g_free (resolve);
  return NULL;
}

void
weir_srt_resolve_cancel (WeirSrtResolve *resolve)
{
  if (resolve == NULL)
    return;
  resolve->func = NULL;
  uv_cancel ((uv_req_t *) &resolve->uv);
}
