/* Primitives that may raise, each a C function run by lua_pcall, so that Swift gets a status and never a jump. */
#include "libraries.h"
#include <limits.h>
#include <stdio.h>

int shim_call(lua_State *L, int arguments, int results) {
  int base = lua_gettop(L) - arguments;
  lua_pushcfunction(L, shim_keep_trace);
  lua_insert(L, base);
  lua_State *before = shim_enter(L);
  int status = lua_pcall(L, arguments, results, base);
  shim_leave(L, before);
  lua_remove(L, base);
  return status;
}

/* Runs `body` on `count` values from the top. */
static int protect(lua_State *L, lua_CFunction body, int count, int results) {
  lua_pushcfunction(L, body);
  lua_insert(L, -count - 1);
  return lua_pcall(L, count, results, 0);
}

static int body_get_global(lua_State *L) { lua_getglobal(L, lua_touserdata(L, 1)); return 1; }
int shim_get_global(lua_State *L, const char *name) {
  lua_pushlightuserdata(L, (void *)name);
  return protect(L, body_get_global, 1, 1);
}

static int body_set_global(lua_State *L) { lua_pushvalue(L, 1); lua_setglobal(L, lua_touserdata(L, 2)); return 0; }
int shim_set_global(lua_State *L, const char *name) {
  lua_pushlightuserdata(L, (void *)name);
  return protect(L, body_set_global, 2, 0);
}

static int body_get_field(lua_State *L) { lua_getfield(L, 1, lua_touserdata(L, 2)); return 1; }
int shim_get_field(lua_State *L, int index, const char *name) {
  lua_pushvalue(L, index);
  lua_pushlightuserdata(L, (void *)name);
  return protect(L, body_get_field, 2, 1);
}

static int body_get_table(lua_State *L) { lua_gettable(L, 1); return 1; }
int shim_get_table(lua_State *L, int index) {
  lua_pushvalue(L, index);
  lua_insert(L, -2);
  return protect(L, body_get_table, 2, 1);
}

static int body_to_string(lua_State *L) { luaL_tolstring(L, 1, NULL); return 1; }
int shim_to_string(lua_State *L, int index) {
  lua_pushvalue(L, index);
  return protect(L, body_to_string, 1, 1);
}

static int body_error_text(lua_State *L) {
  if (lua_isstring(L, 1)) return 1;
  if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
  lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  return 1;
}
int shim_error_text(lua_State *L, int index) {
  lua_pushvalue(L, index);
  return protect(L, body_error_text, 1, 1);
}

typedef struct { const void *data; long count, named; } Block;

static int body_string(lua_State *L) {
  const Block *block = lua_touserdata(L, 1);
  lua_pushlstring(L, block->data, (size_t)block->count);
  return 1;
}
static int body_table(lua_State *L) {
  const Block *block = lua_touserdata(L, 1);
  if (block->count > INT_MAX || block->named > INT_MAX) return luaL_error(L, "not enough memory");
  lua_createtable(L, (int)block->count, (int)block->named);
  return 1;
}
static int body_integers(lua_State *L) {
  const Block *block = lua_touserdata(L, 1);
  const long *values = block->data;
  body_table(L);
  for (long i = 0; i < block->count; i++) { lua_pushinteger(L, values[i]); lua_rawseti(L, -2, i + 1); }
  return 1;
}
static int body_numbers(lua_State *L) {
  const Block *block = lua_touserdata(L, 1);
  const double *values = block->data;
  body_table(L);
  for (long i = 0; i < block->count; i++) { lua_pushnumber(L, values[i]); lua_rawseti(L, -2, i + 1); }
  return 1;
}
static int with_block(lua_State *L, lua_CFunction body, const void *data, long count, long named) {
  Block block = {data, count, named};
  lua_pushlightuserdata(L, &block);
  return protect(L, body, 1, 1);
}
int shim_push_string(lua_State *L, const char *bytes, size_t n) { return with_block(L, body_string, bytes, (long)n, 0); }
int shim_new_table(lua_State *L, long list, long named) { return with_block(L, body_table, NULL, list, named); }
int shim_push_integers(lua_State *L, const long *v, long n) { return with_block(L, body_integers, v, n, 0); }
int shim_push_numbers(lua_State *L, const double *v, long n) { return with_block(L, body_numbers, v, n, 0); }

int shim_next(lua_State *L, int index) { return lua_next(L, index); }
