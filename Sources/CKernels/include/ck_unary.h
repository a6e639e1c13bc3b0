#ifndef CK_UNARY_H
#define CK_UNARY_H
/* z[i] = f(x[i]) over contiguous float32; p and q are settings of the operation (slope, bounds, exponent). */
#define CK_UNARY(name) void ck_##name##_f32(const float *x, float *z, long n, float p, float q);
/* z[i] = g[i] * slope at x[i], where x is the operand or the result, whichever the operation keeps. */
#define CK_SLOPE(name) \
  void ck_##name##_vjp_f32(const float *g, const float *x, float *z, long n, float p, float q);
#define CK_SMOOTH(name) CK_UNARY(name) CK_SLOPE(name)

CK_UNARY(neg) CK_UNARY(sign) CK_UNARY(floor) CK_UNARY(ceil) CK_UNARY(round) CK_UNARY(trunc)
CK_SMOOTH(abs) CK_SMOOTH(square) CK_SMOOTH(reciprocal) CK_SMOOTH(sqrt) CK_SMOOTH(rsqrt)
/* exp without instructions for vectors of 16: the twin of `ck_exp_f32`. */
void ck_exp_plain_f32(const float *x, float *z, long n);
CK_SMOOTH(exp) CK_SMOOTH(expm1) CK_SMOOTH(log) CK_SMOOTH(log1p)
CK_SMOOTH(sin) CK_SMOOTH(cos) CK_SMOOTH(tan) CK_SMOOTH(tanh) CK_SMOOTH(sigmoid) CK_SMOOTH(erf)
CK_SMOOTH(relu) CK_SMOOTH(leaky_relu) CK_SMOOTH(gelu) CK_SMOOTH(gelu_tanh) CK_SMOOTH(silu) CK_SMOOTH(softplus)
CK_SMOOTH(clamp) CK_SMOOTH(power)
#endif
