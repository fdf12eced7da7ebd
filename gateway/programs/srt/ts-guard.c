/* Chooses and checks packets of MPEG-TS. */
#include "programs/srt/ts-guard.h"

#include <string.h>

#define NO_CONTINUITY 0xff
#define TRACKS 2 /* pictures, sound: WeirMediaKind */

/* A PID that we follow the continuity of. */
typedef struct {
  guint16 pid;
  guint8 continuity; /* of the last packet with payload, or NO_CONTINUITY */
  gboolean waiting;  /* for the next start of a PES packet */
  gsize pes_bytes;
} Follow;

typedef struct {
  WeirTsProgram program;
  WeirTsSection section;
  guint8 continuity;
  gboolean known;
  WeirTsPmt pmt;
} Candidate;

struct _WeirTsGuard {
  const WeirTsGuardFuncs *funcs;
  gpointer data;
  guint wanted;

  guint8 carry[WEIR_TS_PACKET_BYTES];
  gsize carried;
  guint64 stray_bytes;

  WeirTsSection pat;
  guint8 pat_continuity;
  gboolean has_pat; /* one came, as opposed to one found to be missing */
  guint n_candidates;
  Candidate *candidates; /* WEIR_TS_MAX_PROGRAMS */
  guint64 decide_at;     /* packets: no more waiting then */
  int chosen;            /* of candidates, or -1 */
  guint written_pats;
  WeirTsProgram written; /* what the last of them said */
  guint pat_version;

  GByteArray *pmt_packets; /* of the chosen programme, since its last start */
  gboolean change;         /* the tables have changed; between two pictures */

  Follow tracks[TRACKS];
  WeirTsUnits units; /* of pictures */
  GByteArray *out;
  WeirTsGuardStats stats;
};

static void
reset_track (Follow *track, guint pid)
{
  *track = (Follow){
    .pid = (guint16) pid, .continuity = NO_CONTINUITY, .waiting = TRUE
  };
}

WeirTsGuard *
weir_ts_guard_new (guint program, const WeirTsGuardFuncs *funcs, gpointer data)
{
  WeirTsGuard *self = g_new0 (WeirTsGuard, 1);

  self->funcs = funcs;
  self->data = data;
  self->wanted = program;
  self->candidates = g_new0 (Candidate, WEIR_TS_MAX_PROGRAMS);
  self->decide_at = WEIR_TS_DECIDE_PACKETS;
  self->chosen = -1;
  weir_ts_units_init (&self->units);
  self->pat_continuity = NO_CONTINUITY;
  for (guint i = 0; i < TRACKS; i++)
    reset_track (&self->tracks[i], WEIR_TS_NO_PID);
  self->pmt_packets = g_byte_array_new ();
  self->out = g_byte_array_new ();
  return self;
}

void
weir_ts_guard_free (WeirTsGuard *guard)
{
  if (guard == NULL)
    return;
  g_byte_array_unref (guard->pmt_packets);
  g_byte_array_unref (guard->out);
  g_free (guard->candidates);
  g_free (guard);
}

static void
flush (WeirTsGuard *self)
{
  if (self->out->len == 0)
    return;
  self->funcs->on_packets (self->out->data, self->out->len, self->data);
  g_byte_array_set_size (self->out, 0);
}

static void
emit (WeirTsGuard *self, const guint8 *packet)
{
  g_byte_array_append (self->out, packet, WEIR_TS_PACKET_BYTES);
}

/* What has come of TRACK's PES packet is not to be used: a packet without a
 * start and with a counter that can't be right makes the demuxer drop it. */
static void
break_off (WeirTsGuard *self, Follow *track)
{
  guint8 packet[WEIR_TS_PACKET_BYTES];
  guint counter = (track->continuity + 8u) & 15;

  if (track->continuity == NO_CONTINUITY)
    return;
  memset (packet, 0xff, sizeof packet);
  packet[0] = WEIR_TS_SYNC;
  packet[1] = (guint8) (track->pid >> 8);
  packet[2] = (guint8) track->pid;
  packet[3] = (guint8) (0x10 | counter);
  emit (self, packet);
}

/* Something of the track is missing. */
static void
make_hole (WeirTsGuard *self, guint kind)
{
  Follow *track = &self->tracks[kind];

  if (track->waiting)
    return;
  flush (self);
  self->funcs->on_hole ((WeirMediaKind) kind, self->data);
  break_off (self, track);
  flush (self);
  track->waiting = TRUE;
  track->pes_bytes = 0;
  track->continuity = NO_CONTINUITY;
}

