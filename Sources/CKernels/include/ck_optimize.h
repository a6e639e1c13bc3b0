#ifndef CK_OPTIMIZE_H
#define CK_OPTIMIZE_H
/* Updates in place of n contiguous float32. */
/* y += a x; y *= a; y = decay y + (1 - decay) x. */
void ck_axpy_f32(float a, const float *x, float *y, long n);
void ck_scale_f32(float a, float *y, long n);
void ck_ema_f32(float decay, const float *x, float *y, long n);
/* y brought into [low, high]; nan stays. */
void ck_confine_f32(float low, float high, float *y, long n);

typedef struct {
  float rate, momentum, decay;
  int nesterov;
} ck_sgd;
/* d = g + decay p; velocity = momentum velocity + d; p -= rate (velocity, or d + momentum velocity with nesterov).
   A null velocity is plain descent. */
void ck_sgd_f32(float *p, const float *g, float *velocity, long n, ck_sgd s);

/* rate is divided by 1 - beta1^t, root is 1 / sqrt(1 - beta2^t), rest2 is 1 - beta2; coupled is adam's weight decay,
   keep = 1 - rate decay is adamw's. */
typedef struct {
  float rate, beta1, beta2, rest2, root, eps, coupled, keep;
} ck_adam;
void ck_adam_f32(float *p, const float *g, float *m, float *v, long n, ck_adam s);
#endif
