#include <math.h>

#include "CKernels.h"

/* Counter-based random numbers: no state, so a draw never depends on batch size, order or threads. */

void ck_philox(uint64_t key, uint64_t block_lo, uint64_t block_hi, uint32_t out[4]) {
  uint32_t c0 = (uint32_t)block_lo, c1 = (uint32_t)(block_lo >> 32);
  uint32_t c2 = (uint32_t)block_hi, c3 = (uint32_t)(block_hi >> 32);
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
    uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c1 = (uint32_t)p1;
    c3 = (uint32_t)p0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/* Word at absolute position i: lane i % 4 of block i / 4. */
static uint32_t word(uint64_t key, uint64_t i, uint32_t block[4], uint64_t *held) {
  if (*held != i / 4) {
    *held = i / 4;
    ck_philox(key, *held, 0, block);
  }
  return block[i % 4];
}

void ck_random_bits(uint64_t key, uint64_t first, uint32_t *out, size_t n) {
  uint32_t block[4];
  uint64_t held = UINT64_MAX;
  for (size_t i = 0; i < n; i++) out[i] = word(key, first + i, block, &held);
}

void ck_random_uniform_f32(uint64_t key, uint64_t first, float *out, size_t n) {
  uint32_t block[4];
  uint64_t held = UINT64_MAX;
  for (size_t i = 0; i < n; i++) out[i] = (float)(word(key, first + i, block, &held) >> 8) * 0x1p-24f;
}

static double unit53(uint64_t key, uint64_t i, uint32_t block[4], uint64_t *held) {
  uint64_t low = word(key, 2 * i, block, held), high = word(key, 2 * i + 1, block, held);
  return (double)(((high << 32) | low) >> 11) * 0x1p-53;
}

void ck_random_uniform_f64(uint64_t key, uint64_t first, double *out, size_t n) {
  uint32_t block[4];
  uint64_t held = UINT64_MAX;
  for (size_t i = 0; i < n; i++) out[i] = unit53(key, first + i, block, &held);
}

/* Elements 2j and 2j+1 share the two draws of pair j: cosine for the even one, sine for the odd one. */
void ck_random_normal_f32(uint64_t key, uint64_t first, float *out, size_t n) {
  uint32_t block[4];
  uint64_t held = UINT64_MAX;
  for (size_t i = 0; i < n;) {
    uint64_t pair = (first + i) / 2;
    float u = ((float)(word(key, 2 * pair, block, &held) >> 8) + 1.0f) * 0x1p-24f;
    float angle = (float)(word(key, 2 * pair + 1, block, &held) >> 8) * (0x1p-24f * 6.283185307179586f);
    float radius = sqrtf(-2.0f * logf(u));
    if ((first + i) % 2 == 0) out[i++] = radius * cosf(angle);
    if (i < n && (first + i) / 2 == pair) out[i++] = radius * sinf(angle);
  }
}

void ck_random_normal_f64(uint64_t key, uint64_t first, double *out, size_t n) {
  uint32_t block[4];
  uint64_t held = UINT64_MAX;
  for (size_t i = 0; i < n; i++) {
    uint64_t pair = (first + i) / 2;
    double u = 1.0 - unit53(key, 2 * pair, block, &held);
    double angle = unit53(key, 2 * pair + 1, block, &held) * 6.283185307179586;
    double radius = sqrt(-2.0 * log(u));
    out[i] = radius * ((first + i) % 2 ? sin(angle) : cos(angle));
  }
}
