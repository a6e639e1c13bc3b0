/* The variables of a frame that is gone, as an environment for code: local variables, then upvalues, then globals. They
   are read from the lists {name, value, name, value ...} of a trace; assigning changes the lists. */
#include "libraries.h"

/* Whether a list has a name, and at which place its value is. Of variables with one name the last is in scope. */
static bool find(lua_State *L, int list, int name, lua_Integer *place) {
  if (lua_type(L, list) != LUA_TTABLE) return false;
  bool found = false;
  for (lua_Integer i = 1; ; i++) {
    if (lua_rawgeti(L, list, 2 * i - 1) == LUA_TNIL) break;
    if (lua_rawequal(L, -1, name)) { found = true; *place = 2 * i; }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return found;
}

/* Upvalues: the two lists. */
static int frame_index(lua_State *L) {
  lua_Integer place;
  for (int list = 1; list <= 2; list++) {
    if (find(L, lua_upvalueindex(list), 2, &place)) { lua_rawgeti(L, lua_upvalueindex(list), place); return 1; }
  }
  lua_pushglobaltable(L);
  lua_pushvalue(L, 2);
  lua_gettable(L, -2);
  return 1;
}

static int frame_newindex(lua_State *L) {
  lua_Integer place;
  for (int list = 1; list <= 2; list++) {
    if (find(L, lua_upvalueindex(list), 2, &place)) { lua_rawseti(L, lua_upvalueindex(list), place); return 0; }
  }
  lua_pushglobaltable(L);
  lua_insert(L, 2);
  lua_settable(L, 2);
  return 0;
}

void shim_push_frame_environment(lua_State *L, int trace, int frame) {
  trace = lua_absindex(L, trace);
  lua_createtable(L, 0, 0);
  lua_createtable(L, 0, 2);
  const lua_CFunction functions[] = {frame_index, frame_newindex};
  const char *names[] = {"__index", "__newindex"};
  for (int i = 0; i < 2; i++) {
    lua_pushstring(L, names[i]);
    lua_rawgeti(L, trace, (lua_Integer)frame * SHIM_TRACE_FIELDS + SHIM_TRACE_LOCALS);
    lua_rawgeti(L, trace, (lua_Integer)frame * SHIM_TRACE_FIELDS + SHIM_TRACE_UPVALUES);
    lua_pushcclosure(L, functions[i], 2);
    lua_rawset(L, -3);
  }
  lua_setmetatable(L, -2);
}
