#ifndef WIDE_H
#define WIDE_H
#include "CKernels.h"

/* Loops over float32 images in blocks of 16 channels, [images][C/16][height][width][16], aligned to 64 bytes: one vector
   per pixel. oneDNN chooses this layout on processors with vectors of 16 floats; the entry points are compiled for those
   and called on those alone. */

#define WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(64), aligned(64)));
typedef int ivec __attribute__((vector_size(64), aligned(64)));
typedef uint8_t bytes __attribute__((vector_size(16), aligned(16)));

enum { LANES = 16 };

/* a where the mask is all ones, b where it is zero. */
INLINE WIDE vec choose(ivec mask, vec a, vec b) { return (vec)((mask & (ivec)a) | (~mask & (ivec)b)); }
/* max(0, a); nan stays nan. */
INLINE WIDE vec clipped(vec a) { return (vec)((ivec)a & ~(ivec)(a < 0)); }
#endif
