#ifndef CK_NATIVE_H
#define CK_NATIVE_H
/* Loops beside oneDNN's primitives. */
/* z[i] = g[i] where y[i] > 0, otherwise 0. */
void ck_pass_f32(const float *g, const float *y, float *z, long n);
#endif
