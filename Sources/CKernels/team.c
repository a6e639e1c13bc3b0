#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CKernels.h"

/* The threads that share our loops. OpenMP's team would do, but whoever leads one waits for every thread of it to come
   and to go: beside a busy neighbour, or while a thread is being woken, everybody stands still. Here the parts of a job
   are claimed one by one by whoever is there; a thread that comes too late finds nothing to do, and the leader waits for
   parts that were begun only. OneDNN keeps OpenMP's team for what it divides itself (spinning.c). */

extern void omp_set_num_threads(int);
extern int omp_get_max_threads(void);

/* More than anybody has use for. */
enum { MOST_THREADS = 256 };
/* Turns before a thread sleeps: as long as waking it takes, about 60 us, so that waiting costs at most twice the best. */
enum { TURNS = 3000 };

static struct {
  /* Parts in the high half, parts that are claimed in the low one: who adds one and gets less than there are owns it. */
  _Alignas(64) _Atomic uint64_t claims;
  _Alignas(64) atomic_uint done;
  _Alignas(64) atomic_uint jobs;
  atomic_int sleeping, waiting;
  /* Written before `claims`, read by owners of parts, who hold the leader back. */
  void (*body)(int, void *);
  void *context;
  ck_seats seats;
} team;

static atomic_flag taken = ATOMIC_FLAG_INIT;
static int started; /* workers; who holds `taken` changes it */
static atomic_int threads;
static _Thread_local bool inside;

int ck_max_threads(void) {
  if (inside) return 1;
  int n = atomic_load_explicit(&threads, memory_order_relaxed);
  if (n == 0) {
    n = omp_get_max_threads();
    atomic_store_explicit(&threads, n, memory_order_relaxed);
  }
  return n;
}

void ck_set_threads(int n) {
  if (inside) return;
  if (n < 1) n = 1;
  if (n > MOST_THREADS) n = MOST_THREADS;
  atomic_store_explicit(&threads, n, memory_order_relaxed);
  omp_set_num_threads(n);
}

static void turn(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void sleep_while(atomic_uint *word, unsigned value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake(atomic_uint *word, unsigned sleepers) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, sleepers, NULL, NULL, 0);
}

/* Does parts until all are claimed. */
static void work(void) {
  for (;;) {
    uint64_t claim = atomic_fetch_add(&team.claims, 1);
    uint32_t parts = claim >> 32, part = (uint32_t)claim;
    if (part >= parts) return;
    team.body((int)part, team.context);
    if (atomic_fetch_add(&team.done, 1) + 1 == parts && atomic_load(&team.waiting)) wake(&team.done, 1);
  }
}

/* Waits for another job than the one that had this number, and gives its number. */
static unsigned next_job(unsigned last) {
  for (int i = 0; i < TURNS; i++) {
    unsigned job = atomic_load_explicit(&team.jobs, memory_order_acquire);
    if (job != last) return job;
    turn();
  }
  atomic_fetch_add(&team.sleeping, 1);
  while (atomic_load(&team.jobs) == last) sleep_while(&team.jobs, last);
  atomic_fetch_sub(&team.sleeping, 1);
  return atomic_load(&team.jobs);
}

static void *serve(void *number) {
  inside = true;
  omp_set_num_threads(1);
  unsigned job = 0;
  for (;;) {
    job = next_job(job);
    ck_take_seat(&team.seats, (int)(intptr_t)number);
    work();
  }
  return NULL;
}

/* Starts what is missing of `wanted` workers. No signal is theirs: a handler would run in the middle of a part. */
static void start(int wanted) {
  if (started >= wanted) return;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  for (pthread_t thread; started < wanted; started++)
    if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)(started + 1)) != 0) break;
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void finish(unsigned parts) {
  unsigned done;
  for (int i = 0; i < TURNS; i++) {
    if (atomic_load_explicit(&team.done, memory_order_acquire) == parts) return;
    turn();
  }
  atomic_store(&team.waiting, 1);
  while ((done = atomic_load(&team.done)) != parts) sleep_while(&team.done, done);
  atomic_store(&team.waiting, 0);
}

static void lead(unsigned parts, int limit) {
  inside = true;
  omp_set_num_threads(1);
  start(limit - 1);
  ck_take_seat(&team.seats, 0);
  atomic_store(&team.done, 0);
  atomic_store(&team.claims, (uint64_t)parts << 32);
  atomic_fetch_add(&team.jobs, 1);
  if (atomic_load(&team.sleeping)) wake(&team.jobs, parts - 1);
  work();
  finish(parts);
  omp_set_num_threads(limit);
  inside = false;
}

void ck_parallel(int parts, void (*body)(int, void *), void *context) {
  int limit = ck_max_threads();
  /* Another thread may be leading; then this one does its job alone. */
  if (parts <= 1 || limit <= 1 || atomic_flag_test_and_set_explicit(&taken, memory_order_acquire)) {
    for (int part = 0; part < parts; part++) body(part, context);
    return;
  }
  team.body = body;
  team.context = context;
  lead((unsigned)parts, limit);
  atomic_flag_clear_explicit(&taken, memory_order_release);
}
