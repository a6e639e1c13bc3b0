#ifndef CK_FLOAT_H
#define CK_FLOAT_H
#include <stddef.h>
/* Loops over contiguous float32, compiled per processor. */
double ck_sum_f32(const float *x, size_t n);
#endif
