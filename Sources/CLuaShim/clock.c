/* os.clock is Lua's own, save that what was asked for and waits to be done is done first: the time between two looks is that
   of the work between them. */
#include "libraries.h"

static void (*before_clock)(void);

void shim_set_before_clock(void (*body)(void)) { before_clock = body; }

/* The upvalue is Lua's own function. */
static int os_clock(lua_State *L) {
  if (before_clock) before_clock();
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void shim_replace_clock_function(lua_State *L) {
  lua_getglobal(L, "os");
  lua_getfield(L, -1, "clock");
  lua_pushcclosure(L, os_clock, 1);
  lua_setfield(L, -2, "clock");
  lua_pop(L, 1);
}
