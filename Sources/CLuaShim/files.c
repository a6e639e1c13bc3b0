/* Which files Lua code opens: a notebook's record names them.
 *
 * The functions are Lua's own (liolib.c); what they opened is told afterwards. They have no upvalues, so that they can
 * be called in the frame of ours, and their errors speak of the caller as before. */
#include "CLuaShim.h"
#include "libraries.h"
#include <string.h>

static void (*file_observer)(const char *path, bool writes);

void shim_set_file_observer(void (*observer)(const char *path, bool writes)) { file_observer = observer; }

void shim_tell_file(const char *path, bool writes) { if (file_observer) file_observer(path, writes); }

static int call_original(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

static int open_file(lua_State *L) {
  int results = call_original(L);
  if (!file_observer || lua_type(L, -results) != LUA_TUSERDATA) return results;
  const char *mode = lua_isnoneornil(L, 2) || lua_type(L, 2) == LUA_TUSERDATA ? "r" : lua_tostring(L, 2);
  if (mode[0] == 'r') shim_tell_file(lua_tostring(L, 1), false);
  if (mode[0] != 'r' || strchr(mode, '+')) shim_tell_file(lua_tostring(L, 1), true);
  return results;
}

static int read_file(lua_State *L) {  /* io.lines, io.input; the second upvalue keeps the name, which io.lines drops */
  bool names = lua_type(L, 1) == LUA_TSTRING;
  if (names) {
    lua_pushvalue(L, 1);
    lua_replace(L, lua_upvalueindex(2));
  }
  int results = call_original(L);
  if (names) shim_tell_file(lua_tostring(L, lua_upvalueindex(2)), false);
  return results;
}

static int write_file(lua_State *L) {  /* io.output */
  bool names = lua_type(L, 1) == LUA_TSTRING;
  int results = call_original(L);
  if (names) shim_tell_file(lua_tostring(L, 1), true);
  return results;
}

static void replace(lua_State *L, const char *name, lua_CFunction function) {
  lua_getfield(L, -1, name);
  lua_pushnil(L);
  lua_pushcclosure(L, function, 2);
  lua_setfield(L, -2, name);
}

void shim_watch_files(lua_State *L) {
  lua_getglobal(L, "io");
  replace(L, "open", open_file);
  replace(L, "lines", read_file);
  replace(L, "input", read_file);
  replace(L, "output", write_file);
  lua_pop(L, 1);
}
