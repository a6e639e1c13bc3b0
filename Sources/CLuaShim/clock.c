/* os.clock, which tells processor time: what was asked for and waits to be done is done first, so that the time between two
   looks is that of the work between them. */
#include <time.h>

#include "libraries.h"

static void (*before_clock)(void);

void shim_set_before_clock(void (*body)(void)) { before_clock = body; }

static int os_clock(lua_State *L) {
  if (before_clock) before_clock();
  lua_pushnumber(L, (lua_Number)clock() / (lua_Number)CLOCKS_PER_SEC);
  return 1;
}

void shim_replace_clock_function(lua_State *L) {
  lua_getglobal(L, "os");
  lua_pushcfunction(L, os_clock);
  lua_setfield(L, -2, "clock");
  lua_pop(L, 1);
}