/* Whether the counter says that nothing is missing. DUPLICATE: it says that
 * this one came before. */
static gboolean
continues (guint8 *counter, const WeirTsPacket *p, gboolean *ret_duplicate)
{
  guint8 last = *counter;

  *ret_duplicate = FALSE;
  if (p->payload == NULL)
    return TRUE;
  *counter = p->continuity;
  if (last == NO_CONTINUITY || p->jump || p->continuity == ((last + 1) & 15))
    return TRUE;
  *ret_duplicate = p->continuity == last;
  return *ret_duplicate;
}

/* The demuxer is told of one programme only, and that it is another only when
 * it is: it begins anew then. */
static void
emit_pat (WeirTsGuard *self)
{
  const WeirTsProgram *program = &self->candidates[self->chosen].program;
  guint8 pat[WEIR_TS_PACKET_BYTES];

  if (program->number != self->written.number
      || program->pmt_pid != self->written.pmt_pid)
    self->pat_version++;
  self->written = *program;
  weir_ts_pat_write (program, self->pat_version, self->written_pats++, pat);
  emit (self, pat);
}

static void
choose (WeirTsGuard *self, guint index)
{
  const Candidate *c = &self->candidates[index];

  self->chosen = (int) index;
  self->change = FALSE;
  self->stats.changes++;
  flush (self);
  for (guint kind = 0; kind < TRACKS; kind++) {
    const WeirTsStream *s = weir_ts_pmt_find (&c->pmt, (WeirMediaKind) kind);

    guint pid = s != NULL ? s->pid : WEIR_TS_NO_PID;
    guint before = self->tracks[kind].pid;

    if (pid == before)
      continue;
    reset_track (&self->tracks[kind], pid);
    if (before != WEIR_TS_NO_PID)
      self->funcs->on_hole ((WeirMediaKind) kind, self->data);
  }
  self->funcs->on_program (&c->pmt, self->data);
  emit_pat (self);
}

/* Decides on a programme once enough is known. */
static void
decide (WeirTsGuard *self)
{
  gboolean all = TRUE, late = self->stats.packets >= self->decide_at;
  int best = -1;

  for (guint i = 0; i < self->n_candidates; i++) {
    const Candidate *c = &self->candidates[i];

    if (!c->known) {
      all = FALSE;
      continue;
    }
    if (c->program.number == self->wanted) {
      best = (int) i;
      all = TRUE;
      break;
    }
    if (best < 0
        || (weir_ts_pmt_find (&self->candidates[best].pmt, WEIR_MEDIA_VIDEO)
                == NULL
            && weir_ts_pmt_find (&c->pmt, WEIR_MEDIA_VIDEO) != NULL))
      best = (int) i;
  }
  if (best >= 0 && ((all && self->has_pat) || late))
    choose (self, (guint) best);
}

static int
find_candidate (const WeirTsGuard *self, guint pid)
{
  for (guint i = 0; i < self->n_candidates; i++)
    if (self->candidates[i].program.pmt_pid == pid)
      return (int) i;
  return -1;
}

static gboolean
same_programs (const WeirTsGuard *self, const WeirTsPat *pat)
{
  if (!self->has_pat || pat->n_programs != self->n_candidates)
    return FALSE;
  for (guint i = 0; i < pat->n_programs; i++)
    if (pat->programs[i].number != self->candidates[i].program.number
        || pat->programs[i].pmt_pid != self->candidates[i].program.pmt_pid)
      return FALSE;
  return TRUE;
}

/* The programme that is taken stays, if it is still there. */
static void
replace_programs (WeirTsGuard *self, const WeirTsPat *pat)
{
  g_autofree Candidate *taken =
      self->chosen >= 0
          ? g_memdup2 (&self->candidates[self->chosen], sizeof *taken)
          : NULL;

  self->n_candidates = pat->n_programs;
  self->chosen = -1;
  self->has_pat = TRUE;
  for (guint i = 0; i < pat->n_programs; i++) {
    Candidate *c = &self->candidates[i];

    if (taken != NULL && pat->programs[i].number == taken->program.number
        && pat->programs[i].pmt_pid == taken->program.pmt_pid) {
      *c = *taken;
      self->chosen = (int) i;
    } else {
      memset (c, 0, sizeof *c);
      c->program = pat->programs[i];
      c->continuity = NO_CONTINUITY;
    }
  }
  if (self->chosen < 0)
    self->decide_at = self->stats.packets + WEIR_TS_DECIDE_PACKETS;
}

