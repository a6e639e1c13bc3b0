#include "CKernels.h"
#include "ck_math.h"

/* The inner step of L-infinity attacks, one pass. A nan gradient does not move its pixel. */
CLONES void ck_sign_step_f32(const float *x, const float *origin, const float *g, float *z, long rows, long n,
                             const float *eps, const float *step, float low, float high) {
  for (long r = 0; r < rows; r++, x += n, origin += n, g += n, z += n) {
    float e = eps[r], a = step[r];
    for (long i = 0; i < n; i++) {
      float moved = x[i] + a * (float)((g[i] > 0.0f) - (g[i] < 0.0f));
      float least = origin[i] - e, most = origin[i] + e;
      least = least > low ? least : low;
      most = most < high ? most : high;
      moved = moved < least ? least : moved;
      z[i] = moved > most ? most : moved;
    }
  }
}
