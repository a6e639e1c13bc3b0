#include <math.h>

#include "CKernels.h"

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

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

/* Many blocks at once: each round is a loop over them that vectorises. */
#define BLOCKS 32
CLONES static void philox_blocks(uint64_t key, uint64_t first, uint32_t out[4 * BLOCKS]) {
  uint32_t c0[BLOCKS], c1[BLOCKS], c2[BLOCKS], c3[BLOCKS];
  for (int i = 0; i < BLOCKS; i++) {
    c0[i] = (uint32_t)(first + i);
    c1[i] = (uint32_t)((first + i) >> 32);
    c2[i] = c3[i] = 0;
  }
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < BLOCKS; i++) {
      uint64_t p0 = (uint64_t)0xD2511F53u * c0[i], p1 = (uint64_t)0xCD9E8D57u * c2[i];
      c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
      c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
      c1[i] = (uint32_t)p1;
      c3[i] = (uint32_t)p0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int i = 0; i < BLOCKS; i++) {
    out[4 * i] = c0[i];
    out[4 * i + 1] = c1[i];
    out[4 * i + 2] = c2[i];
    out[4 * i + 3] = c3[i];
  }
}

CLONES void ck_random_uniform_f32(uint64_t key, uint64_t first, float *out, size_t n) {
  uint32_t words[4 * BLOCKS];
  for (size_t done = 0; done < n;) {
    uint64_t block = (first + done) / 4, skip = (first + done) % 4;
    size_t count = 4 * BLOCKS - skip < n - done ? 4 * BLOCKS - skip : n - done;
    philox_blocks(key, block, words);
    for (size_t i = 0; i < count; i++) out[done + i] = (float)(int32_t)(words[skip + i] >> 8) * 0x1p-24f;
    done += count;
  }
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
  uint32_t words[4 * BLOCKS];
  uint64_t start = first / 2 * 2;  /* the word of the first pair */
  for (uint64_t word = start; word < first + n; word += 4 * BLOCKS - word % 4) {
    philox_blocks(key, word / 4, words);
    for (uint64_t i = word % 4; i < 4 * BLOCKS && word - word % 4 + i < first + n; i += 2) {
      uint64_t even = word - word % 4 + i;
      float u = ((float)(words[i] >> 8) + 1.0f) * 0x1p-24f;
      float angle = (float)(words[i + 1] >> 8) * (0x1p-24f * 6.283185307179586f);
      float radius = sqrtf(-2.0f * logf(u));
      if (even >= first) out[even - first] = radius * cosf(angle);
      if (even + 1 < first + n) out[even + 1 - first] = radius * sinf(angle);
    }
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
