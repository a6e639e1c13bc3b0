#ifndef CK_DATA_H
#define CK_DATA_H
#include <stddef.h>
#include <stdint.h>
/* Pixels: out[i] = x[i] / 255, correctly rounded. */
void ck_bytes_to_unit_f32(const uint8_t *x, size_t n, float *out);
/* Asks the machine for bytes that will be read soon. */
void ck_fetch(const uint8_t *x, size_t n);
/* Draws n line segments (ax, ay, bx, by in pixels; pixel centres at whole numbers) as strokes of the given half width
   into a square image: out = clamp(half_width + 1/2 - distance to the nearest segment, 0, 1). */
void ck_draw_strokes_f32(const float *segments, size_t n, float half_width, size_t side, float *out);
/* Pixels with noise as bytes: round(255 clamp(x + std * noise, 0, 1)), halves up. */
void ck_noisy_bytes(const float *x, const float *noise, float std, size_t n, uint8_t *out);
#endif
