#include "CKernels.h"
#include "ck_math.h"

/* A product that skips the zeros of its left operand: images are half black, and what a ReLU let through of a batch or
   of its gradient is mostly zeros. For each strip of columns, and each block of 64 rows of the right operand, the rows
   are packed into the first cache, and every element of the left one that is not zero, found by the bits of a mask, adds
   its multiple of one of them. An element of the result is the same sum in the same order, with one rounding per term
   where the processor has fused multiply-adds, however rows and columns are divided among threads.

   Vectors have 16 floats; where registers are shorter the compiler takes several. */

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i16 __attribute__((vector_size(64), aligned(4)));
typedef bool b16 __attribute__((ext_vector_type(16)));

#define UNROLLED _Pragma("clang loop unroll(full)")
#define MIXED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

enum {
  BLOCK = CK_SPARSE_BLOCK,
  PACKED = BLOCK * 9 * 16, /* floats: three quarters of the first cache */
  MOST = 16                /* vectors of a strip */
};

INLINE uint64_t bits(const i16 *truth) {
  b16 lanes = __builtin_convertvector(*truth, b16);
  uint16_t word;
  memcpy(&word, &lanes, sizeof word);
  return word;
}

CLONES long ck_count_nonzero_f32(const float *x, long n) {
  int count = 0;
  for (long i = 0; i < n; i++) count += x[i] != 0;
  return count;
}

