#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "CKernels.h"

/* malloc keeps free blocks per thread, so a block costs a few nanoseconds. What is out is counted per thread as well
   and added up now and then: a counter that all threads share would cost as much as the block itself. */
enum { alignment = 64, batch = 64 << 10 };
static _Thread_local long live, taken;
static atomic_long all_live, all_taken;

static void settle(void) {
  atomic_fetch_add_explicit(&all_live, live, memory_order_relaxed);
  atomic_fetch_add_explicit(&all_taken, taken, memory_order_relaxed);
  live = taken = 0;
}

/* The pointer that free wants stands right before the block: malloc's are 16-byte aligned, so there is room. */
void *ck_small_take(size_t bytes) {
  char *start = malloc(bytes + alignment);
  if (!start) return NULL;
  char *block = (char *)(((uintptr_t)start + alignment) & ~(uintptr_t)(alignment - 1));
  ((void **)block)[-1] = start;
  live += (long)bytes;
  taken += (long)bytes;
  if (taken > batch) settle();
  return block;
}

void ck_small_give(void *block, size_t bytes) {
  live -= (long)bytes;
  if (live < -batch) settle();
  free(((void **)block)[-1]);
}

long ck_small_live(void) { return atomic_load_explicit(&all_live, memory_order_relaxed) + live; }
long ck_small_taken(void) { return atomic_load_explicit(&all_taken, memory_order_relaxed) + taken; }
