/* The part of `debug` that could forge or retarget the values that Swift trusts. Objects and modules of ours keep their
   metatables and user values to themselves; C functions keep their upvalues and temporaries; the registry stays shut.
   For everything else these behave as in the manual. */
#include "libraries.h"

static bool is_ours(lua_State *L, int index) {
  void *class_;
  return shim_slot(L, index, &class_) || shim_table_mark(L, index);
}

static int debug_getmetatable(lua_State *L) {
  luaL_checkany(L, 1);
  if (is_ours(L, 1)) luaL_getmetafield(L, 1, "__metatable");
  else if (!lua_getmetatable(L, 1)) lua_pushnil(L);
  return 1;
}

static int debug_setmetatable(lua_State *L) {
  int type = lua_type(L, 2);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (is_ours(L, 1)) return luaL_error(L, "cannot change a protected metatable");
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

static int debug_setuservalue(lua_State *L) {
  int n = (int)luaL_optinteger(L, 3, 1);
  luaL_checktype(L, 1, LUA_TUSERDATA);
  luaL_checkany(L, 2);
  lua_settop(L, 2);
  if (is_ours(L, 1) || !lua_setiuservalue(L, 1, n)) luaL_pushfail(L);
  return 1;
}

static int debug_setupvalue(lua_State *L) {
  luaL_checkany(L, 3);
  int n = (int)luaL_checkinteger(L, 2);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  if (lua_iscfunction(L, 1)) return 0;
  const char *name = lua_setupvalue(L, 1, n);
  if (!name) return 0;
  lua_pushstring(L, name);
  return 1;
}

static int debug_setlocal(lua_State *L) {
  int first = lua_isthread(L, 1);
  lua_State *other = first ? lua_tothread(L, 1) : L;
  lua_Debug ar;
  int level = (int)luaL_checkinteger(L, first + 1), n = (int)luaL_checkinteger(L, first + 2);
  if (!lua_getstack(other, level, &ar)) return luaL_argerror(L, first + 1, "level out of range");
  luaL_checkany(L, first + 3);
  lua_settop(L, first + 3);
  lua_getinfo(other, "S", &ar);
  if (*ar.what == 'C') {  /* what it works with would change under its hands */
    luaL_pushfail(L);
    return 1;
  }
  if (L != other && !lua_checkstack(other, 1)) return luaL_error(L, "stack overflow");
  lua_xmove(L, other, 1);
  const char *name = lua_setlocal(other, &ar, n);
  if (!name) lua_pop(other, 1);
  lua_pushstring(L, name);
  return 1;
}

void shim_replace_debug_functions(lua_State *L) {
  const luaL_Reg functions[] = {
    {"getmetatable", debug_getmetatable}, {"setmetatable", debug_setmetatable}, {"setuservalue", debug_setuservalue},
    {"setupvalue", debug_setupvalue}, {"setlocal", debug_setlocal}, {NULL, NULL}};
  lua_getglobal(L, "debug");
  luaL_setfuncs(L, functions, 0);
  lua_pushnil(L);
  lua_setfield(L, -2, "getregistry");
  lua_pop(L, 1);
}
