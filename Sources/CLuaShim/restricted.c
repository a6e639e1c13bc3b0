/* The language for code that nobody trusts. What reaches outside is taken away or goes through CSandbox; what is left of
   the libraries is read-only; scripts get no finalizers, and `load` takes text alone. Whoever calls something that was
   taken away is told so, and the call is recorded. */
#include "CSandbox.h"
#include "libraries.h"
#include <string.h>

/* --- what is not there --- */

static int denied_call(lua_State *L) {
  const char *name = lua_tostring(L, lua_upvalueindex(1));
  box_report_denial("call", name);
  return luaL_error(L, "%s is not available in a sandbox", name);
}

void shim_deny(lua_State *L, const char *library, const char *name) {
  lua_pushfstring(L, "%s.%s", library, name);
  lua_pushcclosure(L, denied_call, 1);
  lua_setfield(L, -2, name);
}

/* --- read-only tables: an empty table that looks like the one behind it --- */

static char front_mark;

static int refuse_change(lua_State *L) {
  return luaL_error(L, "attempt to change the read-only table '%s'", lua_tostring(L, lua_upvalueindex(1)));
}
static int next_behind(lua_State *L) {
  lua_settop(L, 2);
  return lua_next(L, lua_upvalueindex(1)) ? 2 : 0;
}
static int pairs_behind(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, next_behind, 1);
  return 1;
}

static void set_closure(lua_State *L, int metatable, const char *field, int upvalue, lua_CFunction function) {
  lua_pushvalue(L, upvalue);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, metatable, field);
}

/* Replaces the table on top by its front. A module keeps its mark and its call. [-1, +1] */
static void make_front(lua_State *L, const char *name) {
  int table = lua_gettop(L);
  void *mark = shim_table_mark(L, table);
  lua_newtable(L);
  lua_createtable(L, 0, 8);
  int metatable = lua_gettop(L);
  lua_pushvalue(L, table);
  lua_setfield(L, metatable, "__index");
  lua_pushstring(L, name);
  lua_pushvalue(L, -1);
  lua_setfield(L, metatable, "__metatable");
  set_closure(L, metatable, "__newindex", lua_gettop(L), refuse_change);
  lua_pop(L, 1);
  set_closure(L, metatable, "__pairs", table, pairs_behind);
  if (mark) {
    shim_set_table_mark(L, metatable, mark);
    lua_getmetatable(L, table);
    lua_getfield(L, -1, "__call");
    lua_setfield(L, metatable, "__call");
    lua_pop(L, 1);
  }
  lua_pushboolean(L, 1);
  lua_rawsetp(L, metatable, &front_mark);
  lua_setmetatable(L, -2);
  lua_remove(L, table);
}

static bool is_front(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  bool found = lua_rawgetp(L, -1, &front_mark) == LUA_TBOOLEAN;
  lua_pop(L, 2);
  return found;
}

static int base_rawset(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  luaL_checkany(L, 3);
  if (is_front(L, 1)) {
    luaL_getmetafield(L, 1, "__metatable");
    return luaL_error(L, "attempt to change the read-only table '%s'", lua_tostring(L, -1));
  }
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 1;
}

/* --- functions of the base library --- */

/* Finalizers run at places where nobody waits for them, and after the end: a metatable's __gc is hidden meanwhile. */
static int base_setmetatable(lua_State *L) {
  int type = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
  lua_settop(L, 2);
  if (type == LUA_TNIL) {
    lua_setmetatable(L, 1);
    return 1;
  }
  lua_pushliteral(L, "__gc");
  bool has_finalizer = lua_rawget(L, 2) != LUA_TNIL;
  if (has_finalizer) {
    lua_pushliteral(L, "__gc");
    lua_pushnil(L);
    lua_rawset(L, 2);
  }
  lua_pushvalue(L, 2);
  lua_setmetatable(L, 1);
  if (has_finalizer) {
    lua_pushliteral(L, "__gc");
    lua_pushvalue(L, 3);
    lua_rawset(L, 2);
  }
  lua_settop(L, 1);
  return 1;
}

/* Upvalue 1 is the function for text and bytecode; with mode "t" it takes text alone. */
static int base_load(lua_State *L) {
  int count = lua_gettop(L) < 3 ? 3 : lua_gettop(L);
  lua_settop(L, count);
  lua_pushliteral(L, "t");
  lua_replace(L, 3);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, count, LUA_MULTRET);
  return lua_gettop(L);
}

/* --- require --- */

/* Looks for `name` as ./name.lua and ./name/init.lua, dots in it being folders. */
static int search_module(lua_State *L) {
  const char *name = luaL_gsub(L, luaL_checkstring(L, 1), ".", "/");
  const char *const forms[] = {"%s.lua", "%s/init.lua"};
  luaL_Buffer missing;
  luaL_buffinit(L, &missing);
  for (int i = 0; i < 2; i++) {
    struct stat status;
    const char *path = lua_pushfstring(L, forms[i], name);
    if (box_stat(path, &status) == 0) {
      if (shim_load_file(L, path) != LUA_OK)
        return luaL_error(L, "error loading module '%s':\n\t%s", lua_tostring(L, 1), lua_tostring(L, -1));
      lua_pushstring(L, path);
      return 2;
    }
    lua_pushfstring(L, "%sno file '%s' among what may be read", i ? "\n\t" : "", path);
    lua_remove(L, -2);
    luaL_addvalue(&missing);
  }
  luaL_pushresult(&missing);
  return 1;
}

