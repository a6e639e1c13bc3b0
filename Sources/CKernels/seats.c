#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

#include "ck_seats.h"

/* Two threads of a team on one processor wait for each other. When a thread that slept is woken, the kernel likes to
   put it where the thread that wakes it runs, and with threads that sleep as often as ours do between small operations
   it may leave both there for a tenth of a second: every other epoch of a small network on two threads of two idle
   processors took twice its time.

   So a thread that finds itself on the processor of one with a lower number keeps away from all of theirs, within what
   the process may use, until it meets one again. Who leads is never moved, and where the processors do not suffice, or
   the kernel refuses, everything stays as it is. */

static int32_t seat_of(const ck_seats *seats, int thread) { return __atomic_load_n(&seats->taken[thread], __ATOMIC_RELAXED); }

static void keep_away(const ck_seats *seats, int thread) {
  cpu_set_t allowed;
  if (sched_getaffinity(getpid(), sizeof allowed, &allowed) != 0) return; /* the main thread is nobody's worker */
  for (int other = 0; other < thread; other++) {
    int32_t seat = seat_of(seats, other);
    if (seat > 0 && seat <= CPU_SETSIZE) CPU_CLR(seat - 1, &allowed);
  }
  if (CPU_COUNT(&allowed) > 0) sched_setaffinity(0, sizeof allowed, &allowed);
}

void ck_take_seat(ck_seats *seats, int thread) {
  if (thread >= CK_SEATS) return;
  int32_t seat = sched_getcpu() + 1;
  int met = 0;
  for (int other = 0; other < thread; other++) met |= seat_of(seats, other) == seat;
  if (met && seat > 0) {
    keep_away(seats, thread);
    seat = sched_getcpu() + 1;
  }
  __atomic_store_n(&seats->taken[thread], seat, __ATOMIC_RELAXED);
}
