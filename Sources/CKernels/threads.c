#include <stdatomic.h>

#include "CKernels.h"

/* libgomp's entry points: what gcc compiles `#pragma omp parallel` to. Calling them directly lets our loops run on
   the team that oneDNN already owns; a second pool would fight it for the cores. */
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int);

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

void ck_set_threads(int n) { omp_set_num_threads(n < 1 ? 1 : n); }
int ck_max_threads(void) { return omp_get_max_threads(); }

struct job {
  int parts;
  void (*body)(int, void *);
  void *context;
};

static void share(void *data) {
  struct job *job = data;
  int team = omp_get_num_threads();
  for (int part = omp_get_thread_num(); part < job->parts; part += team) job->body(part, job->context);
}

void ck_parallel(int parts, void (*body)(int, void *), void *context) {
  int threads = ck_max_threads();
  if (threads > parts) threads = parts;
  if (threads <= 1) {
    for (int part = 0; part < parts; part++) body(part, context);
    return;
  }
  struct job job = {parts, body, context};
  GOMP_parallel(share, &job, (unsigned)threads, 0);
}
