#ifndef CK_STUDY_H
#define CK_STUDY_H
#include <stddef.h>
#include <stdint.h>
/* One bootstrap draw: how often each of n examples is taken in n draws with replacement from stream `key`. n < 2^32. */
void ck_bootstrap_counts(uint64_t key, size_t n, uint8_t *counts);
/* The sum of w[i] * x[i]. */
uint64_t ck_weighted_sum_u8(const uint8_t *w, const uint8_t *x, size_t n);
#endif
