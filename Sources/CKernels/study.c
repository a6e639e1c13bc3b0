#include <string.h>

#include "CKernels.h"

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

void ck_bootstrap_counts(uint64_t key, size_t n, uint8_t *counts) {
  memset(counts, 0, n);
  for (size_t i = 0; i < n; i += 4) {
    uint32_t words[4];
    ck_philox(key, i / 4, 0, words);
    for (size_t j = 0; j < 4 && i + j < n; j++) {
      uint8_t *place = counts + (((uint64_t)words[j] * n) >> 32);
      *place += *place < 255; /* a count of 255 has probability below 1e-500 */
    }
  }
}

CLONES uint64_t ck_weighted_sum_u8(const uint8_t *w, const uint8_t *x, size_t n) {
  uint64_t total = 0;
  for (size_t start = 0; start < n; start += 32768) { /* 32768 * 255 * 255 fits 32 bits */
    size_t end = n - start < 32768 ? n : start + 32768;
    uint32_t sum = 0;
    for (size_t i = start; i < end; i++) sum += (uint32_t)w[i] * x[i];
    total += sum;
  }
  return total;
}
