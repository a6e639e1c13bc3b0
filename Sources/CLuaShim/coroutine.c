/* Library functions of Lua 5.4 that must know of interrupts or must refuse bytecode. They behave as in the manual. */
#include "coroutine.h"
#include "CKernels.h"

/* Resumes `co` as the running state. Returns the number of results on L, or -1 with the error on L. */
static int resume(lua_State *L, lua_State *co, int arguments) {
  if (!lua_checkstack(co, arguments)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, co, arguments);
  int results;
  lua_State *before = shim_enter(co);
  int status = lua_resume(co, L, arguments, &results);
  shim_leave(co, before);
  if (status == LUA_OK || status == LUA_YIELD) {
    if (!lua_checkstack(L, results + 1)) {
      lua_pop(co, results);
      lua_pushliteral(L, "too many results to resume");
      return -1;
    }
    lua_xmove(co, L, results);
    return results;
  }
  lua_xmove(co, L, 1);
  return -1;
}

static lua_State *coroutine_argument(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "coroutine");
  return co;
}

static int co_resume(lua_State *L) {
  lua_State *co = coroutine_argument(L);
  int n = resume(L, co, lua_gettop(L) - 1);
  lua_pushboolean(L, n >= 0);
  lua_insert(L, n >= 0 ? -n - 1 : -2);
  return n >= 0 ? n + 1 : 2;
}

/* Closes the pending variables of `co`, which may run Lua code in it. */
static int reset(lua_State *co) {
  lua_State *before = shim_enter(co);
  int status = lua_resetthread(co);
  shim_leave(co, before);
  return status;
}

static int wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int n = resume(L, co, lua_gettop(L));
  if (n >= 0) return n;
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    status = reset(co);
    lua_xmove(co, L, 1);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int co_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, wrapped, 1);
  return 1;
}

static bool can_close(lua_State *L, lua_State *co) {
  if (L == co) return false;
  if (lua_status(co) != LUA_OK) return true;  /* suspended, or dead by an error */
  lua_Debug ar;
  return !lua_getstack(co, 0, &ar);           /* not running anything: finished, or not begun */
}

static int co_close(lua_State *L) {
  lua_State *co = coroutine_argument(L);
  if (!can_close(L, co))
    return luaL_error(L, "cannot close a %s coroutine", L == co ? "running" : "normal");
  if (reset(co) == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

/* Message handler of xpcall: an interrupt does not run the user's handler, in which hooks would be off. */
static int guarded_handler(lua_State *L) {
  if (ck_interrupt_get()) {
    shim_push_interrupt_value(L);
    return 1;
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

static int finish_xpcall(lua_State *L, int status, lua_KContext extra) {
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
  }
  return lua_gettop(L) - (int)extra;
}

static int base_xpcall(lua_State *L) {
  int n = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, guarded_handler, 1);
  lua_replace(L, 2);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  return finish_xpcall(L, lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, finish_xpcall), 2);
}

/* load with the mode forced to text: bytecode is not verified by Lua and can crash the process. Upvalue: load. */
static int base_load(lua_State *L) {
  if (lua_gettop(L) < 2) lua_settop(L, 2);
  lua_pushliteral(L, "t");
  if (lua_gettop(L) > 3) lua_replace(L, 3);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int base_loadfile(lua_State *L) {
  const char *path = luaL_optstring(L, 1, NULL);
  bool environment = !lua_isnone(L, 3);
  if (luaL_loadfilex(L, path, "t") != LUA_OK) {
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  if (environment) {
    lua_pushvalue(L, 3);
    if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
  }
  return 1;
}

static int finish_dofile(lua_State *L, int status, lua_KContext extra) {
  (void)status, (void)extra;
  return lua_gettop(L) - 1;
}
static int base_dofile(lua_State *L) {
  const char *path = luaL_optstring(L, 1, NULL);
  lua_settop(L, 1);
  if (luaL_loadfilex(L, path, "t") != LUA_OK) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, finish_dofile);
  return finish_dofile(L, 0, 0);
}

/* What could forge or retarget the values that Swift trusts. */
static void remove_forgers(lua_State *L) {
  const char *names[] = {"setmetatable", "setupvalue", "upvaluejoin", "setuservalue", "getregistry"};
  lua_getglobal(L, "debug");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) { lua_pushnil(L); lua_setfield(L, -2, names[i]); }
  lua_pop(L, 1);
}

void shim_replace_functions(lua_State *L) {
  const luaL_Reg coroutine[] = {{"resume", co_resume}, {"wrap", co_wrap}, {"close", co_close}, {NULL, NULL}};
  const luaL_Reg base[] = {{"xpcall", base_xpcall}, {"loadfile", base_loadfile}, {"dofile", base_dofile}, {NULL, NULL}};
  lua_getglobal(L, "coroutine");
  luaL_setfuncs(L, coroutine, 0);
  lua_pushglobaltable(L);
  luaL_setfuncs(L, base, 0);
  lua_getglobal(L, "load");
  lua_pushcclosure(L, base_load, 1);
  lua_setglobal(L, "load");
  lua_pop(L, 2);
  remove_forgers(L);
}
