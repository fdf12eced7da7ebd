/* Probes: a picture's PDQ hash as it would be if a usual edit were undone, so
 * that a list of bare hashes is matched through it.
 *
 * PDQ stands re-encoding, scaling and changes of colour; it does not stand
 * geometry. A *view* puts the picture back: a cropped one into a frame of the
 * old size, the lost border filled with the pixels at the edge; a turned one
 * turned back; one with a border without it. A view's hash and that of its
 * mirror image are two probes. All are made from one small plane of box means
 * and cost a few hundredths of a millisecond each; they differ from the hash of
 * an edited picture by a few bits.
 *
 * Measured on film (share of pictures within 31 bits): a crop by 5 % from 0.1
 * to 1.0, by 10 % from 0 to 0.5 to 0.9, a turn by 2 degrees from 0.1 to 0.9.
 * Unrelated scenes are no nearer than 88 bits, so that a few dozen probes of a
 * picture bring next to no false hits; views that show next to nothing have no
 * probe.
 *
 * Plain C without GLib. No state: any thread. */
#pragma once

#include "hash/pdq.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How much is undone; each set has all of the one before. */
typedef enum {
  WEIR_PROBES_PLAIN,    /* nothing: the picture as it is */
  WEIR_PROBES_STANDARD, /* mirror image, borders, crops to 10 %, 2 degrees */
  WEIR_PROBES_THOROUGH, /* crops to 20 %, of one axis, 4 degrees, bars */
} WeirProbeSet;
#define WEIR_PROBES_SETS 3

/* "plain", "standard", "thorough". */
const char *weir_probe_set_name (WeirProbeSet set);
bool weir_probe_set_from_name (const char *name, WeirProbeSet *ret_set);

/* Of one picture, the plain hash not counted. */
#define WEIR_PROBES_MAX 64
/* Views of lower quality have no probe. */
#define WEIR_PROBES_MIN_QUALITY 50

/* Probe numbers mean the same in every version and are kept in stores: 0 the
 * picture as it is, 1 its mirror image, 2 and 3 the first view, ... */
typedef uint8_t WeirProbe;
#define WEIR_PROBE_PLAIN 0

typedef struct {
  WeirProbe probe;
  uint8_t hash[WEIR_PDQ_HASH_BYTES];
} WeirProbeHash;

/* The hashes of SET's views of PLANE, but for the plain one, into RET, which
 * has room for WEIR_PROBES_MAX; COEFS are PLANE's own. Returns how many. 0 for
 * the plain set, for planes that weir_pdq_reduce () refuses and for want of
 * memory. */
size_t weir_probes_hash (const WeirPdqPlane *plane, WeirPdqRange range,
    const float coefs[WEIR_PDQ_COEFS], WeirProbeSet set, WeirProbeHash *ret);

/* "plain", "mirror", "crop-10", "crop-10+mirror", ...; "other" for a number
 * that this version does not know. */
const char *weir_probe_name (WeirProbe probe);
/* For people: how the picture was changed, "cropped by 10 % and mirrored"; ""
 * for plain. */
const char *weir_probe_text (WeirProbe probe);

#ifdef __cplusplus
}
#endif
