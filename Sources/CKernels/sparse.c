#include <string.h>

#include "CKernels.h"

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define INLINE static inline __attribute__((always_inline))

/* A product that skips the zeros of its left operand: what a ReLU let through of a gradient is mostly zeros. For each
   strip of columns, and each block of rows of the right operand, the rows are packed into the first cache and every
   element that is not zero adds its multiple of one of them. Elements are added in order, with one rounding each where
   the processor has fused multiply-adds. */

typedef float v16 __attribute__((vector_size(64), aligned(4)));

CLONES long ck_count_nonzero_f32(const float *x, long n) {
  int count = 0;
  for (long i = 0; i < n; i++) count += x[i] != 0;
  return count;
}

CLONES void ck_sparse_list_f32(const float *g, long k, const int32_t *rows, long count, ck_sparse_item *items,
                               int32_t *starts) {
  int32_t next = 0;
  for (long i = 0; i < count; i++) {
    const float *row = g + rows[i] * k;
    for (long block = 0; block < k; block += CK_SPARSE_BLOCK) {
      long end = k - block < CK_SPARSE_BLOCK ? k - block : CK_SPARSE_BLOCK;
      *starts++ = next;
      for (long j = 0; j < end; j++) { /* always written, kept when it counts: no branch */
        items[next] = (ck_sparse_item){row[block + j], (int32_t)(j * CK_SPARSE_STRIP)};
        next += row[block + j] != 0;
      }
    }
    *starts++ = next;
  }
}

/* One strip of `vectors` times 16 columns and one block: out += (or =) listed elements times packed rows. */
INLINE void strip(const ck_sparse_item *items, const int32_t *starts, const int32_t *rows, long count, long blocks,
                  long block, const float *packed, float *out, long m, long width, const int vectors) {
  float edge[CK_SPARSE_STRIP];
  int whole = width == 16 * vectors;
  for (long i = 0; i < count; i++) {
    const ck_sparse_item *item = items + starts[i * (blocks + 1) + block];
    const ck_sparse_item *end = items + starts[i * (blocks + 1) + block + 1];
    float *row = out + rows[i] * m, *z = whole ? row : edge;
    if (!whole && block > 0) memcpy(edge, row, width * sizeof(float));
    v16 sum[4];
    for (int t = 0; t < vectors; t++) sum[t] = block > 0 ? *(const v16 *)(z + 16 * t) : (v16){0};
    for (; item < end; item++) {
      v16 value = (v16){0} + item->value;
      for (int t = 0; t < vectors; t++) sum[t] += value * *(const v16 *)(packed + item->place + 16 * t);
    }
    for (int t = 0; t < vectors; t++) *(v16 *)(z + 16 * t) = sum[t];
    if (!whole) memcpy(row, edge, width * sizeof(float));
  }
}

CLONES void ck_sparse_product_f32(const ck_sparse_item *items, const int32_t *starts, const int32_t *rows, long count,
                                  long k, const float *w, long m, long first, long end, float *out) {
  float packed[CK_SPARSE_BLOCK * CK_SPARSE_STRIP] __attribute__((aligned(64)));
  long blocks = (k + CK_SPARSE_BLOCK - 1) / CK_SPARSE_BLOCK;
  memset(packed, 0, sizeof packed);
  for (long j = first; j < end; j += CK_SPARSE_STRIP) {
    long width = end - j < CK_SPARSE_STRIP ? end - j : CK_SPARSE_STRIP;
    for (long block = 0; block < blocks; block++) {
      long low = block * CK_SPARSE_BLOCK, height = k - low < CK_SPARSE_BLOCK ? k - low : CK_SPARSE_BLOCK;
      for (long r = 0; r < height; r++) memcpy(packed + r * CK_SPARSE_STRIP, w + (low + r) * m + j, width * sizeof(float));
      if (width > 16)
        strip(items, starts, rows, count, blocks, block, packed, out + j, m, width, 4);
      else
        strip(items, starts, rows, count, blocks, block, packed, out + j, m, width, 1);
    }
  }
}
