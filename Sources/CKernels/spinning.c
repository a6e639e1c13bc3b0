#include <string.h>

/* How long a thread of OpenMP's team, on which oneDNN runs, spins before it sleeps.

   libgomp's default is 300000 turns, milliseconds. That is harmless while every thread has a core to itself, but when
   another process takes one core the threads on the others burn their time slices waiting for it: measured, an epoch on
   2 threads of 2 busy cores took 5 to 10 times as long as on one thread. And our own team (team.c) wants the processor
   next. About 1000 turns are 20 us, a third of the hand-over to a sleeping thread; what oneDNN divides is large.

   libgomp reads its environment when it is loaded, before any of our code but this: functions in .preinit_array of a
   program run before the constructors of its libraries. A library cannot add a variable then (the C library takes the
   environment from the stack afterwards), so one that nobody reads during start-up lends its place until our own
   constructor, which runs after those of the libraries. Who sets GOMP_SPINCOUNT or OMP_WAIT_POLICY is left alone. */

static char spinning[] = "GOMP_SPINCOUNT=1000";
/* Volatile, or the compiler runs our constructor at compile time, finds nothing borrowed and drops it. */
static char **volatile borrowed;
static char *lent;

static int starts(const char *text, const char *name) { return strncmp(text, name, strlen(name)) == 0; }

static void shorten_spinning(int argc, char **argv, char **environment) {
  static const char *const idle[] = {"_=", "OLDPWD=", "SHLVL=", "LS_COLORS=", "LOGNAME=", "PWD="};
  (void)argc;
  (void)argv;
  for (char **entry = environment; *entry; entry++)
    if (starts(*entry, "GOMP_SPINCOUNT=") || starts(*entry, "OMP_WAIT_POLICY=")) return;
  for (unsigned i = 0; i < sizeof idle / sizeof *idle; i++)
    for (char **entry = environment; *entry; entry++)
      if (starts(*entry, idle[i])) {
        borrowed = entry;
        lent = *entry;
        *entry = spinning;
        return;
      }
}
__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(int, char **, char **) =
    shorten_spinning;

/* A library's constructor may have copied the list meanwhile. */
extern char **environ;
__attribute__((constructor)) static void give_back(void) {
  if (!borrowed) return;
  *borrowed = lent;
  for (char **entry = environ; *entry; entry++)
    if (*entry == spinning) *entry = lent;
}
