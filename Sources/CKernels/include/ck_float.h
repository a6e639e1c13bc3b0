#ifndef CK_FLOAT_H
#define CK_FLOAT_H
#include <stddef.h>
#include <stdint.h>
/* Loops over float32, compiled per processor. */
double ck_sum_f32(const float *x, size_t n);

/* Rows of n elements: element i of row r is x[r * x_row + i * x_step], and y alike; results are contiguous. */
typedef struct {
  long rows, n, x_row, x_step, y_row, y_step;
} ck_plane;
/* z = x op y. Comparisons write bytes of 0 and 1, the others float. */
void ck_add_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_sub_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_mul_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_div_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_pow_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_max_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_min_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_mod_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_floordiv_f32(const float *x, const float *y, void *z, ck_plane p);
/* 1 where x > y, 0.5 where equal, else 0: how a maximum shares its gradient. */
void ck_share_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_eq_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_ne_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_lt_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_le_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_gt_f32(const float *x, const float *y, void *z, ck_plane p);
void ck_ge_f32(const float *x, const float *y, void *z, ck_plane p);
/* z[i] = c[i] ? a[i * as] : b[i * bs]. */
void ck_where_f32(const uint8_t *c, const float *a, long as, const float *b, long bs, float *z, long n);
#endif
