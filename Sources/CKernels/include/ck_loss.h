#ifndef CK_LOSS_H
#define CK_LOSS_H
#include <stdint.h>
/* Rows of c float32 logits; labels lie in 0 ..< c (the caller has checked). */
void ck_softmax_f32(const float *x, float *z, long rows, long c);
void ck_log_softmax_f32(const float *x, float *z, long rows, long c);
/* From the gradient and the result. */
void ck_softmax_vjp_f32(const float *g, const float *y, float *z, long rows, long c);
void ck_log_softmax_vjp_f32(const float *g, const float *y, float *z, long rows, long c);
/* Cross-entropy against (1 - smoothing) onehot + smoothing / c: probabilities to z, one loss a row. */
void ck_cross_entropy_f32(const float *x, const int64_t *label, float smoothing, float *z, float *loss, long rows,
                          long c);
/* z = g[r * step] * scale * (p - target). */
void ck_cross_entropy_vjp_f32(const float *p, const int64_t *label, float smoothing, const float *g, long step,
                              float scale, float *z, long rows, long c);
/* Index of the largest logit other than the label's, first of equal ones; c >= 2. */
void ck_argmax_except_f32(const float *x, const int64_t *label, int64_t *z, long rows, long c);
/* How many rows of c have their first largest element at the label; nan counts as larger than any number. */
long ck_count_correct_f32(const float *x, const int64_t *label, long rows, long c);
#endif
