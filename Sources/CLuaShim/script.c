/* Running a chunk as lua.c does: its arguments come from the table `arg`, and a C function stands below it, so that
   debug.traceback and debug.getinfo in a script see the same levels as there. */
#include "CLuaShim.h"

typedef struct { const char *const *words; int count, script; } Words;

static int body_arguments(lua_State *L) {
  const Words *w = lua_touserdata(L, 1);
  lua_createtable(L, w->count - w->script - 1, w->script + 1);
  for (int i = 0; i < w->count; i++) {
    lua_pushstring(L, w->words[i]);
    lua_rawseti(L, -2, i - w->script);
  }
  lua_setglobal(L, "arg");
  return 0;
}

int shim_set_arguments(lua_State *L, const char *const *words, int count, int script) {
  Words w = {words, count, script};
  lua_pushcfunction(L, body_arguments);
  lua_pushlightuserdata(L, &w);
  return lua_pcall(L, 1, 0, 0);
}

/* Pushes arg[1], arg[2] ... and returns how many. */
static int push_arguments(lua_State *L) {
  if (lua_getglobal(L, "arg") != LUA_TTABLE) luaL_error(L, "'arg' is not a table");
  int n = (int)luaL_len(L, -1);
  luaL_checkstack(L, n + 3, "too many arguments to script");
  for (int i = 1; i <= n; i++) lua_rawgeti(L, -i, i);
  lua_remove(L, -n - 1);
  return n;
}

static int body_script(lua_State *L) {  /* chunk, whether it takes arguments */
  bool takes_arguments = lua_toboolean(L, 2);
  lua_settop(L, 1);
  lua_call(L, takes_arguments ? push_arguments(L) : 0, LUA_MULTRET);
  return lua_gettop(L);
}

int shim_call_script(lua_State *L, bool takes_arguments) {
  lua_pushcfunction(L, body_script);
  lua_insert(L, -2);
  lua_pushboolean(L, takes_arguments);
  return shim_call(L, 2, LUA_MULTRET);
}
