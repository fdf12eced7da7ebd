/* Chooses and checks packets of MPEG-TS. */
#include "programs/srt/ts-guard.h"

#include <string.h>

#define TRACKS 2 /* pictures, sound: WeirMediaKind */

typedef struct {
  WeirTsProgram program;
  WeirTsSection section;
  guint8 continuity;
  gboolean known;
  WeirTsSection whole; /* the last that was; what it says: */
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

  guint pmt_version; /* our own: streams change tables and keep the version */
  gboolean change;   /* the tables have changed; between two pictures */

  WeirTsTrack tracks[TRACKS];
  guint8 types[TRACKS]; /* of their streams */
  WeirTsUnits units;    /* of pictures */
  GByteArray *out;
  WeirTsGuardStats stats;
};

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
  self->pat_continuity = WEIR_TS_NO_CONTINUITY;
  for (guint i = 0; i < TRACKS; i++)
    weir_ts_track_init (&self->tracks[i], WEIR_TS_NO_PID);
  self->out = g_byte_array_new ();
  return self;
}

void
weir_ts_guard_free (WeirTsGuard *guard)
{
  if (guard == NULL)
    return;
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

/* What comes of the track does not belong to what came. */
static void
make_hole (WeirTsGuard *self, guint kind)
{
  WeirTsTrack *track = &self->tracks[kind];
  guint8 packet[WEIR_TS_PACKET_BYTES];

  if (track->waiting)
    return;
  weir_ts_track_write_end (track, packet);
  emit (self, packet);
  flush (self);
  self->funcs->on_hole ((WeirMediaKind) kind, self->data);
  weir_ts_track_init (track, track->pid);
}

/* The same for a reason that lies in the stream: a PES packet that has been
 * given out loses nothing by it. */
static void
cut_off (WeirTsGuard *self, guint kind)
{
  const WeirTsTrack *track = &self->tracks[kind];

  if (!track->waiting && !track->complete)
    self->stats.holes++;
  make_hole (self, kind);
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

static guint
pid_in (const WeirTsPmt *pmt, WeirMediaKind kind)
{
  const WeirTsStream *s = weir_ts_pmt_find (pmt, kind);

  return s != NULL ? s->pid : WEIR_TS_NO_PID;
}

static void
emit_pmt (WeirTsGuard *self)
{
  const Candidate *c = &self->candidates[self->chosen];

  weir_ts_section_write (
      &c->whole, c->program.pmt_pid, self->pmt_version, self->out);
}

/* STARTING: track of which a PES packet starts now, or -1. The demuxer begins
 * anew with another table, and then gives out what it has: that has to be
 * whole. */
static void
choose (WeirTsGuard *self, guint index, int starting)
{
  const Candidate *c = &self->candidates[index];

  self->chosen = (int) index;
  self->change = FALSE;
  self->stats.changes++;
  flush (self);
  for (guint kind = 0; kind < TRACKS; kind++) {
    const WeirTsStream *s = weir_ts_pmt_find (&c->pmt, (WeirMediaKind) kind);
    guint pid = pid_in (&c->pmt, (WeirMediaKind) kind);
    guint type = s != NULL ? s->stream_type : 0;
    WeirTsTrack *track = &self->tracks[kind];
    gboolean other = pid != track->pid || type != self->types[kind];

    track->complete |= (int) kind == starting; /* nothing was missing */
    if (other || !track->complete)
      cut_off (self, kind);
    if (other)
      weir_ts_track_init (track, pid);
    self->types[kind] = (guint8) type;
  }
  self->funcs->on_program (&c->pmt, self->data);
  emit_pat (self);
  self->pmt_version++;
  emit_pmt (self);
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
    choose (self, (guint) best, -1);
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

/* The programme that is taken stays, if it is still there; its table may come
 * with another PID. */
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

    if (taken != NULL && self->chosen < 0
        && pat->programs[i].number == taken->program.number) {
      *c = *taken;
      self->chosen = (int) i;
      if (pat->programs[i].pmt_pid != taken->program.pmt_pid) {
        c->program = pat->programs[i];
        c->continuity = WEIR_TS_NO_CONTINUITY;
        weir_ts_section_reset (&c->section);
      }
    } else {
      memset (c, 0, sizeof *c);
      c->program = pat->programs[i];
      c->continuity = WEIR_TS_NO_CONTINUITY;
    }
  }
  if (self->chosen >= 0)
    return;
  self->decide_at = self->stats.packets + WEIR_TS_DECIDE_PACKETS;
  for (guint kind = 0; kind < TRACKS; kind++)
    cut_off (self, kind);
}

/* A packet of a table that came before. One with a start is read again: where
 * a stream goes on with another one, it may be another. */
static gboolean
is_repeated (guint8 counter, const WeirTsPacket *p)
{
  return p->payload == NULL || (p->continuity == counter && !p->start);
}

static void
take_pat (WeirTsGuard *self, const WeirTsPacket *p)
{
  WeirTsPat pat;

  if (is_repeated (self->pat_continuity, p))
    return;
  if (!weir_ts_continues (&self->pat_continuity, p))
    weir_ts_section_reset (&self->pat);
  if (!weir_ts_section_push (&self->pat, p->start, p->payload, p->payload_size)
      || !weir_ts_pat_parse (&self->pat, &pat) || pat.n_programs == 0)
    return;
  if (!same_programs (self, &pat))
    replace_programs (self, &pat);
  if (self->chosen >= 0)
    emit_pat (self);
}

/* The track between whose PES packets tables change, where the pictures have
 * the PID VIDEO. */
static WeirMediaKind
leading (guint video)
{
  return video != WEIR_TS_NO_PID ? WEIR_MEDIA_VIDEO : WEIR_MEDIA_AUDIO;
}

/* Whether the leading track goes on with the new table. */
static gboolean
leader_stays (const WeirTsGuard *self)
{
  const WeirTsPmt *pmt = &self->candidates[self->chosen].pmt;
  WeirMediaKind kind = leading (self->tracks[WEIR_MEDIA_VIDEO].pid);

  return kind == leading (pid_in (pmt, WEIR_MEDIA_VIDEO))
         && self->tracks[kind].pid == pid_in (pmt, kind);
}

static void
take_pmt (WeirTsGuard *self, guint index, const WeirTsPacket *p)
{
  Candidate *c = &self->candidates[index];
  WeirTsPmt pmt;

  if (is_repeated (c->continuity, p))
    return;
  if (!weir_ts_continues (&c->continuity, p))
    weir_ts_section_reset (&c->section);
  if (!weir_ts_section_push (&c->section, p->start, p->payload, p->payload_size)
      || !weir_ts_pmt_parse (&c->section, &pmt)
      || pmt.number != c->program.number)
    return;
  if (self->chosen == (int) index)
    self->change |= !weir_ts_pmt_equal (&pmt, &c->pmt);
  c->whole = c->section;
  c->pmt = pmt;
  c->known = TRUE;
  if (self->chosen < 0)
    decide (self);
  else if (self->chosen != (int) index)
    return;
  else if (!self->change)
    emit_pmt (self);
  else if (self->tracks[leading (self->tracks[WEIR_MEDIA_VIDEO].pid)].waiting
           || (pid_in (&pmt, WEIR_MEDIA_VIDEO) == WEIR_TS_NO_PID
               && pid_in (&pmt, WEIR_MEDIA_AUDIO) == WEIR_TS_NO_PID))
    choose (self, index, -1);
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
        .continuity = WEIR_TS_NO_CONTINUITY };
}

