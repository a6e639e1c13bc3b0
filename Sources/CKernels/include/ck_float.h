#ifndef CK_FLOAT_H
#define CK_FLOAT_H
#include <stddef.h>
/* Loops over contiguous float32, compiled per processor. */
double ck_sum_f32(const float *x, size_t n);
/* z[i] = x[i * xs] op y[i * ys]; a stride is 0 (one repeated element) or 1. */
void ck_add_f32(const float *x, long xs, const float *y, long ys, float *z, long n);
void ck_mul_f32(const float *x, long xs, const float *y, long ys, float *z, long n);
#endif
