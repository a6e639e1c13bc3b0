#ifndef CK_BLOCKS_H
#define CK_BLOCKS_H
#include <stdbool.h>
#include <stdint.h>

/* Float32 images in blocks of 16 channels, [images][C/16][height][width][16], aligned to 64 bytes. A plane is one block of
   one image: height x width vectors of 16 floats. */

/* Whether this processor has vectors of 16 floats. The functions on floats here and in ck_winograd.h run on no other. */
bool ck_has_wide_vectors(void);

/* Windows that slide over a plane: at most 255 taps; `top` and `left` pixels of the border never win. */
typedef struct {
  int height, width, out_height, out_width, kernel_height, kernel_width, step_down, step_right, top, left;
} ck_pool;
/* The largest of each window; nan wins. from[i], when there is one, is the tap of the first that is as large, row by row
   through the window. `relu` takes max(0, y); from is 255 where the result is not positive. */
void ck_max_pool(const ck_pool *s, long planes, const float *x, bool relu, float *y, uint8_t *from);
/* The gradient of x: g of every window at the tap that it came from. */
void ck_max_pool_gradient(const ck_pool *s, long planes, const float *g, const uint8_t *from, float *dx);

/* Batch normalisation of images of `pixels` pixels: y = (x - mean) scale + shift per channel, then max(0, y) when
   `relu`. The statistics of a channel are put together from those of the planes in the order of the images. */
typedef struct {
  long images, pixels;
  int channels;
  const float *mean, *scale, *shift;
  bool relu;
} ck_normalization;
/* Mean and sum of squared distances from it of the planes low ..< high, to moments [images][C/16][2][16]. */
void ck_plane_moments(const ck_normalization *s, const float *x, long low, long high, float *moments);
/* Mean and biased variance [channels] from the moments of all planes. */
void ck_channel_moments(const ck_normalization *s, const float *moments, float *mean, float *variance);
void ck_normalize(const ck_normalization *s, const float *x, long low, long high, float *y);
/* y = max(0, (x - mean) scale + shift + other), whatever `relu` says. */
void ck_normalize_then_add(const ck_normalization *s, const float *x, const float *other, long low, long high, float *y);
/* Sums of g and of g (x - mean) of the planes low ..< high, to sums [images][C/16][2][16]; where max(0, y) gave 0, g
   counts as 0. */
void ck_plane_gradients(const ck_normalization *s, const float *g, const float *x, long low, long high, float *sums);
/* The sums over the images, [2][channels]. */
void ck_channel_gradients(const ck_normalization *s, const float *sums, float *totals);
/* dx = scale (g - a - (x - mean) b) with a and b [channels]; dx may be g. */
void ck_normalization_gradient(const ck_normalization *s, const float *g, const float *x, const float *a, const float *b,
                               long low, long high, float *dx);

/* z = max(0, x + y), nan stays nan, of the vectors low ..< high of 16 elements, with one bit per element in marks, one
   number per vector: whether it is positive. */
void ck_add_then_relu_marked_f32(const float *x, const float *y, float *z, uint16_t *marks, long low, long high);
/* z = g where the mark is set, 0 elsewhere; z may be g. */
void ck_pass_marked_f32(const float *g, const uint16_t *marks, float *z, long low, long high);
#endif
