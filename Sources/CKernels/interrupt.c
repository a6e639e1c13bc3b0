#include <stdatomic.h>

#include "CKernels.h"

static atomic_bool interrupted;
void ck_interrupt_set(bool on) { atomic_store_explicit(&interrupted, on, memory_order_relaxed); }
bool ck_interrupt_get(void) { return atomic_load_explicit(&interrupted, memory_order_relaxed); }

static atomic_int limit;
void ck_limit_reach(int which) {
  int none = CK_LIMIT_NONE;
  atomic_compare_exchange_strong(&limit, &none, which);
  ck_interrupt_set(true);
}
int ck_limit_get(void) { return atomic_load_explicit(&limit, memory_order_relaxed); }
