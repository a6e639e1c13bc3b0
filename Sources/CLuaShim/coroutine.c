/* resume, wrap and close, which must know of interrupts. They behave as in the manual. */
#include "libraries.h"

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
    shim_push_coroutine_trace(L, co);
    status = reset(co);
    lua_xmove(co, L, 1);  /* closing may have ended in another error */
    lua_remove(L, -3);
  } else {
    lua_pushnil(L);
    lua_insert(L, -2);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  lua_insert(L, -2);
  shim_await_error(L);
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

void shim_replace_coroutine_functions(lua_State *L) {
  const luaL_Reg functions[] = {{"resume", co_resume}, {"wrap", co_wrap}, {"close", co_close}, {NULL, NULL}};
  lua_getglobal(L, "coroutine");
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