static void
take_pat (WeirTsGuard *self, const WeirTsPacket *p)
{
  gboolean duplicate;
  WeirTsPat pat;

  if (!continues (&self->pat_continuity, p, &duplicate))
    weir_ts_section_reset (&self->pat);
  if (duplicate || p->payload == NULL
      || !weir_ts_section_push (
          &self->pat, p->start, p->payload, p->payload_size)
      || !weir_ts_pat_parse (&self->pat, &pat) || pat.n_programs == 0)
    return;
  if (!same_programs (self, &pat))
    replace_programs (self, &pat);
  if (self->chosen >= 0)
    emit_pat (self);
}

/* The demuxer begins anew with another table, and then gives out what it has
 * of the pictures before: that has to be whole. */
static gboolean
is_between_pictures (const WeirTsGuard *self)
{
  return self->tracks[WEIR_MEDIA_VIDEO].pid == WEIR_TS_NO_PID
         || self->tracks[WEIR_MEDIA_VIDEO].waiting;
}

static void
change_now (WeirTsGuard *self)
{
  choose (self, (guint) self->chosen);
  g_byte_array_append (
      self->out, self->pmt_packets->data, self->pmt_packets->len);
}

static void
keep_pmt_packet (WeirTsGuard *self, const WeirTsPacket *p)
{
  if (p->start)
    g_byte_array_set_size (self->pmt_packets, 0);
  if (self->pmt_packets->len < 2 * WEIR_TS_MAX_SECTION_BYTES)
    g_byte_array_append (self->pmt_packets, p->bytes, WEIR_TS_PACKET_BYTES);
}

static void
take_pmt (WeirTsGuard *self, guint index, const WeirTsPacket *p)
{
  Candidate *c = &self->candidates[index];
  gboolean duplicate;
  WeirTsPmt pmt;

  if (!continues (&c->continuity, p, &duplicate))
    weir_ts_section_reset (&c->section);
  if (duplicate || p->payload == NULL)
    return;
  if (self->chosen == (int) index)
    keep_pmt_packet (self, p);
  if (weir_ts_section_push (&c->section, p->start, p->payload, p->payload_size)
      && weir_ts_pmt_parse (&c->section, &pmt)
      && pmt.number == c->program.number) {
    gboolean changed = !c->known || !weir_ts_pmt_equal (&pmt, &c->pmt);

    c->pmt = pmt;
    c->known = TRUE;
    if (self->chosen == (int) index)
      self->change |= changed;
    else if (self->chosen < 0)
      decide (self);
  }
  if (self->chosen != (int) index)
    return;
  if (!self->change)
    emit (self, p->bytes);
  else if (is_between_pictures (self))
    change_now (self);
}

/* While there is no PAT: a PMT is known by what it is. */
static void
look_for_pmt (WeirTsGuard *self, const WeirTsPacket *p)
{
  WeirTsSection section = { 0 };
  WeirTsPmt pmt;

  if (!p->start || p->pid < 0x10 || p->pid == WEIR_TS_NULL_PID
      || self->n_candidates == WEIR_TS_MAX_PROGRAMS
      || !weir_ts_section_push (&section, TRUE, p->payload, p->payload_size)
      || !weir_ts_pmt_parse (&section, &pmt) || pmt.number == 0)
    return;
  self->candidates[self->n_candidates++] =
      (Candidate){ .program = { pmt.number, p->pid },
        .continuity = NO_CONTINUITY };
}

/* TRUE when the packet is to go on. */
static gboolean
check_track (WeirTsGuard *self, guint kind, const WeirTsPacket *p)
{
  Follow *track = &self->tracks[kind];
  guint8 last = track->continuity;
  gboolean duplicate;

  if (p->payload == NULL)
    return p->pcr;
  if (!continues (&track->continuity, p, &duplicate)) {
    if (!track->waiting)
      self->stats.holes++;
    track->continuity = last;
    make_hole (self, kind);
    track->continuity = p->continuity;
  }
  if (duplicate)
    return FALSE;
  if (p->start && kind == WEIR_MEDIA_VIDEO && self->change)
    change_now (self);
  if (p->start) {
    if (p->payload_size < 6 || p->payload[0] != 0 || p->payload[1] != 0
        || p->payload[2] != 1) {
      self->stats.broken++;
      make_hole (self, kind);
      return FALSE;
    }
    track->waiting = FALSE;
    track->pes_bytes = 0;
  }
  if (track->waiting)
    return FALSE;
  track->pes_bytes += p->payload_size;
  if (track->pes_bytes > WEIR_TS_MAX_PES_BYTES
      || (kind == WEIR_MEDIA_VIDEO
          && !weir_ts_units_take (
              &self->units, p->start, p->payload, p->payload_size))) {
    self->stats.broken++;
    make_hole (self, kind);
    return FALSE;
  }
  return TRUE;
}

