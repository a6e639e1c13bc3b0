#ifndef CK_TRAIL_H
#define CK_TRAIL_H
#include <stdbool.h>

/* Sums of the products of an input and weights that follow the input from pass to pass. */

/* An element is where it should be when it is off by no more than this part of |point| + |pace|: a unit in the last
   place. */
#define CK_TRAIL_UNIT 0x1p-23f

/* One row: the point where its sums are, the pace at which it went there in the last pass, both [n], the rate at which that
   changed the sums [m], and the size of the largest element since they began. */
typedef struct {
  float *point, *pace, *rate, *largest;
} ck_trail;

/* Takes the trail on to x [n]. `moved` [n] gets what has to be added to the rate: what x differs from the point gone on at
   its pace, or from the point itself if that is less and the rate begins at 0. When anew, where an element is not finite, or
   where x is so much smaller than it was that the rounding of then would show, it gets x, pace and rate are 0, and the answer
   is true: the sums begin anew. */
bool ck_trail_follow_f32(const float *x, const ck_trail *trail, long n, long m, bool anew, float *moved);

/* sums += rate; where they begin anew, from 0, and the rate is 0 from then on. out = sums + bias, which may be NULL, then
   max(0, out) when relu (nan stays). Whether every sum is finite. */
bool ck_trail_sum_f32(float *rate, float *sums, const float *bias, float *out, long m, bool relu, bool anew);
#endif
