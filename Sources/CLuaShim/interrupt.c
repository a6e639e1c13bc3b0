/* Ctrl-C. Nothing is installed in Lua until the signal comes. The handler sets the process flag that native loops
   poll and arms a count hook on the state that runs; the hook raises at every instruction until the prompt clears
   the flag, so that no pcall of a script can swallow it. resume, wrap and close (coroutine.c) keep `running` right. */
#include "CLuaShim.h"
#include "libraries.h"
#include "profile.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include "CKernels.h"

static lua_State *_Atomic running;
static pthread_t owner;               /* the thread that runs Lua; valid while `running` is not NULL */
static atomic_int count;
static void (*_Atomic observer)(int);
static char value_key;

static lua_CFunction xpcall;

void shim_watch_xpcall(lua_State *L) {
  lua_getglobal(L, "xpcall");
  xpcall = lua_tocfunction(L, -1);
  lua_pop(L, 1);
}

static int pass_interrupt(lua_State *L) {
  shim_push_interrupt_value(L);
  return 1;
}

/* An error raised in a hook calls the message handler of the xpcall around it with hooks off, where nothing could stop
   a handler that loops. So the handler, the second value of that xpcall's frame, is replaced first. */
static void silence_handler(lua_State *L) {
  enum { deepest = 2000 };  /* each level is looked for from the top again */
  lua_Debug ar;
  for (int level = 0; level < deepest && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "f", &ar);
    bool is_xpcall = lua_tocfunction(L, -1) == xpcall;
    lua_pop(L, 1);
    if (!is_xpcall) continue;
    lua_pushcfunction(L, pass_interrupt);
    if (!lua_setlocal(L, &ar, 2)) lua_pop(L, 1);
    return;
  }
}

static void stop(lua_State *L, lua_Debug *ar) {
  (void)ar;
  if (!ck_interrupt_get()) { lua_sethook(L, NULL, 0, 0); return; }  /* a stale hook removes itself */
  silence_handler(L);
  shim_push_interrupt_value(L);
  lua_error(L);
}

void shim_arm(lua_State *L) { lua_sethook(L, stop, LUA_MASKCOUNT, 1); }

static void handle(int signal) {
  if (atomic_load(&running) && !pthread_equal(pthread_self(), owner)) {  /* lua_sethook wants the state's own thread */
    pthread_kill(owner, signal);
    return;
  }
  shim_request_interrupt(signal);
}

void shim_request_interrupt(int signal) {
  (void)signal;
  ck_interrupt_set(true);
  int n = atomic_fetch_add(&count, 1) + 1;
  lua_State *L = atomic_load(&running);
  if (L) shim_arm(L);
  void (*report)(int) = atomic_load(&observer);
  if (report) report(n);
}

void shim_reach_limit(int which) {
  ck_limit_reach(which);
  lua_State *L = atomic_load(&running);
  if (L) shim_arm(L);
}

static void handle_alarm(int signal) {
  if (atomic_load(&running) && !pthread_equal(pthread_self(), owner)) {
    pthread_kill(owner, signal);
    return;
  }
  shim_reach_limit(CK_LIMIT_TIME);
}

static void use_own_stack(void);
void shim_limit_time(double seconds) {
  use_own_stack();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handle_alarm;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, NULL);
  struct itimerval timer;
  memset(&timer, 0, sizeof timer);
  timer.it_value.tv_sec = (time_t)seconds;
  timer.it_value.tv_usec = (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6) + (seconds < 1e-6);
  setitimer(ITIMER_REAL, &timer, NULL);
}

static struct sigaction previous;
static bool installed;

/* oneDNN's sgemm kernels use the stack pointer as one more register while they run, pointing into their heap: a handler
   on that stack writes its frame over heap blocks (one Ctrl-C in six during `fit` ended the process). A stack of its
   own keeps the handler away from wherever the pointer points. */
static void use_own_stack(void) {
  static char stack[1 << 16];
  stack_t present;
  if (sigaltstack(NULL, &present) != 0 || !(present.ss_flags & SS_DISABLE)) return;
  stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&own, NULL);
}

void shim_install_interrupt(void) {
  use_own_stack();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handle;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, installed ? NULL : &previous);
  sigset_t mine;  /* worker threads of a thread pool start with signals blocked */
  sigemptyset(&mine);
  sigaddset(&mine, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &mine, NULL);
  installed = true;
}
void shim_remove_interrupt(void) {
  if (installed) sigaction(SIGINT, &previous, NULL);
  installed = false;
}

int shim_interrupt_count(void) { return atomic_load(&count); }
void shim_clear_interrupt(void) {
  ck_interrupt_set(false);
  atomic_store(&count, 0);
}
void shim_set_interrupt_observer(void (*o)(int)) { atomic_store(&observer, o); }

void shim_set_interrupt_value(lua_State *L) { lua_rawsetp(L, LUA_REGISTRYINDEX, &value_key); }
void shim_push_interrupt_value(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &value_key); }

/* A signal between the two steps finds either state; the flag is looked at after the change, so none is lost. */
lua_State *shim_enter(lua_State *L) {
  lua_State *before = atomic_load(&running);
  if (!before) owner = pthread_self();
  atomic_store(&running, L);
  if (ck_limit_get() != CK_LIMIT_NONE) ck_interrupt_set(true);  /* no Lua code runs once a limit was reached */
  if (shim_profiling) shim_profile_enter(L);
  if (ck_interrupt_get()) shim_arm(L);
  return before;
}
void shim_leave(lua_State *L, lua_State *before) {
  if (shim_profiling) shim_profile_leave(L, before);
  atomic_store(&running, before);
  if (before && ck_interrupt_get()) shim_arm(before);
}