static void
emit_clock (WeirTsGuard *self, const WeirTsPacket *p)
{
  guint8 packet[WEIR_TS_PACKET_BYTES];

  weir_ts_packet_write_clock (p, packet);
  emit (self, packet);
}

static void
take_packet (WeirTsGuard *self, const guint8 *bytes)
{
  int candidate;
  WeirTsPacket p;

  self->stats.packets++;
  if (!weir_ts_packet_parse (bytes, &p)) {
    self->stats.broken++;
    return;
  }
  if (p.pid == WEIR_TS_NULL_PID)
    return;
  if (p.pid == WEIR_TS_PAT_PID) {
    take_pat (self, &p);
    return;
  }
  candidate = find_candidate (self, p.pid);
  if (candidate < 0 && !self->has_pat) {
    look_for_pmt (self, &p);
    candidate = find_candidate (self, p.pid);
  }
  if (candidate >= 0) {
    take_pmt (self, (guint) candidate, &p);
    return;
  }
  if (self->chosen < 0) {
    if (self->stats.packets >= self->decide_at)
      decide (self);
    return;
  }
  for (guint kind = 0; kind < TRACKS; kind++)
    if (p.pid == self->tracks[kind].pid) {
      if (check_track (self, kind, &p))
        emit (self, bytes);
      else if (p.pcr)
        emit_clock (self, &p);
      return;
    }
  if (p.pcr && p.pid == self->candidates[self->chosen].pmt.pcr_pid)
    emit_clock (self, &p);
  self->stats.other_tracks++;
}

void
weir_ts_guard_push (WeirTsGuard *guard, const guint8 *data, gsize size)
{
  while (size > 0) {
    /* A packet begun in the last piece is finished first. */
    if (guard->carried > 0) {
      gsize n = MIN (size, WEIR_TS_PACKET_BYTES - guard->carried);

      memcpy (guard->carry + guard->carried, data, n);
      guard->carried += n;
      data += n;
      size -= n;
      if (guard->carried == WEIR_TS_PACKET_BYTES) {
        guard->carried = 0;
        take_packet (guard, guard->carry);
      }
    } else if (data[0] != WEIR_TS_SYNC) {
      if (guard->stray_bytes++ % WEIR_TS_PACKET_BYTES == 0)
        guard->stats.broken++;
      data++;
      size--;
    } else if (size >= WEIR_TS_PACKET_BYTES) {
      take_packet (guard, data);
      data += WEIR_TS_PACKET_BYTES;
      size -= WEIR_TS_PACKET_BYTES;
    } else {
      memcpy (guard->carry, data, size);
      guard->carried = size;
      size = 0;
    }
  }
  flush (guard);
}

void
weir_ts_guard_pass (WeirTsGuard *guard, gint64 us)
{
  weir_ts_units_pass (&guard->units, us);
}

void
weir_ts_guard_lost (WeirTsGuard *guard)
{
  gboolean any = FALSE;

  guard->carried = 0;
  weir_ts_section_reset (&guard->pat);
  guard->pat_continuity = NO_CONTINUITY;
  for (guint i = 0; i < guard->n_candidates; i++) {
    weir_ts_section_reset (&guard->candidates[i].section);
    guard->candidates[i].continuity = NO_CONTINUITY;
  }
  for (guint kind = 0; kind < TRACKS; kind++) {
    any |= !guard->tracks[kind].waiting;
    make_hole (guard, kind);
  }
  if (any)
    guard->stats.holes++;
}

guint
weir_ts_guard_get_pid (const WeirTsGuard *guard, WeirMediaKind kind)
{
  return kind < TRACKS ? guard->tracks[kind].pid : WEIR_TS_NO_PID;
}

void
weir_ts_guard_get_stats (const WeirTsGuard *guard, WeirTsGuardStats *ret_stats)
{
  *ret_stats = guard->stats;
}
