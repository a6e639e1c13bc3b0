/* Nanoseconds from one thread to another and back, by a word that each waits for, on two processors. Threads that share
   small work pay it several times per piece of work; where two processors of a machine stand for cores that share no
   cache, it is four times what it is elsewhere, and a virtual machine's may move. The median of several bursts.
   Argument: threads (1 has nobody to hand over to). Build: cc -O3 -march=native -pthread */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TURNS 20000
#define BURSTS 9
static _Alignas(128) atomic_int word;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void pin(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static void *answer(void *unused) {
  pin(1);
  for (int i = 0; i < TURNS * BURSTS; i++) {
    while (atomic_load(&word) != 2 * i + 1) {}
    atomic_store(&word, 2 * i + 2);
  }
  return unused;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  pthread_t other;
  double bursts[BURSTS];
  if (argc < 2 || atoi(argv[1]) < 2) return puts("{\"handover_ns\": 0}") < 0;
  pin(0);
  if (pthread_create(&other, NULL, answer, NULL) != 0) return 1;
  for (int b = 0, i = 0; b < BURSTS; b++) {
    double start = now();
    for (int t = 0; t < TURNS; t++, i++) {
      atomic_store(&word, 2 * i + 1);
      while (atomic_load(&word) != 2 * i + 2) {}
    }
    bursts[b] = (now() - start) * 1e9 / TURNS;
  }
  pthread_join(other, NULL);
  qsort(bursts, BURSTS, sizeof *bursts, ascending);
  printf("{\"handover_ns\": %.0f}\n", bursts[BURSTS / 2]);
  return 0;
}
