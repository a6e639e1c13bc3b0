/* sortedpairs: the pairs of a table in an order that depends on its keys alone. */
#include "CLuaShim.h"
#include <string.h>

static int rank(lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TNUMBER: return 0;
    case LUA_TSTRING: return 1;
    case LUA_TBOOLEAN: return 2;
    default: return 3;
  }
}

static bool is_less_text(lua_State *L, int a, int b) {
  size_t n, m;
  const char *x = lua_tolstring(L, a, &n), *y = lua_tolstring(L, b, &m);
  int order = memcmp(x, y, n < m ? n : m);
  return order < 0 || (order == 0 && n < m);
}

/* Whether the key at place `a` of the list comes before the one at place `b`. */
static bool is_less(lua_State *L, int keys, int a, int b) {
  lua_rawgeti(L, keys, a);
  lua_rawgeti(L, keys, b);
  int left = rank(L, -2), right = rank(L, -1);
  bool result = left < right;
  if (left == right && left == 0) result = lua_compare(L, -2, -1, LUA_OPLT);
  if (left == right && left == 1) result = is_less_text(L, -2, -1);
  if (left == right && left == 2) result = !lua_toboolean(L, -2) && lua_toboolean(L, -1);
  lua_pop(L, 2);
  return result;
}

/* Sorts places by the keys there, equal ones in their order (merge sort). */
static void sort(lua_State *L, int keys, int *places, int *spare, int count) {
  if (count < 2) return;
  int half = count / 2, i = 0, j = half;
  sort(L, keys, places, spare, half);
  sort(L, keys, places + half, spare, count - half);
  for (int k = 0; k < count; k++) {
    bool takes_right = i == half || (j < count && is_less(L, keys, places[j], places[i]));
    spare[k] = takes_right ? places[j++] : places[i++];
  }
  memcpy(places, spare, (size_t)count * sizeof *places);
}

/* Upvalues: the table, its keys, their order, how many there are, the place reached. */
static int next_pair(lua_State *L) {
  const int *places = lua_touserdata(L, lua_upvalueindex(3));
  lua_Integer count = lua_tointeger(L, lua_upvalueindex(4)), at = lua_tointeger(L, lua_upvalueindex(5));
  while (at < count) {
    lua_rawgeti(L, lua_upvalueindex(2), places[at++]);
    lua_pushvalue(L, -1);
    bool is_gone = lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL;  /* removed since */
    if (is_gone) { lua_pop(L, 2); continue; }
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(5));
    return 2;
  }
  lua_pushnil(L);
  return 1;
}

static int body_sorted_pairs(lua_State *L) {
  lua_settop(L, 1);
  lua_newtable(L);
  int count = 0;
  for (lua_pushnil(L); lua_next(L, 1);) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, 2, ++count);
  }
  int *places = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *places, 0);
  int *spare = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *spare, 0);
  for (int i = 0; i < count; i++) places[i] = i + 1;
  sort(L, 2, places, spare, count);
  lua_pop(L, 1);
  lua_pushinteger(L, count);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_pair, 5);
  return 1;
}

int shim_push_sorted_pairs(lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_pushcfunction(L, body_sorted_pairs);
  lua_pushvalue(L, index);
  return lua_pcall(L, 1, 1, 0);
}
