#ifndef CK_LINEAR_H
#define CK_LINEAR_H
#include <stdbool.h>
/* y = x W^T + b, then max(0, y) when relu (nan stays): x [rows, k] and W [n, k] row-major, b [n] or NULL, y [rows, n] with
   its rows y_row apart. W is read where it lies: for few rows. k and n are at least these: */
enum { CK_LINEAR_LEAST_K = 16, CK_LINEAR_LEAST_N = 8 };
void ck_linear_f32(const float *x, const float *w, const float *bias, float *y, long y_row, long rows, long n, long k,
                   bool relu);
#endif