INLINE void masks_of(const float *a, long rows, long k, uint64_t *masks, int32_t *counts) {
  for (long i = 0; i < rows; i++, a += k) {
    int32_t count = 0;
    for (long first = 0; first < k; first += BLOCK) {
      long end = k - first < BLOCK ? k : first + BLOCK, j = first;
      uint64_t word = 0;
#define SIXTEEN                                \
  do {                                         \
    i16 truth = *(const v16 *)(a + j) != 0;    \
    word |= bits(&truth) << (j - first);       \
    j += 16;                                   \
  } while (0)
      if (end - first == BLOCK) { SIXTEEN; SIXTEEN; SIXTEEN; SIXTEEN; }
      while (j + 16 <= end) SIXTEEN;
      for (; j < end; j++) word |= (uint64_t)(a[j] != 0) << (j - first);
      count += __builtin_popcountll(word);
      *masks++ = word;
    }
    *counts++ = count;
  }
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

/* A block of rows of b and a strip of its columns, one row after the other. Rows that are all zeros leave their bit out
   of `used`. Returns whether everything is finite, of a transposed b. */
INLINE bool pack(const ck_sparse_product *q, long block, long column, long width, float *packed, long row,
                 uint64_t *used) {
  long first = block * BLOCK, height = q->k - first < BLOCK ? q->k - first : BLOCK;
  *used = ~(uint64_t)0;
  if (q->transposed) return transposed(q->b + column * q->k + first, q->k, width, height, packed, row);
  const float *from = q->b + first * q->m + column;
  for (long i = 0; i < height; i++, from += q->m, packed += row) {
    i16 any = {0};
    for (long t = 0; t < row; t += 16) {
      long at = t + 16 <= width ? t : width - 16;
      v16 value = *(const v16 *)(from + at);
      *(v16 *)(packed + at) = value;
      any |= value != 0;
    }
    if (!bits(&any)) *used &= ~((uint64_t)1 << i);
  }
  return true;
}

/* One strip of `vectors` times 16 columns and one block: the result begins with the bias, or goes on. The last vector
   steps back over the one before when `width` is no multiple of 16, and computes the same there. */
INLINE void strip(const ck_sparse_product *q, const int32_t *rows, long count, long block, const float *packed,
                  uint64_t used, long column, long width, const int vectors) {
  long words = (q->k + BLOCK - 1) / BLOCK, last = width - 16;
  const int clipped = q->relu && block + 1 == words;
#define PLACE(t) ((t) + 1 < vectors ? 16 * (t) : last)
  for (long l = 0; l < count; l++) {
    long row = rows[l];
    const float *a = q->a + row * q->k + block * BLOCK;
    float *out = q->out + row * q->m + column;
    const float *start = block > 0 || q->adds ? out : q->bias ? q->bias + column : NULL;
    v16 sum[MOST];
    UNROLLED for (int t = 0; t < vectors; t++) sum[t] = start ? *(const v16 *)(start + PLACE(t)) : (v16){0};
    uint64_t mask = q->masks[row * words + block] & used;
/* a[i] - 0 is a[i] in all lanes, which the compiler knows of a difference, but not of a sum */
#define NEXT                                                                                   \
  do {                                                                                         \
    long i = __builtin_ctzll(mask);                                                            \
    const float *b = packed + i * (16 * vectors);                                              \
    v16 value = a[i] - (v16){0};                                                               \
    mask &= mask - 1;                                                                          \
    UNROLLED for (int t = 0; t < vectors; t++) sum[t] += value * *(const v16 *)(b + PLACE(t)); \
  } while (0)
    for (int n = __builtin_popcountll(mask); n >= 2; n -= 2) {
      NEXT;
      NEXT;
    }
    if (mask) NEXT;
    if (clipped) UNROLLED for (int t = 0; t < vectors; t++) sum[t] = (v16)((i16)sum[t] & ~(i16)(sum[t] < 0));
    UNROLLED for (int t = 0; t < vectors; t++) *(v16 *)(out + PLACE(t)) = sum[t];
  }
}

/* How columns from `first` up to `end` are divided into strips: `most` vectors have their sums in registers, and a block of
   a strip has its place in the first cache. */
typedef struct {
  long first, end, vectors, strips;
} division;

INLINE division divided(const ck_sparse_product *q, long first, long end, const int most) {
  long fits = PACKED / 16 / (q->k < BLOCK ? q->k : BLOCK), widest = fits < most ? fits : most;
  long vectors = (end - first + 15) / 16;
  return (division){first, end, vectors, (vectors + widest - 1) / widest};
}

typedef struct {
  long column, width, vectors, row; /* row: floats from one packed row to the next */
} place;

INLINE place strip_at(division d, long s) {
  long from = d.vectors * s / d.strips, to = d.vectors * (s + 1) / d.strips, column = d.first + 16 * from;
  long row = 16 * (to - from), width = row < d.end - column ? row : d.end - column;
  return (place){column, width, to - from, row};
}

INLINE bool product(const ck_sparse_product *q, const int32_t *rows, long count, long first, long end, const int most) {
  float own[PACKED] __attribute__((aligned(64)));
  division d = divided(q, first, end, most);
  bool finite = true;
  for (long s = 0; s < d.strips; s++) {
    place p = strip_at(d, s);
    for (long block = 0; block * BLOCK < q->k; block++) {
      uint64_t used = ~(uint64_t)0;
      const float *packed = own;
      if (q->panels) packed = q->panels + q->k * p.column + block * BLOCK * p.row;
      else finite &= pack(q, block, p.column, p.width, own, p.row, &used);
      switch (p.vectors) {
#define STRIP(n)                                                                     \
  case n:                                                                            \
    if (n <= most) strip(q, rows, count, block, packed, used, p.column, p.width, n); \
    break;
        STRIP(1) STRIP(2) STRIP(3) STRIP(4) STRIP(5) STRIP(6) STRIP(7) STRIP(8)
        STRIP(9) STRIP(10) STRIP(11) STRIP(12) STRIP(13) STRIP(14) STRIP(15) STRIP(16)
      }
    }
  }
  return finite;
}

/* Strip by strip of all columns, each with the rows of b one after the other. */
INLINE bool panels(const float *b, long k, long m, bool transposed, float *out, const int most) {
  ck_sparse_product q = {.b = b, .k = k, .m = m, .transposed = transposed};
  division d = divided(&q, 0, m, most);
  bool finite = true;
  for (long s = 0; s < d.strips; s++) {
    place p = strip_at(d, s);
    for (long block = 0; block * BLOCK < k; block++) {
      uint64_t used;
      finite &= pack(&q, block, p.column, p.width, out + k * p.column + block * BLOCK * p.row, p.row, &used);
    }
  }
  return finite;
}

long ck_sparse_panels(long k, long m) { return k * ((m + 15) / 16 * 16); }

/* Every entry point for vectors of 512 bits, which a clone alone would cut in halves, and for the rest. */
#ifdef __x86_64__
#define WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define NARROW __attribute__((target_clones("arch=x86-64-v3", "default")))
#define DISPATCH(result, name, parameters, wide, narrow, ...)                  \
  WIDE static result name##_wide parameters { return wide; }                   \
  NARROW static result name##_narrow parameters { return narrow; }             \
  result ck_##name parameters {                                                \
    if (__builtin_cpu_supports("x86-64-v4")) return name##_wide(__VA_ARGS__);  \
    return name##_narrow(__VA_ARGS__);                                         \
  }
#else
#define DISPATCH(result, name, parameters, wide, narrow, ...) \
  result ck_##name parameters { return narrow; }
#endif

DISPATCH(void, sparse_masks_f32, (const float *a, long rows, long k, uint64_t *masks, int32_t *counts),
         masks_of(a, rows, k, masks, counts), masks_of(a, rows, k, masks, counts), a, rows, k, masks, counts)
DISPATCH(void, transpose_f32, (const float *x, long rows, long columns, float *out),
         (void)transposed(x, columns, rows, columns, out, rows), (void)transposed(x, columns, rows, columns, out, rows),
         x, rows, columns, out)
DISPATCH(bool, sparse_product_f32, (const ck_sparse_product *q, const int32_t *rows, long count, long first, long end),
         product(q, rows, count, first, end, MOST), product(q, rows, count, first, end, MOST / 4), q, rows, count,
         first, end)
DISPATCH(bool, sparse_panels_f32, (const float *b, long k, long m, bool transposed, float *out),
         panels(b, k, m, transposed, out, MOST), panels(b, k, m, transposed, out, MOST / 4), b, k, m, transposed, out)
