#ifndef CK_REDUCE_H
#define CK_REDUCE_H
/* z[j] = sum / divisor, the sum over k of x[k, j], for j in first ..< last, x of [n, inner]. */
void ck_sum_columns_f32(const float *x, long n, long inner, double divisor, long first, long last, float *z);
/* z[r] = sum / divisor, the sum of row r. */
void ck_sum_rows_f32(const float *x, long rows, long n, double divisor, float *z);
/* z[k] = sum / divisor, the sum over o and j of x[o, k, j], for k in first ..< last, x of [outer, n, inner]. */
void ck_sum_channels_f32(const float *x, long outer, long n, long inner, double divisor, long first, long last,
                         float *z);
/* Over n contiguous elements: sum of (x - c)^2, sum of |x|, extremes (nan when there is one), first index of a value. */
double ck_sum_squares_f32(const float *x, long n, double c);
double ck_sum_abs_f32(const float *x, long n);
float ck_max_of_f32(const float *x, long n);
float ck_min_of_f32(const float *x, long n);
float ck_max_abs_of_f32(const float *x, long n);
long ck_find_f32(const float *x, long n, float value);
#endif
