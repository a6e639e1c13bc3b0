#ifndef CK_WINOGRAD_H
#define CK_WINOGRAD_H
#include <stdbool.h>

/* Convolution of 3x3 kernels with step 1 by Winograd's F(4x4, 3x3) in float32: 36 products per channel for a tile of 4x4
   results instead of 144 (Winograd 1980; Lavin and Gray 2016).

   x [images, channels, height, width] and y [images, outputs, out_height, out_width] lie in blocks of 16 channels, as
   everything in ck_blocks.h; `top` and `left` zeros stand before the first row and column, at
   most 2. Weights are row-major, [outputs][channels][3][3]. Tiles are counted from the first of the
   first image, row by row. A result depends on its own tile alone, whatever the batch, the range or the thread.

   A call makes `outputs` of them, the ones from `first_output` on of `all_outputs`: transformed weights take four times
   the room of weights, and so no more than some of them at a time. x, y, w, g and bias are whole. */
typedef struct {
  long images;
  int channels, height, width, outputs, out_height, out_width, top, left, first_output, all_outputs;
} ck_winograd;

long ck_winograd_tiles(const ck_winograd *s);
/* Floats of transformed weights or of their gradient, and of the scratch of a forward pass or of one block of a weight
   gradient. */
long ck_winograd_weights_size(const ck_winograd *s);
long ck_winograd_forward_scratch(const ck_winograd *s);
long ck_winograd_gradient_scratch(const ck_winograd *s);
/* Tiles that a forward pass and a weight gradient take at a time. */
int ck_winograd_forward_block(const ck_winograd *s);
int ck_winograd_gradient_block(const ck_winograd *s);

/* u = G w G^T for the blocks low ..< high of 16 outputs. When `turned`, w is [channels][outputs][3][3] and every kernel
   is turned by 180 degrees: so the input gradient is a convolution from outputs to channels with the weights of the
   forward pass. */
void ck_winograd_weights(const ck_winograd *s, const float *w, bool turned, int low, int high, float *u);
/* y of tiles first ..< last, plus bias [outputs] when there is one, then max(0, y) when `relu` (nan stays nan). */
void ck_winograd_forward(const ck_winograd *s, const float *x, const float *u, const float *bias, bool relu, float *y,
                         long first, long last, float *scratch);

/* The weight gradient, block by block of tiles, in two steps whose parts may run at the same time. First the transforms
   of the (channels + outputs) / 16 blocks of channels low ..< high of x and of g, the gradient of y; sums of g are added
   to bias [outputs] when there is one. */
void ck_winograd_gradient_transform(const ck_winograd *s, const float *x, const float *g, float *bias, long first,
                                    int count, int low, int high, float *scratch);
/* Then the products of the points low ..< high of 36 are added to u, or begin it when `fresh`. */
void ck_winograd_gradient_multiply(const ck_winograd *s, int count, bool fresh, int low, int high, float *scratch,
                                   float *u);
/* In the end the gradient of w from the sums in u, for the blocks low ..< high of 16 outputs. */
void ck_winograd_gradient_weights(const ck_winograd *s, const float *u, int low, int high, float *w);
#endif
