#include <stdlib.h>

#include "CKernels.h"
#include "ck_math.h"

/* Products of few rows. A library packs the weight first, which pays when many rows follow; a training step on a small
   batch has few, and packing costs it a third. */

#define UNROLLED _Pragma("clang loop unroll(full)")

#ifdef __x86_64__
#define PAIRED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
typedef float vector_v4 __attribute__((vector_size(64), aligned(4)));
/* The sums of the lanes of 8 vectors, in the order of `folded`, of two vectors at a time. */
INLINE void fold_v4(const vector_v4 *v, float *z) {
  vector_v4 a[4], b[2];
  for (int i = 0; i < 4; i++) {
    vector_v4 p = v[2 * i], q = v[2 * i + 1];
    a[i] = PAIRED(p, q, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
         + PAIRED(p, q, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
  for (int i = 0; i < 2; i++) {
    vector_v4 p = a[2 * i], q = a[2 * i + 1];
    b[i] = PAIRED(p, q, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
         + PAIRED(p, q, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
  vector_v4 c = PAIRED(b[0], b[1], 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
              + PAIRED(b[0], b[1], 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
  for (int i = 0; i < 8; i++) z[i] = c[2 * i] + c[2 * i + 1];
}
#define LANES 16
#define OUTPUTS 8
#define SUFFIX _v4
#include "linear_tiles.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
typedef float vector_v3 __attribute__((vector_size(32), aligned(4)));
INLINE float folded_v3(vector_v3 v);
INLINE void fold_v3(const vector_v3 *v, float *z) { for (int i = 0; i < 4; i++) z[i] = folded_v3(v[i]); }
#define LANES 8
#define OUTPUTS 4
#define SUFFIX _v3
#include "linear_tiles.h"
#pragma clang attribute pop
#endif

typedef float vector_plain __attribute__((vector_size(16), aligned(4)));
INLINE float folded_plain(vector_plain v);
INLINE void fold_plain(const vector_plain *v, float *z) { for (int i = 0; i < 4; i++) z[i] = folded_plain(v[i]); }
#define LANES 4
#define OUTPUTS 4
#define SUFFIX _plain
#include "linear_tiles.h"

void ck_linear_f32(const float *x, const float *w, const float *bias, float *y, long y_row, long rows, long n, long k,
                   bool relu) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("x86-64-v4")) return linear_v4(x, w, bias, y, y_row, rows, n, k, relu);
  if (__builtin_cpu_supports("x86-64-v3")) return linear_v3(x, w, bias, y, y_row, rows, n, k, relu);
#endif
  linear_plain(x, w, bias, y, y_row, rows, n, k, relu);
}
