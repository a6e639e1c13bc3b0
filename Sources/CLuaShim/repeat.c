/* Calling a function many times with nothing but the call in the loop: for measuring. */
#include "CLuaShim.h"
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int repeat(lua_State *L) {
  double start = now();
  for (lua_Integer n = lua_tointeger(L, 2); n > 0; n--) {
    lua_pushvalue(L, 1);
    lua_call(L, 0, 0);
  }
  lua_pushnumber(L, now() - start);
  return 1;
}

void shim_push_repeater(lua_State *L) { lua_pushcfunction(L, repeat); }
