#ifndef CKERNELS_H
#define CKERNELS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Interruption: one flag for the process, set by a signal handler, polled by native loops. */
void ck_interrupt_set(bool on);
bool ck_interrupt_get(void);
/* A limit of a confined process. The first that is reached stays. */
enum { CK_LIMIT_NONE, CK_LIMIT_MEMORY, CK_LIMIT_TIME };
void ck_limit_reach(int which);
int ck_limit_get(void);

/* Threads that work at the same time, of our loops and of oneDNN; 1 inside of a part. */
void ck_set_threads(int n);
int ck_max_threads(void);
/* Calls body(part, context) for part = 0 ..< parts on this thread and on others that are free; in no certain order. */
void ck_parallel(int parts, void (*body)(int part, void *context), void *context);

/* Moves the pages, `page` bytes each, to addresses that are mapped already, and unmaps where they were. False when the
   system refuses; then some may have been moved. */
bool ck_move_pages(char *from, char *to, size_t bytes, size_t page);

#include "ck_seats.h"
#include "ck_small.h"
#include "ck_attack.h"
#include "ck_random.h"
#include "ck_float.h"
#include "ck_linear.h"
#include "ck_loss.h"
#include "ck_optimize.h"
#include "ck_reduce.h"
#include "ck_unary.h"
#include "ck_data.h"
#include "ck_sparse.h"
#include "ck_trail.h"
#include "ck_study.h"
#include "ck_native.h"
#include "ck_blocks.h"
#include "ck_winograd.h"
#include "ck_quantize.h"
#include "ck_integer.h"
#endif
