#ifndef CK_ATTACK_H
#define CK_ATTACK_H
/* Rows of attacks: n contiguous float32 each. */

/* x = clamp(x + alpha * sign(g), low, high), the sign of 0 being 0, for x between low and high: the box around the origin that
   an L-inf budget and the input range [lo, hi] leave. It is rounded inward, so that no float in it is further than eps from the
   origin: low = max(min(lo, origin), origin - eps), high likewise. alpha >= 0. */
void ck_linf_step_f32(float *x, const float *g, float alpha, const float *origin, double eps, float lo, float hi, long n);
/* The same on every processor: its twin. */
void ck_linf_step_plain_f32(float *x, const float *g, float alpha, const float *origin, double eps, float lo, float hi,
                            long n);
/* x = clamp(x, low, high). */
void ck_linf_clip_f32(float *x, const float *origin, double eps, float lo, float hi, long n);
/* x = clamp(x + alpha * g, min(lo, origin), max(hi, origin)). */
void ck_line_step_f32(float *x, const float *g, float alpha, const float *origin, float lo, float hi, long n);
/* x = origin + scale * (x - origin). */
void ck_shrink_f32(float *x, const float *origin, double scale, long n);
/* velocity = decay * velocity + scale * g. */
void ck_momentum_f32(float *velocity, const float *g, float decay, float scale, long n);
/* Sum of |g|; not finite exactly when an element is not (or the sum overflows double). */
double ck_gradient_size_f32(const float *g, long n);
/* out = sum |x - y|, sqrt(sum (x - y)^2), max |x - y|, in double. A nan element makes all three nan. */
void ck_distances_f32(const float *x, const float *y, long n, double out[3]);
/* How many elements lie outside [lo, hi] or are nan. */
long ck_count_outside_f32(const float *x, float lo, float hi, long n);
/* The index of the largest of the c logits of each row, the first of equal ones; -1 for a row with nan. c >= 1. */
void ck_predictions_f32(const float *x, long *predicted, long rows, long c);
void ck_predictions_f64(const double *x, long *predicted, long rows, long c);
#endif
