#include "CKernels.h"
#include "sparse_pack.h"

/* A product that skips the zeros of its left operand: images are half black, and what a ReLU let through of a batch or
   of its gradient is mostly zeros. For each strip of columns, and each block of 64 rows of the right operand, the rows
   are packed into the first cache, and every element of the left one that is not zero, found by the bits of a mask, adds
   its multiple of one of them. An element of the result is the same sum in the same order, with one rounding per term
   where the processor has fused multiply-adds, however rows and columns are divided among threads. */

#define UNROLLED _Pragma("clang loop unroll(full)")

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

/* A row of a and of the result at one block and strip: the result begins with the bias, or goes on. */
typedef struct {
  const float *a, *start;
  float *out;
  uint64_t mask;
} part;

INLINE part part_of(const ck_sparse_product *q, long row, long block, uint64_t used, long column) {
  long words = (q->k + BLOCK - 1) / BLOCK;
  float *out = q->out + row * q->m + column;
  const float *start = block > 0 || q->adds ? out : q->bias ? q->bias + column : NULL;
  return (part){q->a + row * q->k + block * BLOCK, start, out, q->masks[row * words + block] & used};
}

/* A strip has `vectors` times 16 columns. The last vector steps back over the one before when `width` is no multiple of 16,
   and computes the same there. */
typedef struct {
  const float *packed;
  long last; /* where the last vector begins in the result */
  bool clipped;
} strip;

#define PLACE(t) ((t) + 1 < vectors ? 16 * (t) : s->last)
#define EACH(t) UNROLLED for (int t = 0; t < vectors; t++)
#define BEGIN(sum, part) EACH(t) sum[t] = (part)->start ? *(const v16 *)((part)->start + PLACE(t)) : (v16){0}
#define END(sum, part)                                                                \
  do {                                                                                \
    if (s->clipped) EACH(t) sum[t] = (v16)((i16)sum[t] & ~(i16)(sum[t] < 0));         \
    EACH(t) *(v16 *)((part)->out + PLACE(t)) = sum[t];                                \
  } while (0)
/* a[i] - 0 is a[i] in all lanes, which the compiler knows of a difference, but not of a sum */
#define SPREAD(a, i) ((a)[i] - (v16){0})

/* One element that is not zero, the next one of the mask, adds its multiple of a row of b. */
#define NEXT(sum, mask, part)                                    \
  do {                                                           \
    long i = __builtin_ctzll(mask);                              \
    const float *b = s->packed + i * (16 * vectors);             \
    v16 value = SPREAD((part)->a, i);                            \
    mask &= mask - 1;                                            \
    EACH(t) sum[t] += value * *(const v16 *)(b + 16 * t);        \
  } while (0)

INLINE void one_row(const strip *s, const part *p, const int vectors) {
  v16 sum[MOST];
  BEGIN(sum, p);
  for (uint64_t mask = p->mask; mask;) NEXT(sum, mask, p);
  END(sum, p);
}

/* Two rows, each with its own elements, in turn: the sums of one row wait for each other as long as its loads take, so that
   whatever delays one of them delays all that follow; those of two rows do not. */
INLINE void two_rows(const strip *s, const part *p, int n, const part *o, int m, const int vectors) {
  v16 sum[MOST], other[MOST];
  BEGIN(sum, p);
  BEGIN(other, o);
  uint64_t mask = p->mask, another = o->mask;
  for (int both = n < m ? n : m; both > 0; both--) {
    NEXT(sum, mask, p);
    NEXT(other, another, o);
  }
  while (mask) NEXT(sum, mask, p);
  while (another) NEXT(other, another, o);
  END(sum, p);
  END(other, o);
}

/* Two rows that are hardly ever zero at different places: what one has there adds 0 to the other, and every row of b is
   read once for both. */
