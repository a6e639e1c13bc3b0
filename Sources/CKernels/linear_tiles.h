/* Tiles of y = x W^T + b, both matrices read where they lie. Included once per instruction set, which says how many
   floats a vector has (LANES), how many outputs a tile (OUTPUTS), and the ending of the names (SUFFIX).

   Each sum runs over k in LANES interleaved parts that are added in halves at the end. A tile's size does not change
   that order, so an element's bits do not depend on where in the batch its row stands. */
#define JOINED(a, b) a##b
#define WITH_SUFFIX(a, b) JOINED(a, b)
#define NAME(name) WITH_SUFFIX(name, SUFFIX)
#define V NAME(vector)

typedef float V __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t NAME(mask) __attribute__((vector_size(4 * LANES)));

/* The last LANES floats of a row of k, 0 in place of those that whole vectors have covered. */
INLINE V NAME(tail)(const float *row, long k) {
  NAME(mask) keep;
  for (int l = 0; l < LANES; l++) keep[l] = l >= LANES - k % LANES ? -1 : 0;
  NAME(mask) bits = (NAME(mask)) * (const V *)(row + k - LANES) & keep;
  return (V)bits;
}

INLINE float NAME(folded)(V v) {
  float part[LANES];
  memcpy(part, &v, sizeof part);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) part[l] += part[l + half];
  return part[0];
}

/* `rows` is a constant; the compiler keeps the sums in registers. */
INLINE void NAME(tile)(const int rows, const float *x, const float *w, float *z, long k) {
  V sum[3][OUTPUTS];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < OUTPUTS; j++) sum[i][j] = (V){0};
  for (long p = 0; p + LANES <= k; p += LANES) {
    V a[3];
    for (int i = 0; i < rows; i++) a[i] = *(const V *)(x + i * k + p);
    UNROLLED for (int j = 0; j < OUTPUTS; j++) {
      V b = *(const V *)(w + j * k + p);
      for (int i = 0; i < rows; i++) sum[i][j] += a[i] * b;
    }
  }
  if (k % LANES) {
    V a[3];
    for (int i = 0; i < rows; i++) a[i] = NAME(tail)(x + i * k, k);
    UNROLLED for (int j = 0; j < OUTPUTS; j++) {
      V b = NAME(tail)(w + j * k, k);
      for (int i = 0; i < rows; i++) sum[i][j] += a[i] * b;
    }
  }
  for (int i = 0; i < rows; i++) NAME(fold)(sum[i], z + i * OUTPUTS);
}

INLINE void NAME(finish)(const int rows, const float *z, const float *bias, float *y, long y_row,
                          bool relu) {
  for (int i = 0; i < rows; i++, y += y_row, z += OUTPUTS)
    for (int j = 0; j < OUTPUTS; j++) {
      float v = bias ? z[j] + bias[j] : z[j];
      y[j] = relu && v < 0 ? 0 : v;
    }
}

#define TILE(rows)                                                                 \
  do {                                                                             \
    NAME(tile)(rows, x + i * k, w + j * k, z, k);                                  \
    NAME(finish)(rows, z, bias ? bias + j : NULL, y + i * y_row + j, y_row, relu); \
    i += rows;                                                                     \
  } while (0)

static void NAME(linear)(const float *x, const float *w, const float *bias, float *y, long y_row, long rows, long n,
                         long k, bool relu) {
  float z[3 * OUTPUTS];
  for (long first = 0; first < n; first += OUTPUTS) {
    long j = first + OUTPUTS <= n ? first : n - OUTPUTS, i = 0; /* the last tile steps back over the one before */
    while (i + 3 <= rows) TILE(3);
    if (i + 2 <= rows) TILE(2);
    if (i < rows) TILE(1);
  }
}

#undef TILE
#undef V
#undef NAME
#undef WITH_SUFFIX
#undef JOINED
#undef LANES
#undef OUTPUTS
#undef SUFFIX