/* What is not to be taken for the start of a PES packet of KIND: where a stream
 * goes on with another one, PIDs may be for something else before the table
 * says so. */
static gboolean
is_wrong_start (guint kind, const WeirTsPacket *p)
{
  guint id;

  if (p->payload_size < 6 || p->payload[0] != 0 || p->payload[1] != 0
      || p->payload[2] != 1)
    return TRUE;
  id = p->payload[3] & (kind == WEIR_MEDIA_VIDEO ? 0xe0 : 0xf0);
  return id == (kind == WEIR_MEDIA_VIDEO ? 0xc0 : 0xe0);
}

/* TRUE when the packet is to go on. */
static gboolean
check_track (WeirTsGuard *self, guint kind, const WeirTsPacket *p)
{
  WeirTsTrack *track = &self->tracks[kind];
  guint8 last = track->continuity;

  if (p->payload == NULL)
    return p->pcr;
  if (weir_ts_track_is_repeated (track, p))
    return FALSE;
  if (!weir_ts_continues (&last, p)) {
    /* An indicator says that nothing is missing, but another stream begins. */
    if (p->jump && p->start) {
      cut_off (self, kind);
    } else {
      self->stats.holes += !track->waiting;
      make_hole (self, kind);
    }
  }
  if (p->start && is_wrong_start (kind, p)) {
    self->stats.broken++;
    make_hole (self, kind);
    return FALSE;
  }
  if (p->start && self->change && leader_stays (self)
      && kind == leading (self->tracks[WEIR_MEDIA_VIDEO].pid))
    choose (self, (guint) self->chosen, (int) kind);
  if (track->waiting && !p->start)
    return FALSE;
  weir_ts_track_take (track, p);
  if (track->pes_bytes > WEIR_TS_MAX_PES_BYTES
      || (kind == WEIR_MEDIA_VIDEO
          && !weir_ts_units_take (
              &self->units, p->start, p->payload, p->payload_size))) {
    self->stats.broken++;
    track->complete = FALSE;
    make_hole (self, kind);
    return FALSE;
  }
  return TRUE;
}

/* Where the leading track does not stay, the first PES packet of the new ones
 * is where the new table begins. */
static void
change_before (WeirTsGuard *self, const WeirTsPacket *p)
{
  const WeirTsPmt *pmt = &self->candidates[self->chosen].pmt;

  if (!leader_stays (self)
      && (p->pid == pid_in (pmt, WEIR_MEDIA_VIDEO)
          || p->pid == pid_in (pmt, WEIR_MEDIA_AUDIO)))
    choose (self, (guint) self->chosen, -1);
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
  if (self->change && p.start)
    change_before (self, &p);
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
  guard->pat_continuity = WEIR_TS_NO_CONTINUITY;
  for (guint i = 0; i < guard->n_candidates; i++) {
    weir_ts_section_reset (&guard->candidates[i].section);
    guard->candidates[i].continuity = WEIR_TS_NO_CONTINUITY;
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
