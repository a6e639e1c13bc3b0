/* Memory bandwidth in GB/s of the three patterns of elementwise work on 16 MiB arrays (the size of the operations that
   are measured, on huge pages): read (sums), scale (one in, one out), add (two in, one out). Bytes are counted as the
   program names them. Argument: threads. Build: cc -O3 -march=native -pthread */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define COUNT (2048L * 2048L)
#define BURSTS 21
static float *x, *y, *z;
static int threads;
static volatile float sink;
static pthread_barrier_t gate;

/* When each thread began and ended its part: the caller may be scheduled too late to tell. */
static double began[64], ended[64];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double duration(void) {
  double first = began[0], last = ended[0];
  for (int i = 1; i < threads; i++) {
    if (began[i] < first) first = began[i];
    if (ended[i] > last) last = ended[i];
  }
  return last - first;
}

#define WIDTH 16
#define VEC (8 * WIDTH)
typedef float vec __attribute__((vector_size(4 * WIDTH)));

/* Eight accumulators: one chain of additions alone would be slower than the memory. */
#define EACH(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7)
static void read_all(long from, long to) {
#define START(k) vec s##k = {0};
#define ADD(k) s##k += *(vec *)(x + i + k * WIDTH);
#define SUM(k) total += s##k;
  EACH(START)
  for (long i = from; i < to; i += VEC) { EACH(ADD) }
  vec total = {0};
  EACH(SUM)
  sink = total[0];
}
static void scale(long from, long to) {
  for (long i = from; i < to; i++) z[i] = 2.0f * x[i];
}
static void add(long from, long to) {
  for (long i = from; i < to; i++) z[i] = x[i] + y[i];
}

static const struct {
  const char *name;
  void (*work)(long, long);
  double bytes;
} patterns[] = {{"read_gbps", read_all, 4}, {"scale_gbps", scale, 8}, {"add_gbps", add, 12}};

static void *run(void *place) {
  long id = (intptr_t)place, from = COUNT / VEC * id / threads * VEC, to = COUNT / VEC * (id + 1) / threads * VEC;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((int)id, &set);
  sched_setaffinity(0, sizeof set, &set);
  for (int p = 0; p < 3; p++)
    for (int i = 0; i < BURSTS; i++) {
      pthread_barrier_wait(&gate);
      began[id] = now();
      patterns[p].work(from, to);
      ended[id] = now();
      pthread_barrier_wait(&gate);
    }
  return NULL;
}

static float *array(void) {
  void *block = NULL;
  if (posix_memalign(&block, 2 << 20, COUNT * 4)) exit(1);
  madvise(block, COUNT * 4, MADV_HUGEPAGE);
  memset(block, 1, COUNT * 4);
  return block;
}

int main(int count, char **arguments) {
  threads = count > 1 ? atoi(arguments[1]) : 1;
  if (threads < 1 || threads > 64) return 1;
  x = array(), y = array(), z = array();
  pthread_barrier_init(&gate, NULL, (unsigned)threads + 1);
  for (int i = 0; i < threads; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, run, (void *)(intptr_t)i);
  }
  for (int p = 0; p < 3; p++) {
    double best = 0;
    for (int i = 0; i < BURSTS; i++) {
      pthread_barrier_wait(&gate);
      pthread_barrier_wait(&gate);
      double rate = patterns[p].bytes * COUNT / duration() * 1e-9;
      if (rate > best) best = rate;
    }
    printf("%s\"%s\": %.2f", p ? ", " : "{", patterns[p].name, best);
  }
  printf("}\n");
  return 0;
}
