/* Refcounted storage for coded bytes. An arena hands out slices; a slice is
 * written once, by whoever receives the bytes from the network, and from then
 * on shared by reference: window, gate, sampler and every egress look at the
 * same bytes.
 *
 * Loop thread only: counts are not atomic. */
#pragma once

#include <glib.h>

typedef struct _WeirBlock WeirBlock;
typedef struct _WeirArena WeirArena;

/* A view of SIZE bytes that keeps its block alive; all zero when empty. */
typedef struct {
  WeirBlock *block;
  guint8 *data;
  gsize size;
} WeirSlice;

WeirArena *weir_arena_new (void);
WeirArena *weir_arena_ref (WeirArena *arena);
void weir_arena_unref (WeirArena *arena);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeirArena, weir_arena_unref)

/* Bytes of memory that the arena's live blocks occupy. */
gsize weir_arena_get_bytes (const WeirArena *arena);
/* The same of the arena that SLICE is from; 0 for an empty slice. */
gsize weir_slice_get_arena_bytes (const WeirSlice *slice);

/* A fresh slice of SIZE unwritten bytes. Small ones share a block, large ones
 * get one of their own, so that little is wasted and a block goes soon after
 * its last slice. The caller enforces its own limit on SIZE before. */
WeirSlice weir_arena_alloc (WeirArena *arena, gsize size);

/* A slice of SIZE bytes at DATA that belong to OWNER, which FREE_OWNER lets go
 * of with the last slice. Counts to no arena. */
WeirSlice weir_slice_wrap (
    guint8 *data, gsize size, gpointer owner, GDestroyNotify free_owner);
/* OWNER of a slice that was wrapped, or is a part of one; else NULL. */
gpointer weir_slice_get_owner (const WeirSlice *slice);

/* A second reference to SIZE bytes of SLICE from OFFSET on. */
WeirSlice weir_slice_ref (const WeirSlice *slice, gsize offset, gsize size);
/* Moves a SLICE that is the smaller part of a block of its own to where it
 * takes only its size: a few bytes that are kept long must not hold the
 * megabytes that they came with. */
void weir_slice_fit (WeirSlice *slice);
void weir_slice_clear (WeirSlice *slice);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeirSlice, weir_slice_clear)
