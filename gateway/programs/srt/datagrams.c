/* A classic BPF program for a UDP socket. */
#include "programs/srt/datagrams.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include "base/error.h"

/* SRT's packets (draft-sharabayko-srt, 3.2), where the filter sees them. */
#define UDP_BYTES 8
#define HEADER UDP_BYTES
#define CONTENT (HEADER + 16)
#define HANDSHAKE_BYTES 48
#define MTU (CONTENT + 12)
#define FLOW_WINDOW (CONTENT + 16)
#define REQUEST (CONTENT + 20)
#define DROP_BYTES 8

#define CONTROL 0x80000000
#define TYPE 0x7fff0000
#define TYPE_HANDSHAKE 0x00000000
#define TYPE_LOSS 0x00030000
#define TYPE_DROP 0x00070000
#define REQUEST_INDUCTION 1 /* nothing is made of it but an answer */

#define PASS 16
#define DROP 17

#define LOAD(at) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, at)
#define RETURN(bytes) BPF_STMT (BPF_RET | BPF_K, bytes)
/* Statement AT goes on at YES or NO. */
#define IF(at, is, value, yes, no)                                             \
  BPF_JUMP (BPF_JMP | is | BPF_K, value, (yes) - (at) -1, (no) - (at) -1)

gboolean
weir_datagrams_filter (int fd, GError **error)
{
  /* A LOAD from beyond the end drops the datagram. */
  static struct sock_filter statements[] = {
    /*  0 */ BPF_STMT (BPF_LD | BPF_W | BPF_LEN, 0),
    IF (1, BPF_JGE, CONTENT, 2, DROP),
    /*  2 */ LOAD (HEADER),
    IF (3, BPF_JSET, CONTROL, 4, PASS),
    /*  4 */ BPF_STMT (BPF_ALU | BPF_AND | BPF_K, TYPE),
    IF (5, BPF_JEQ, TYPE_LOSS, DROP, 6),
    IF (6, BPF_JEQ, TYPE_DROP, 15, 7),
    IF (7, BPF_JEQ, TYPE_HANDSHAKE, 8, PASS),
    /*  8 */ LOAD (CONTENT + HANDSHAKE_BYTES - 4),
    /*  9 */ LOAD (REQUEST),
    IF (10, BPF_JEQ, REQUEST_INDUCTION, PASS, 11),
    /* 11 */ LOAD (MTU),
    IF (12, BPF_JGE, WEIR_DATAGRAMS_MIN_MTU, 13, DROP),
    /* 13 */ LOAD (FLOW_WINDOW),
    IF (14, BPF_JGT, WEIR_DATAGRAMS_MAX_FLOW_WINDOW, DROP, PASS),
    /* 15 */ LOAD (CONTENT + DROP_BYTES - 4),
    [PASS] = RETURN (G_MAXUINT16),
    [DROP] = RETURN (0),
  };
  const struct sock_fprog program = { G_N_ELEMENTS (statements), statements };

  if (setsockopt (fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program)
      == 0)
    return TRUE;
  g_set_error (error, WEIR_ERROR, WEIR_ERROR_FAILED, "filter of datagrams: %s",
      g_strerror (errno));
  return FALSE;
}
