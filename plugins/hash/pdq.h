/* PDQ, the perceptual image hash of Facebook (Meta), as its C++ reference
 * computes it ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
 * Algorithm", Facebook, 2019; ThreatExchange/pdq).
 *
 * A picture is smoothed with two box filters along each axis, reduced to 64 x
 * 64 cells, transformed (the 16 x 16 lowest cosine coefficients without the
 * constant ones) and compared with the median of the coefficients: one bit
 * each. Two hashes of the same picture after re-encoding are usually within 31
 * of 256 bits.
 *
 * The reference is ThreatExchange/pdq/cpp at commit baefb4ed. It has two ways
 * in, and so have we: its picture reader (io/pdqio.cpp) reduces what is over
 * 512 pixels to 512 x 512 first, weir_pdq_hash_picture (); its video hasher
 * (vpdq/cpp) hashes frames as they are, weir_pdq_hash_y8 () on the whole Y
 * plane, whose bits are those of RGB but for rounding.
 *
 * Difference from the reference: the two box filters and the reduction are one
 * weighted sum here, exact and rounded once, where the reference adds floats
 * up in another order. A cell may differ in its last float digits, and a
 * coefficient that lies there on the median may give the other bit. Results are
 * the same on every processor (hash/pdq-kernel.h).
 *
 * Plain C without GLib. No state: any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_PDQ_HASH_BYTES 32
#define WEIR_PDQ_HEX_DIGITS 64
#define WEIR_PDQ_SIDE 64   /* cells along each axis */
#define WEIR_PDQ_COEFS 256 /* 16 rows of 16 */
#define WEIR_PDQ_MIN_SIDE 5
#define WEIR_PDQ_MAX_SIDE 16384
#define WEIR_PDQ_DIHEDRAL 8

/* In the order of the reference. In its words flip x exchanges top and bottom
 * and flip y is the mirror image. */
typedef enum {
  WEIR_PDQ_ORIGINAL,
  WEIR_PDQ_ROTATE_90,
  WEIR_PDQ_ROTATE_180,
  WEIR_PDQ_ROTATE_270,
  WEIR_PDQ_FLIP_X,
  WEIR_PDQ_FLIP_Y,
  WEIR_PDQ_FLIP_PLUS_1,
  WEIR_PDQ_FLIP_MINUS_1,
} WeirPdqDihedral;

/* How far apart black and white are in the numbers. The hash does not depend
 * on it, since the bits do not change under y -> a y + b; quality does. */
typedef enum {
  WEIR_PDQ_FULL_RANGE,    /* 0 to 255: pictures, JPEG */
  WEIR_PDQ_LIMITED_RANGE, /* 16 to 235: the Y plane of nearly all video;
                             gradients are scaled by 255/219 for quality */
} WeirPdqRange;

typedef enum {
  WEIR_PDQ_U8,
  WEIR_PDQ_U16, /* in the machine's order */
  WEIR_PDQ_FLOAT,
} WeirPdqSample;

/* Luma of WIDTH x HEIGHT samples, rows STRIDE bytes apart. */
typedef struct {
  const void *data;
  int width;
  int height;
  ptrdiff_t stride;
  WeirPdqSample sample;
  int bits; /* of WEIR_PDQ_U16 only, 8 to 16: a sample is worth 2^(8 - bits) of
               the 8-bit one. I420_10LE: 10; P010, shifted up: 16 */
} WeirPdqPlane;

/* Hash of a full-range 8-bit luma plane of WIDTH x HEIGHT pixels, STRIDE bytes
 * from row to row. RET_HASH is in the order of the text form: byte 0 is its
 * first two hex digits. RET_QUALITY is 0 to 100; the usual rule ignores
 * hashes below 50. A side under WEIR_PDQ_MIN_SIDE gives the zero hash with
 * quality 0, and so do a side over WEIR_PDQ_MAX_SIDE and want of memory. */
void weir_pdq_hash_y8 (const uint8_t *y, int width, int height,
    ptrdiff_t stride, uint8_t ret_hash[WEIR_PDQ_HASH_BYTES], int *ret_quality);

/* A picture file as the reference's file reader takes it: 8-bit samples of
 * CHANNELS 1 (grey), 3 (RGB) or 4 (RGB and one that is ignored), rows STRIDE
 * bytes apart; when a side is over 512 it becomes 512 x 512 by the nearest
 * pixel, whatever its shape; luma is 0.299 R + 0.587 G + 0.114 B in floats.
 * False for sides out of range (WEIR_PDQ_MIN_SIDE to 65535), with the zero hash
 * and quality 0. RET_COEFS, for the turned and mirrored hashes, may be NULL. */
bool weir_pdq_hash_picture (const uint8_t *pixels, int width, int height,
    int channels, ptrdiff_t stride, uint8_t ret_hash[WEIR_PDQ_HASH_BYTES],
    int *ret_quality, float ret_coefs[WEIR_PDQ_COEFS]);

/* The steps, for those who want more than one thing of a picture. Cells are
 * row by row. weir_pdq_reduce () returns false, with RET_CELLS in any state,
 * where the functions above give the zero hash. */
bool weir_pdq_reduce (
    const WeirPdqPlane *plane, float ret_cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE]);
int weir_pdq_quality (
    const float cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE], WeirPdqRange range);
void weir_pdq_transform (const float cells[WEIR_PDQ_SIDE * WEIR_PDQ_SIDE],
    float ret_coefs[WEIR_PDQ_COEFS]);
void weir_pdq_threshold (
    const float coefs[WEIR_PDQ_COEFS], uint8_t ret_hash[WEIR_PDQ_HASH_BYTES]);

/* The hashes of the picture and of the turned and mirrored ones, in the order
 * of WeirPdqDihedral, from the coefficients of the picture. A hash made so can
 * differ by a few bits from that of turned pixels. */
void weir_pdq_dihedral (const float coefs[WEIR_PDQ_COEFS],
    uint8_t ret_hashes[WEIR_PDQ_DIHEDRAL][WEIR_PDQ_HASH_BYTES]);

/* 64 lower-case hex digits and a NUL. */
void weir_pdq_format (const uint8_t hash[WEIR_PDQ_HASH_BYTES],
    char ret_text[WEIR_PDQ_HEX_DIGITS + 1]);
/* Reads exactly 64 hex digits of either case; false, with RET_HASH untouched,
 * for anything else. */
bool weir_pdq_parse (
    const char *text, size_t size, uint8_t ret_hash[WEIR_PDQ_HASH_BYTES]);

#ifdef __cplusplus
}
#endif
