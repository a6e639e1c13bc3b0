#include <math.h>

#include "CKernels.h"

/* One clone per instruction set; the loader picks at start-up. */
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

void ck_fetch(const uint8_t *x, size_t n) {
  for (size_t i = 0; i < n; i += 64) __builtin_prefetch(x + i);
}

CLONES void ck_bytes_to_unit_f32(const uint8_t *x, size_t n, float *out) {
  for (size_t i = 0; i < n; i++) out[i] = (float)x[i] / 255.0f;
}

static inline float unit(float v) { return v < 0.0f ? 0.0f : v > 1.0f ? 1.0f : v; }

CLONES void ck_draw_strokes_f32(const float *segments, size_t n, float half_width, size_t side, float *out) {
  for (size_t i = 0; i < side * side; i++) out[i] = 1e9f; /* squared distances first */
  for (size_t s = 0; s < n; s++) {
    float ax = segments[4 * s], ay = segments[4 * s + 1];
    float dx = segments[4 * s + 2] - ax, dy = segments[4 * s + 3] - ay;
    float length = dx * dx + dy * dy, scale = length > 0.0f ? 1.0f / length : 0.0f;
    for (size_t y = 0; y < side; y++) {
      float py = (float)y - ay, *row = out + y * side;
      for (size_t x = 0; x < side; x++) {
        float px = (float)x - ax, t = unit((px * dx + py * dy) * scale);
        float ex = px - t * dx, ey = py - t * dy, d = ex * ex + ey * ey;
        row[x] = d < row[x] ? d : row[x];
      }
    }
  }
  for (size_t i = 0; i < side * side; i++) out[i] = unit(half_width + 0.5f - sqrtf(out[i]));
}

CLONES void ck_noisy_bytes(const float *x, const float *noise, float std, size_t n, uint8_t *out) {
  for (size_t i = 0; i < n; i++) out[i] = (uint8_t)(255.0f * unit(x[i] + std * noise[i]) + 0.5f);
}
