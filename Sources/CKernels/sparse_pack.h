#ifndef SPARSE_PACK_H
#define SPARSE_PACK_H
#include "CKernels.h"
#include "ck_math.h"

/* The right operand of products that skip zeros, block by block in the order in which they read it. Vectors have 16 floats;
   where registers are shorter the compiler takes several. */

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i16 __attribute__((vector_size(64), aligned(4)));
typedef bool b16 __attribute__((ext_vector_type(16)));

#define MIXED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

enum {
  BLOCK = CK_SPARSE_BLOCK,
  MOST = 10,                 /* vectors of a strip: the registers have room for the sums of two rows */
  PACKED = BLOCK * MOST * 16 /* floats: five sixths of the first cache */
};

INLINE uint64_t bits(const i16 *truth) {
  b16 lanes = __builtin_convertvector(*truth, b16);
  uint16_t word;
  memcpy(&word, &lanes, sizeof word);
  return word;
}

/* 16 rows become 16 columns: pairs, pairs of pairs, then quarters of vectors change places. */
INLINE void turn(v16 *r) {
  v16 t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = MIXED(r[i], r[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    t[i + 1] = MIXED(r[i], r[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  for (int i = 0; i < 16; i += 4)
    for (int half = 0; half < 2; half++) {
      v16 p = t[i + half], q = t[i + half + 2];
      r[i + 2 * half] = MIXED(p, q, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      r[i + 2 * half + 1] = MIXED(p, q, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
#define EVEN_QUARTERS(p, q) MIXED(p, q, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_QUARTERS(p, q) MIXED(p, q, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
  for (int i = 0; i < 4; i++) {
    t[i] = EVEN_QUARTERS(r[i], r[4 + i]);
    t[4 + i] = ODD_QUARTERS(r[i], r[4 + i]);
    t[8 + i] = EVEN_QUARTERS(r[8 + i], r[12 + i]);
    t[12 + i] = ODD_QUARTERS(r[8 + i], r[12 + i]);
  }
  for (int i = 0; i < 8; i++) {
    r[i] = EVEN_QUARTERS(t[i], t[8 + i]);
    r[8 + i] = ODD_QUARTERS(t[i], t[8 + i]);
  }
}

/* x [rows, columns] to out [columns, rows], both with rows so far apart. Returns whether everything is finite. */
INLINE bool transposed(const float *x, long x_row, long rows, long columns, float *out, long out_row) {
  const int32_t exponent = 0x7f800000;
  i16 wild = {0};
  bool finite = true;
  for (long i = 0; i < rows; i += 16)
    for (long j = 0; j < columns; j += 16) {
      const float *from = x + i * x_row + j;
      float *to = out + j * out_row + i;
      if (i + 16 > rows || j + 16 > columns) {
        for (long p = 0; p < 16 && i + p < rows; p++)
          for (long q = 0; q < 16 && j + q < columns; q++) {
            float value = from[p * x_row + q];
            finite &= ((int32_t)ck_bits(value) & exponent) != exponent;
            to[q * out_row + p] = value;
          }
        continue;
      }
      v16 r[16];
      for (int p = 0; p < 16; p++) r[p] = *(const v16 *)(from + p * x_row);
      for (int p = 0; p < 16; p++) wild |= ((i16)r[p] & exponent) == exponent;
      turn(r);
      for (int q = 0; q < 16; q++) *(v16 *)(to + q * out_row) = r[q];
    }
  return finite & (bits(&wild) == 0);
}

/* A block of rows of b and a strip of its columns, one row after the other in whole vectors: the last one holds the last 16
   columns, some of which the one before may hold too. Rows that are all zeros leave their bit out of `used`. Returns whether
   everything is finite, of a transposed b. */
INLINE bool pack(const ck_sparse_product *q, long block, long column, long width, float *packed, long row,
                 uint64_t *used) {
  long first = block * BLOCK, height = q->k - first < BLOCK ? q->k - first : BLOCK;
  *used = ~(uint64_t)0;
  if (q->transposed) {
    long whole = width / 16 * 16;
    const float *b = q->b + column * q->k + first;
    bool finite = transposed(b, q->k, whole, height, packed, row);
    return whole == width ? finite : finite & transposed(b + (width - 16) * q->k, q->k, 16, height, packed + whole, row);
  }
  const float *from = q->b + first * q->m + column;
  for (long i = 0; i < height; i++, from += q->m, packed += row) {
    i16 any = {0};
    for (long t = 0; t < row; t += 16) {
      long at = t + 16 <= width ? t : width - 16;
      v16 value = *(const v16 *)(from + at);
      *(v16 *)(packed + t) = value;
      any |= value != 0;
    }
    if (!bits(&any)) *used &= ~((uint64_t)1 << i);
  }
  return true;
}
#endif
