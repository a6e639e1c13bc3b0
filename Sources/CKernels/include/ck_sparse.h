#ifndef CK_SPARSE_H
#define CK_SPARSE_H
#include <stdbool.h>
#include <stdint.h>

/* Columns of the left matrix that are worked off at a time: the bits of a word of its masks. */
#define CK_SPARSE_BLOCK 64

/* How many elements are not zero, nan among them. */
long ck_count_nonzero_f32(const float *x, long n);

/* Where the rows of a [rows, k] are not zero: bit j of a row's word w stands for column 64 w + j. `masks` gets
   rows * ceil(k / 64) words, `counts` the number of bits of each row. */
void ck_sparse_masks_f32(const float *a, long rows, long k, uint64_t *masks, int32_t *counts);

/* x [rows, columns] as out [columns, rows]. */
void ck_transpose_f32(const float *x, long rows, long columns, float *out);

/* out [., m] = bias + a b, or out + a b when it adds, then max(0, out) when relu (nan stays). */
typedef struct {
  const float *a; /* [., k] */
  const uint64_t *masks;
  const float *b;    /* [k, m], or [m, k] when transposed */
  const float *panels; /* b by `ck_sparse_panels_f32`, which is read instead, for all columns at once; or NULL */
  const float *bias; /* [m] or NULL */
  float *out;
  long k, m;
  bool transposed, relu, adds;
} ck_sparse_product;

/* The columns from `first` up to `end`, at least 16, of `count` rows of `out` by their numbers, without the
   multiplications by zeros of a, and by rows of b that are all zero there. The other rows are left alone. False when b is
   transposed and has an element there that is not finite: then what stands in `out` hides it. */
bool ck_sparse_product_f32(const ck_sparse_product *q, const int32_t *rows, long count, long first, long end);

/* b [k, m], or [m, k] when transposed, in the order in which the product reads it; saves a factor that stays the same from
   being packed for every product. Panels take `ck_sparse_panels(k, m)` elements. False when b is transposed and has an
   element that is not finite. */
long ck_sparse_panels(long k, long m);
bool ck_sparse_panels_f32(const float *b, long k, long m, bool transposed, float *out);
#endif
