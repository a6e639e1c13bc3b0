#ifndef CK_ATTACK_H
#define CK_ATTACK_H
/* z = clamp(x + step sign(g), origin - eps, origin + eps), then into low ... high; eps and step one a row of n.
   z may be x. */
void ck_sign_step_f32(const float *x, const float *origin, const float *g, float *z, long rows, long n,
                      const float *eps, const float *step, float low, float high);
#endif