/* --- putting it together --- */

/* Leaves in the table on top only the fields that the list names. */
static void keep_only(lua_State *L, const char *const names[]) {
  lua_newtable(L);
  for (; *names; names++) {
    lua_getfield(L, -2, *names);
    lua_setfield(L, -2, *names);
  }
  lua_remove(L, -2);
}

static void restrict_base(lua_State *L) {
  lua_pushglobaltable(L);
  const luaL_Reg functions[] = {{"rawset", base_rawset}, {"setmetatable", base_setmetatable}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  lua_getfield(L, -1, "load");
  lua_pushcclosure(L, base_load, 1);
  lua_setfield(L, -2, "load");
  lua_pop(L, 1);
}

static void restrict_debug(lua_State *L) {
  const char *const kept[] = {"traceback", NULL};
  const char *const denied[] = {
      "debug", "gethook", "getinfo", "getlocal", "getmetatable", "getregistry", "getupvalue", "getuservalue", "sethook",
      "setlocal", "setmetatable", "setupvalue", "setuservalue", "upvalueid", "upvaluejoin", NULL};
  lua_getglobal(L, "debug");
  keep_only(L, kept);
  for (int i = 0; denied[i]; i++) shim_deny(L, "debug", denied[i]);
  lua_setglobal(L, "debug");
}

/* The stock require reads `searchers` from the stock table, which scripts do not see any more. */
static void restrict_package(lua_State *L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  lua_rawgeti(L, -1, 1);
  lua_createtable(L, 2, 0);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 1);
  lua_pushcfunction(L, search_module);
  lua_rawseti(L, -2, 2);
  lua_setfield(L, -3, "searchers");
  lua_pop(L, 1);
  const char *const kept[] = {"preload", "config", NULL};
  keep_only(L, kept);
  lua_pushliteral(L, "?.lua;?/init.lua");
  lua_setfield(L, -2, "path");
  shim_deny(L, "package", "loadlib");
  shim_deny(L, "package", "searchpath");
  lua_setglobal(L, "package");
}

static void restrict_string(lua_State *L) {
  lua_getglobal(L, "string");
  shim_deny(L, "string", "dump");
  lua_pop(L, 1);
}

/* Strings find their methods in a table of their own, and nobody gets at its metatable. */
static void restrict_string_metatable(lua_State *L) {
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_getglobal(L, "string");
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "string");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

/* Whether a global may stay: a name of Lua's that is harmless now, or something of ours. */
static bool stays(lua_State *L, const char *name, int index) {
  static const char *const names[] = {
      "_VERSION", "assert", "collectgarbage", "coroutine", "debug", "dofile", "error", "getmetatable", "io",
      "ipairs", "load", "loadfile", "math", "next", "os", "package", "pairs", "pcall", "print", "rawequal", "rawget",
      "rawlen", "rawset", "require", "select", "setmetatable", "string", "table", "tonumber", "tostring", "type", "utf8",
      "warn", "xpcall", NULL};
  if (shim_function(L, index) || shim_table_mark(L, index)) return true;
  for (int i = 0; names[i]; i++)
    if (strcmp(names[i], name) == 0) return true;
  int type = lua_type(L, index);
  return type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TBOOLEAN || type == LUA_TUSERDATA;
}

/* Goes through a copy of the globals: fronts for tables, nothing for what may not stay. */
static void restrict_globals(lua_State *L) {
  lua_pushglobaltable(L);
  int globals = lua_gettop(L);
  shim_remember_globals(L);
  shim_push_remembered(L);
  int copy = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, copy); lua_settop(L, copy + 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) continue;
    const char *name = lua_tostring(L, -2);
    if (strcmp(name, "_G") == 0 || strcmp(name, "arg") == 0) continue;  /* the script's own */
    if (!stays(L, name, -1)) {
      lua_pushnil(L);
    } else if (lua_istable(L, -1)) {
      lua_pushvalue(L, -1);
      make_front(L, name);
    } else {
      continue;
    }
    lua_setfield(L, globals, name);
  }
  lua_settop(L, globals - 1);
}

/* What require finds already loaded: the libraries as scripts see them. */
static void restrict_loaded(lua_State *L) {
  static const char *const names[] = {
      "_G", "coroutine", "debug", "io", "math", "os", "string", "table", "utf8", "package", NULL};
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, -4);
  }
  for (int i = 0; names[i]; i++) {
    lua_getglobal(L, names[i]);
    lua_setfield(L, -2, names[i]);
  }
  lua_pop(L, 1);
}

static int body_restrict(lua_State *L) {
  bool exec = lua_toboolean(L, 1);
  lua_settop(L, 0);
  restrict_base(L);
  shim_restrict_files(L, exec);
  restrict_debug(L);
  restrict_package(L);
  restrict_string(L);
  restrict_globals(L);
  restrict_string_metatable(L);
  restrict_loaded(L);
  return 0;
}

int shim_restrict(lua_State *L, bool exec) {
  lua_pushcfunction(L, body_restrict);
  lua_pushboolean(L, exec);
  return lua_pcall(L, 1, 0, 0);
}