INLINE void two_full_rows(const strip *s, const part *p, const part *o, const int vectors) {
  v16 sum[MOST], other[MOST];
  BEGIN(sum, p);
  BEGIN(other, o);
  for (uint64_t mask = p->mask | o->mask; mask; mask &= mask - 1) {
    long i = __builtin_ctzll(mask);
    const float *b = s->packed + i * (16 * vectors);
    v16 value = SPREAD(p->a, i), another = SPREAD(o->a, i);
    EACH(t) {
      v16 factor = *(const v16 *)(b + 16 * t);
      sum[t] += value * factor;
      other[t] += another * factor;
    }
  }
  END(sum, p);
  END(other, o);
}

/* Whether all that either row has, taken for both at half the loads, is done sooner than each row's own. */
INLINE bool are_full(uint64_t mask, int n, uint64_t other, int m) {
  return 4 * n > 3 * BLOCK && 16 * __builtin_popcountll(mask | other) <= 9 * (n + m);
}

/* A strip of some rows, two at a time. Full ones need b to be finite: 0 times inf is nan. */
INLINE void rows_of_strip(const ck_sparse_product *q, const int32_t *rows, long count, long block, const strip *s,
                          uint64_t used, long column, const int vectors) {
  for (long l = 0; l < count; l++) {
    part p = part_of(q, rows[l], block, used, column);
    if (!p.mask && p.start == p.out && !s->clipped) continue;
    if (l + 1 == count) return one_row(s, &p, vectors);
    part o = part_of(q, rows[++l], block, used, column);
    int n = __builtin_popcountll(p.mask), m = __builtin_popcountll(o.mask);
    if (q->transposed && are_full(p.mask, n, o.mask, m)) two_full_rows(s, &p, &o, vectors);
    else two_rows(s, &p, n, &o, m, vectors);
  }
}

/* Columns from `first` up to `end` in strips of at most `most` vectors. */
typedef struct {
  long first, end, vectors, strips;
} division;

INLINE division divided(long first, long end, const int most) {
  long vectors = (end - first + 15) / 16;
  return (division){first, end, vectors, (vectors + most - 1) / most};
}

typedef struct {
  long column, width, vectors, row; /* row: floats from one packed row to the next */
} place;

INLINE place place_of(division d, long strip) {
  long from = d.vectors * strip / d.strips, to = d.vectors * (strip + 1) / d.strips, column = d.first + 16 * from;
  long row = 16 * (to - from), width = row < d.end - column ? row : d.end - column;
  return (place){column, width, to - from, row};
}

INLINE bool product(const ck_sparse_product *q, const int32_t *rows, long count, long first, long end, const int most) {
  float own[PACKED] __attribute__((aligned(64)));
  division d = divided(first, end, most);
  bool finite = true;
  for (long i = 0; i < d.strips; i++) {
    place p = place_of(d, i);
    for (long block = 0; block * BLOCK < q->k; block++) {
      uint64_t used = ~(uint64_t)0;
      strip s = {own, p.width - 16, q->relu && (block + 1) * BLOCK >= q->k};
      if (q->panels) s.packed = q->panels + q->k * p.column + block * BLOCK * p.row;
      else finite &= pack(q, block, p.column, p.width, own, p.row, &used);
      switch (p.vectors) {
#define STRIP(n)                                                                \
  case n:                                                                       \
    if (n <= most) rows_of_strip(q, rows, count, block, &s, used, p.column, n); \
    break;
        STRIP(1) STRIP(2) STRIP(3) STRIP(4) STRIP(5) STRIP(6) STRIP(7) STRIP(8) STRIP(9) STRIP(10)
      }
    }
  }
  return finite;
}

/* Strip by strip of all columns, each with the rows of b one after the other. */
INLINE bool panels(const float *b, long k, long m, bool transposed, float *out, const int most) {
  ck_sparse_product q = {.b = b, .k = k, .m = m, .transposed = transposed};
  division d = divided(0, m, most);
  bool finite = true;
  for (long i = 0; i < d.strips; i++) {
    place p = place_of(d, i);
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
         product(q, rows, count, first, end, MOST), product(q, rows, count, first, end, MOST / 3), q, rows, count,
         first, end)
DISPATCH(bool, sparse_panels_f32, (const float *b, long k, long m, bool transposed, float *out),
         panels(b, k, m, transposed, out, MOST), panels(b, k, m, transposed, out, MOST / 3), b, k, m, transposed, out)
