#ifndef CK_SPARSE_H
#define CK_SPARSE_H
#include <stdint.h>

/* Columns of the left matrix that are worked off at a time: their rows of a strip of the right one stay in the first
   cache. */
#define CK_SPARSE_BLOCK 128
/* Columns of the right matrix that are worked off at a time. */
#define CK_SPARSE_STRIP 64

/* An element that is not zero, and where the row that it multiplies begins in a packed strip, in floats. */
typedef struct {
  float value;
  int32_t place;
} ck_sparse_item;

/* How many elements are not zero, nan among them. */
long ck_count_nonzero_f32(const float *x, long n);

/* Lists what is not zero in `count` rows of g [., k] by their numbers, in order. `starts` gets count * (blocks + 1) places,
   a row after the other; `items` has room for count * k + 1. */
void ck_sparse_list_f32(const float *g, long k, const int32_t *rows, long count, ck_sparse_item *items, int32_t *starts);

/* The columns from `first` up to `end` of the listed rows of g times w [k, m], into the same rows of out [., m]. */
void ck_sparse_product_f32(const ck_sparse_item *items, const int32_t *starts, const int32_t *rows, long count, long k,
                           const float *w, long m, long first, long end, float *out);
#endif
