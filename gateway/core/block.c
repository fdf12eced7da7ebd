/* Blocks of coded bytes: small slices share one, large ones have their own. */
#include "core/block.h"

#include <string.h>

#define SHARED_BLOCK_BYTES (32 * 1024)
/* Above this a slice has a block of its own, so that at most this much of a
 * shared block is left unused at its end. */
#define SHARED_SLICE_MAX_BYTES (2 * 1024)

struct _WeirBlock {
  guint refs;
  gboolean shared;
  WeirArena *arena; /* NULL: wrapped */
  gsize bytes;
  gpointer owner; /* of what is wrapped */
  GDestroyNotify free_owner;
  guint8 data[];
};

struct _WeirArena {
  guint refs;
  gsize bytes;
  WeirBlock *shared; /* the block small slices are cut from; holds a ref */
  gsize used;
};

static WeirBlock *
block_new (WeirArena *arena, gsize size)
{
  WeirBlock *block = g_malloc (sizeof (WeirBlock) + size);

  block->refs = 1;
  block->shared = FALSE;
  block->arena = weir_arena_ref (arena);
  block->owner = NULL;
  block->bytes = sizeof (WeirBlock) + size;
  arena->bytes += block->bytes;
  return block;
}

static void
block_unref (WeirBlock *block)
{
  WeirArena *arena = block->arena;

  if (--block->refs > 0)
    return;
  if (arena == NULL) {
    block->free_owner (block->owner);
    g_free (block);
    return;
  }
  arena->bytes -= block->bytes;
  g_free (block);
  weir_arena_unref (arena);
}

WeirArena *
weir_arena_new (void)
{
  WeirArena *arena = g_new0 (WeirArena, 1);

  arena->refs = 1;
  return arena;
}

WeirArena *
weir_arena_ref (WeirArena *arena)
{
  arena->refs++;
  return arena;
}

void
weir_arena_unref (WeirArena *arena)
{
  if (arena == NULL)
    return;
  /* The shared block holds a reference to its arena: let it go with the last
   * one from outside. */
  if (arena->refs == 2 && arena->shared != NULL) {
    WeirBlock *shared = g_steal_pointer (&arena->shared);

    if (shared->refs == 1) {
      arena->refs--;
      block_unref (shared);
      return;
    }
    shared->refs--;
  }
  if (--arena->refs == 0)
    g_free (arena);
}

gsize
weir_arena_get_bytes (const WeirArena *arena)
{
  return arena->bytes;
}

gsize
weir_slice_get_arena_bytes (const WeirSlice *slice)
{
  return slice->block != NULL && slice->block->arena != NULL
             ? slice->block->arena->bytes
             : 0;
}

WeirSlice
weir_arena_alloc (WeirArena *arena, gsize size)
{
  WeirSlice slice = { .size = size };

  if (size > SHARED_SLICE_MAX_BYTES) {
    slice.block = block_new (arena, size);
    slice.data = slice.block->data;
    return slice;
  }
  if (arena->shared == NULL || arena->used + size > SHARED_BLOCK_BYTES) {
    WeirBlock *old = arena->shared;

    arena->shared = block_new (arena, SHARED_BLOCK_BYTES);
    arena->shared->shared = TRUE;
    arena->used = 0;
    if (old != NULL)
      block_unref (old);
  }
  slice.block = arena->shared;
  slice.block->refs++;
  slice.data = arena->shared->data + arena->used;
  arena->used += size;
  return slice;
}

WeirSlice
weir_slice_wrap (
    guint8 *data, gsize size, gpointer owner, GDestroyNotify free_owner)
{
  WeirBlock *block = g_new0 (WeirBlock, 1);

  block->refs = 1;
  block->owner = owner;
  block->free_owner = free_owner;
  return (WeirSlice){ block, data, size };
}

gpointer
weir_slice_get_owner (const WeirSlice *slice)
{
  return slice->block != NULL ? slice->block->owner : NULL;
}

WeirSlice
weir_slice_ref (const WeirSlice *slice, gsize offset, gsize size)
{
  g_assert (offset <= slice->size && size <= slice->size - offset);
  if (slice->block != NULL)
    slice->block->refs++;
  return (WeirSlice){ slice->block, slice->data + offset, size };
}

void
weir_slice_fit (WeirSlice *slice)
{
  WeirSlice own;

  if (slice->block == NULL || slice->block->shared
      || slice->block->arena == NULL || slice->size > slice->block->bytes / 2)
    return;
  own = weir_arena_alloc (slice->block->arena, slice->size);
  memcpy (own.data, slice->data, slice->size);
  weir_slice_clear (slice);
  *slice = own;
}

void
weir_slice_clear (WeirSlice *slice)
{
  if (slice->block != NULL)
    block_unref (slice->block);
  *slice = (WeirSlice){ 0 };
}
