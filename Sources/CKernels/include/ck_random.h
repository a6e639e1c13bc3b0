#ifndef CK_RANDOM_H
#define CK_RANDOM_H
#include <stdint.h>
#include <stddef.h>
/* Philox4x32-10 (Salmon et al. 2011). The word at position i of stream `key` depends on (key, i) alone. */
void ck_philox(uint64_t key, uint64_t block_lo, uint64_t block_hi, uint32_t out[4]);
void ck_random_bits(uint64_t key, uint64_t first, uint32_t *out, size_t n);
/* Uniform in [0, 1): 24 random bits over 2^24 (float), 53 over 2^53 (double: two words an element). */
void ck_random_uniform_f32(uint64_t key, uint64_t first, float *out, size_t n);
void ck_random_uniform_f64(uint64_t key, uint64_t first, double *out, size_t n);
/* Standard normal by Box-Muller; element i depends on (key, i) alone. */
void ck_random_normal_f32(uint64_t key, uint64_t first, float *out, size_t n);
void ck_random_normal_f64(uint64_t key, uint64_t first, double *out, size_t n);
#endif
