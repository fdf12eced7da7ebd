/* Passes descriptors with SCM_RIGHTS. */
#include "wire/fd-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

static gboolean
fail (const char *what, GError **error)
{
  g_set_error (
      error, WEIR_ERROR, WEIR_ERROR_FAILED, "%s: %s", what, g_strerror (errno));
  return FALSE;
}

gboolean
weir_fd_channel_new (int ret[2], GError **error)
{
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
    return fail ("socketpair", error);
  fcntl (fds[0], F_SETFL, O_NONBLOCK);
  memcpy (ret, fds, sizeof fds);
  return TRUE;
}

gboolean
weir_fd_channel_send (int channel, int fd, GError **error)
{
  union {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control = { { 0 } };
  char byte = 0;
  struct iovec data = { &byte, 1 };
  struct msghdr message = { .msg_iov = &data,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = sizeof control.bytes };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  ssize_t n;

  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof fd);
  memcpy (CMSG_DATA (header), &fd, sizeof fd);
  do
    n = sendmsg (channel, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == 1 || fail ("sending a descriptor", error);
}

int
weir_fd_channel_receive (int channel, GError **error)
{
  union {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control;
  char byte;
  struct iovec data = { &byte, 1 };
  struct msghdr message = { .msg_iov = &data,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = sizeof control.bytes };
  const struct cmsghdr *header;
  ssize_t n;
  int fd;

  do
    n = recvmsg (channel, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0) {
    fail ("receiving a descriptor", error);
    return -1;
  }
  header = n > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (header == NULL || header->cmsg_level != SOL_SOCKET
      || header->cmsg_type != SCM_RIGHTS
      || header->cmsg_len != CMSG_LEN (sizeof fd)) {
    g_set_error (error, WEIR_ERROR, WEIR_ERROR_PROTOCOL, "%s",
        n == 0 ? "the channel for descriptors is closed"
               : "a message without a descriptor");
    return -1;
  }
  memcpy (&fd, CMSG_DATA (header), sizeof fd);
  return fd;
}
