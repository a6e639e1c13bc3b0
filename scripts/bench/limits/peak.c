/* The multiply-add limit of float32 in GFLOP/s: independent accumulators in registers, as wide as the processor has
   them. Argument: threads (each pinned to a processor). The best of several short bursts, because what else runs on the
   machine only ever takes away. Build: cc -O2 -march=native -pthread */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__AVX512F__)
#define WIDTH 16
#elif defined(__AVX__)
#define WIDTH 8
#else
#define WIDTH 4
#endif
#define ROUNDS 400000L
#define BURSTS 15
typedef float vec __attribute__((vector_size(4 * WIDTH)));

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* Twelve accumulators hide the latency of a fused multiply-add on any processor of today. */
#define EACH(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11)
static float burst(void) {
  vec factor = (vec){0} + 0.999999f, term = (vec){0} + 1e-7f;
#define START(i) vec a##i = (vec){0} + (float)i;
#define STEP(i) a##i = a##i * factor + term;
#define KEEP(i) __asm__ volatile("" : "+x"(a##i));
#define SUM(i) total += a##i;
  EACH(START)
  for (long n = 0; n < ROUNDS; n++) { EACH(STEP) EACH(KEEP) }
  vec total = {0};
  EACH(SUM)
  return total[0];
}

static pthread_barrier_t gate;
static volatile float sink;
/* When each thread began and ended its burst: the caller may be scheduled too late to tell. */
static double began[64], ended[64];

static double duration(int threads) {
  double first = began[0], last = ended[0];
  for (int i = 1; i < threads; i++) {
    if (began[i] < first) first = began[i];
    if (ended[i] > last) last = ended[i];
  }
  return last - first;
}

static void *run(void *place) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((int)(intptr_t)place, &set);
  sched_setaffinity(0, sizeof set, &set);
  for (int i = 0; i < BURSTS; i++) {
    pthread_barrier_wait(&gate);
    began[(intptr_t)place] = now();
    sink = burst();
    ended[(intptr_t)place] = now();
    pthread_barrier_wait(&gate);
  }
  return NULL;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 1;
  if (threads < 1 || threads > 64) return 1;
  double best = 0;
  pthread_barrier_init(&gate, NULL, (unsigned)threads + 1);
  for (int i = 0; i < threads; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, run, (void *)(intptr_t)i);
  }
  for (int i = 0; i < BURSTS; i++) {
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
    double rate = 2.0 * 12 * WIDTH * ROUNDS * threads / duration(threads) * 1e-9;
    if (rate > best) best = rate;
  }
  printf("{\"multiply_add_gflops\": %.2f}\n", best);
  return 0;
}
