#ifndef CK_DATA_H
#define CK_DATA_H
#include <stddef.h>
#include <stdint.h>
/* Pixels: out[i] = x[i] / 255, correctly rounded. */
void ck_bytes_to_unit_f32(const uint8_t *x, size_t n, float *out);
#endif
