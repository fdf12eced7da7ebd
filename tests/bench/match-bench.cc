/* Times range search over 256-bit signatures: ours beside faiss, the CPU time of
 * one thread, the same data and needles, in turns. Every answer of ours is compared with
 * brute force, faiss's number of hits too. Prints a JSON object a line that
 * match.mjs puts together. Arguments: portable, avx2, avx512 or best, then sizes
 * in entries. */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <random>
#include <vector>

#include <glib.h>
#include <omp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/impl/AuxIndexStructures.h>

extern "C" {
#include "hash/cpu.h"
#include "hash/index-build.h"
}

namespace {

constexpr size_t HASH = 32;
constexpr unsigned RADIUS = 31;
constexpr unsigned WIDE_RADIUS = 63;
constexpr unsigned NEEDLES = 64;
constexpr unsigned BATCH = 32;
constexpr unsigned ROUNDS = 5;

using Bytes = std::vector<uint8_t>;

double
now_ms ()
{
  timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return double (t.tv_sec) * 1e3 + double (t.tv_nsec) / 1e6;
}

void
flip (uint8_t *hash, unsigned bits, std::mt19937_64 &rng)
{
  for (unsigned i = 0; i < bits; i++) {
    unsigned bit = rng () % 256;

    hash[bit / 8] ^= uint8_t (1u << bit % 8);
  }
}

/* CLUSTERED: half of the entries are frames of a video each, so near a frame
 * before them; a sixteenth resembles one of ten pictures that are in every
 * list. */
Bytes
make_entries (size_t count, bool clustered, std::mt19937_64 &rng)
{
  Bytes all (count * HASH);

  for (size_t i = 0; i < count * HASH; i += 8) {
    uint64_t word = rng ();

    memcpy (&all[i], &word, 8);
  }
  for (size_t i = 32; clustered && i < count; i++) {
    if (i % 16 == 0) {
      memcpy (&all[i * HASH], &all[rng () % 10 * HASH], HASH);
      flip (&all[i * HASH], 10 + rng () % 40, rng);
    } else if (i % 2 == 1) {
      memcpy (&all[i * HASH], &all[(i - 2) * HASH], HASH);
      flip (&all[i * HASH], rng () % 30, rng);
    }
  }
  return all;
}

Bytes
make_needles (const Bytes &entries, unsigned count, std::mt19937_64 &rng)
{
  Bytes needles = make_entries (count, false, rng);

  for (unsigned n = 0; n < count; n += 2) {
    memcpy (&needles[n * HASH], &entries[rng () % (entries.size () / HASH) * HASH],
        HASH);
    flip (&needles[n * HASH], unsigned (rng () % 32), rng);
  }
  return needles;
}

unsigned
distance (const uint8_t *a, const uint8_t *b)
{
  uint64_t x[4], y[4];
  unsigned sum = 0;

  memcpy (x, a, HASH);
  memcpy (y, b, HASH);
  for (int w = 0; w < 4; w++)
    sum += unsigned (__builtin_popcountll (x[w] ^ y[w]));
  return sum;
}

void
check (const Bytes &entries, const Bytes &needles, unsigned count,
    unsigned radius, GArray *got, const char *what)
{
  size_t at = 0;

  for (unsigned n = 0; n < count; n++) {
    std::vector<std::pair<unsigned, uint32_t>> wanted;

    for (size_t i = 0; i < entries.size () / HASH; i++) {
      unsigned d = distance (&entries[i * HASH], &needles[n * HASH]);

      if (d <= radius)
        wanted.emplace_back (d, uint32_t (i));
    }
    std::sort (wanted.begin (), wanted.end ());
    for (const auto &[d, entry] : wanted) {
      const auto *m = at < got->len
                          ? &g_array_index (got, WeirIndexMatch, at)
                          : nullptr;

      if (m == nullptr || m->needle != n || m->entry != entry
          || m->distance != d) {
        fprintf (stderr, "match-bench: %s: needle %u is answered wrong\n", what,
            n);
        exit (1);
      }
      at++;
    }
  }
  if (at != got->len) {
    fprintf (stderr, "match-bench: %s: answers too many\n", what);
    exit (1);
  }
}

double
median (std::vector<double> v)
{
  std::sort (v.begin (), v.end ());
  return v[v.size () / 2];
}

/* One needle a call, as a live picture asks. */
double
ask_ours (const WeirIndex *index, WeirIndexWay way, const Bytes &needles,
    unsigned count)
{
  double began = now_ms ();

  for (unsigned n = 0; n < count; n++)
    g_array_unref (weir_index_search_many_by (
        index, way, &needles[n * HASH], 1, RADIUS, G_MAXUINT));
  return (now_ms () - began) / count;
}

double
ask_faiss (const faiss::IndexBinary &index, const Bytes &needles,
    unsigned count, size_t *ret_hits)
{
  double began = now_ms ();

  *ret_hits = 0;
  for (unsigned n = 0; n < count; n++) {
    faiss::RangeSearchResult result (1);

    index.range_search (1, &needles[n * HASH], RADIUS + 1, &result);
    *ret_hits += result.lims[1];
  }
  return (now_ms () - began) / count;
}

void
run (WeirCpu cpu, size_t count, bool clustered)
{
  std::mt19937_64 rng (count + clustered);
  Bytes entries = make_entries (count, clustered, rng);
  Bytes needles = make_needles (entries, NEEDLES, rng);
  unsigned faiss_needles = count > 2000000 ? 4 : 16;
  WeirIndexSource source = {};
  GError *error = nullptr;
  double began = now_ms ();
  struct stat st;
  size_t hits;
  int fd;

  source.hashes = entries.data ();
  source.count = uint32_t (count);
  source.capacity = 65536;
  fd = weir_index_build_memfd (&source, nullptr, &error);
  if (fd < 0) {
    fprintf (stderr, "match-bench: %s\n", error->message);
    exit (1);
  }
  double build_ms = now_ms () - began;
  fstat (fd, &st);
  began = now_ms ();
  WeirIndex *index = weir_index_open_fd (fd, &error);
  double open_ms = now_ms () - began;
  close (fd);
  weir_index_set_cpu (index, cpu);

  GArray *got = weir_index_search_many (
      index, needles.data (), NEEDLES, RADIUS, G_MAXUINT);
  check (entries, needles, NEEDLES, RADIUS, got, "radius 31");
  unsigned matches = got->len;
  g_array_unref (got);

  faiss::IndexBinaryFlat flat (256);
  faiss::IndexBinaryMultiHash multi (256, 16, 16);
  multi.nflip = 1;
  began = now_ms ();
  if (!clustered)
    multi.add (faiss::Index::idx_t (count), entries.data ());
  double faiss_build_ms = now_ms () - began;
  if (!clustered)
    flat.add (faiss::Index::idx_t (count), entries.data ());

  std::vector<double> ours, scan, theirs_flat, theirs_multi;
  for (unsigned round = 0; round < ROUNDS; round++) {
    ours.push_back (ask_ours (index, WEIR_INDEX_AUTO, needles, NEEDLES));
    scan.push_back (ask_ours (index, WEIR_INDEX_SCAN, needles, 4));
    if (clustered)
      continue;
    theirs_multi.push_back (ask_faiss (multi, needles, faiss_needles, &hits));
    if (round < 2)
      theirs_flat.push_back (ask_faiss (flat, needles, 2, &hits));
  }
  printf ("{\"entries\":%zu,\"data\":\"%s\",\"ms\":%.4f,\"scan_ms\":%.3f,"
          "\"matches\":%u,\"bytes\":%lld,\"build_ms\":%.0f,\"open_ms\":%.2f",
      count, clustered ? "clustered" : "random", median (ours), median (scan),
      matches, (long long) st.st_size, build_ms, open_ms);
  if (!clustered)
    printf (",\"faiss_flat_ms\":%.3f,\"faiss_multi_ms\":%.3f,"
            "\"faiss_build_ms\":%.0f",
        median (theirs_flat), median (theirs_multi), faiss_build_ms);
  if (count <= 2000000) {
    std::vector<double> batch;

    got = weir_index_search_many (
        index, needles.data (), BATCH, WIDE_RADIUS, G_MAXUINT);
    check (entries, needles, BATCH, WIDE_RADIUS, got, "radius 63");
    g_array_unref (got);
    for (unsigned round = 0; round < 2 * ROUNDS; round++) {
      began = now_ms ();
      g_array_unref (weir_index_search_many (
          index, needles.data (), BATCH, WIDE_RADIUS, G_MAXUINT));
      batch.push_back (now_ms () - began);
    }
    printf (",\"batch_ms\":%.3f", median (batch));
  }
  printf ("}\n");
  fflush (stdout);
  weir_index_unref (index);
}

} // namespace

int
main (int argc, char **argv)
{
  WeirCpu cpu = weir_cpu_best ();

  omp_set_num_threads (1);
  for (int c = 0; argc > 1 && c < WEIR_CPU_LEVELS; c++)
    if (strcmp (argv[1], weir_cpu_name (WeirCpu (c))) == 0)
      cpu = WeirCpu (c);
  if (cpu > weir_cpu_best ()) {
    fprintf (stderr, "match-bench: this processor has no %s\n", argv[1]);
    return 1;
  }
  printf ("{\"cpu\":\"%s\"}\n", weir_cpu_name (cpu));
  for (int i = 2; i < argc; i++) {
    run (cpu, size_t (atol (argv[i])), false);
    run (cpu, size_t (atol (argv[i])), true);
  }
  return 0;
}
