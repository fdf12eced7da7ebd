/* What people build beside a relay: for every stream an ffmpeg that pulls it
 * and decodes key frames to gray pictures, and one program that hashes them
 * (PDQ, see pdq-plain.h) and searches each in a flat faiss index.
 *
 * In its favour all streams share one index and one process; one thread.
 * Prints {"event":"ready"} when every stream has given a picture, and at SIGTERM
 * {"event":"end",…} with what it did. */
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <faiss/IndexBinaryFlat.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <omp.h>

extern "C" {
#include "bench/peers/pdq-plain.h"
}

namespace {

constexpr int WIDTH = 1280, HEIGHT = 720;
constexpr size_t FRAME = size_t (WIDTH) * HEIGHT;
constexpr size_t HASH = 32;
constexpr int RADIUS = 31, MIN_QUALITY = 50;

volatile sig_atomic_t ending;

void
on_signal (int)
{
  ending = 1;
}

struct Stream {
  pid_t pid = 0;
  int fd = -1;
  size_t have = 0;
  unsigned frames = 0;
  std::vector<uint8_t> frame = std::vector<uint8_t> (FRAME);
};

struct Totals {
  unsigned long frames = 0, hits = 0;
};

/* URL with %d replaced by N. */
std::string
url_of (const std::string &url, unsigned n)
{
  std::string text = url;
  size_t at = text.find ("%d");

  if (at != std::string::npos)
    text.replace (at, 2, std::to_string (n));
  return text;
}

void
start (Stream &stream, const std::string &url)
{
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) != 0) {
    perror ("chain-look: pipe");
    exit (1);
  }
  stream.pid = fork ();
  if (stream.pid == 0) {
    dup2 (ends[1], 1);
    execlp ("ffmpeg", "ffmpeg", "-hide_banner", "-loglevel", "error",
        "-nostdin", "-threads", "1", "-skip_frame", "nokey", "-i",
        url.c_str (), "-map", "0:v:0", "-vsync", "passthrough", "-f",
        "rawvideo", "-pix_fmt", "gray", "pipe:1", nullptr);
    _exit (127);
  }
  close (ends[1]);
  fcntl (ends[0], F_SETFL, O_NONBLOCK);
  /* As few reads a picture as the system allows. */
  fcntl (ends[0], F_SETPIPE_SZ, 1 << 20);
  stream.fd = ends[0];
}

void
look (const faiss::IndexBinaryFlat &index, const uint8_t *frame,
    PdqPlainScratch &scratch, Totals &totals)
{
  uint8_t hashes[8][HASH];
  int quality;
  faiss::RangeSearchResult found (1);

  pdq_plain (frame, WIDTH, HEIGHT, &scratch, hashes, &quality);
  totals.frames++;
  if (quality < MIN_QUALITY)
    return;
  /* faiss takes what is nearer than its radius. */
  index.range_search (1, hashes[0], RADIUS + 1, &found);
  totals.hits += found.lims[1];
}

/* FALSE when the stream has ended. */
bool
take (Stream &stream, const faiss::IndexBinaryFlat &index,
    PdqPlainScratch &scratch, Totals &totals)
{
  for (;;) {
    ssize_t n =
        read (stream.fd, &stream.frame[stream.have], FRAME - stream.have);

    if (n < 0)
      return errno == EAGAIN || errno == EINTR;
    if (n == 0)
      return false;
    stream.have += size_t (n);
    if (stream.have < FRAME)
      continue;
    stream.have = 0;
    stream.frames++;
    look (index, stream.frame.data (), scratch, totals);
  }
}

std::vector<uint8_t>
read_entries (const char *path)
{
  std::vector<uint8_t> all;
  FILE *file = fopen (path, "rb");
  uint8_t hash[HASH];

  if (file == nullptr) {
    perror (path);
    exit (1);
  }
  while (fread (hash, HASH, 1, file) == 1)
    all.insert (all.end (), hash, hash + HASH);
  fclose (file);
  return all;
}

void
run (std::vector<Stream> &streams, const faiss::IndexBinaryFlat &index)
{
  std::vector<float> luma (FRAME), other (FRAME);
  PdqPlainScratch scratch = { luma.data (), other.data () };
  std::vector<pollfd> polled;
  Totals totals;
  bool told = false;

  for (const Stream &s : streams)
    polled.push_back ({ s.fd, POLLIN, 0 });
  while (!ending && poll (polled.data (), polled.size (), 1000) >= 0) {
    bool all = true;

    for (size_t i = 0; i < streams.size (); i++) {
      if (polled[i].revents != 0
          && !take (streams[i], index, scratch, totals))
        polled[i].fd = -1;
      all = all && streams[i].frames > 0;
    }
    if (all && !told) {
      printf ("{\"event\":\"ready\"}\n");
      fflush (stdout);
      told = true;
    }
  }
  printf ("{\"event\":\"end\",\"frames\":%lu,\"hits\":%lu}\n", totals.frames,
      totals.hits);
  fflush (stdout);
}

} // namespace

int
main (int argc, char **argv)
{
  if (argc != 4) {
    fprintf (stderr, "usage: chain-look ENTRIES STREAMS rtmp://HOST/APP/NAME-%%d\n");
    return 2;
  }
  std::vector<uint8_t> entries = read_entries (argv[1]);
  std::vector<Stream> streams (size_t (atoi (argv[2])));
  faiss::IndexBinaryFlat index (HASH * 8);

  omp_set_num_threads (1);
  index.add (faiss::IndexBinary::idx_t (entries.size () / HASH), entries.data ());
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction (SIGTERM, &action, nullptr);
  sigaction (SIGINT, &action, nullptr);
  for (size_t i = 0; i < streams.size (); i++)
    start (streams[i], url_of (argv[3], unsigned (i)));
  run (streams, index);
  for (Stream &s : streams) {
    kill (s.pid, SIGKILL);
    waitpid (s.pid, nullptr, 0);
  }
  return 0;
}
