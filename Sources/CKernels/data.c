#include "CKernels.h"

/* One clone per instruction set; the loader picks at start-up. */
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

CLONES void ck_bytes_to_unit_f32(const uint8_t *x, size_t n, float *out) {
  for (size_t i = 0; i < n; i++) out[i] = (float)x[i] / 255.0f;
}
