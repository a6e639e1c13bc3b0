/* What is kept of an error before its stack is gone: the frames, and at a prompt their variables.
 *
 * A trace is a table with TRACE_FIELDS values for each frame, innermost first. Deep stacks are cut in the middle. An error
 * that leaves a coroutine is raised again in the state that resumed it; the coroutine's frames wait in the registry
 * until that error, recognised by its value, ends in the message handler. */
#include "libraries.h"
#include <string.h>

enum { TOP = 24, BOTTOM = 16, LONGEST_SOURCE = 1 << 16 };
static char trace_key, waiting_key, waiting_value_key;
static bool keeps_variables;

void shim_keep_variables(bool keep) { keeps_variables = keep; }
bool shim_keeps_variables(void) { return keeps_variables; }

static void put(lua_State *L, int table, lua_Integer frame, int field) {
  lua_rawseti(L, table, frame * SHIM_TRACE_FIELDS + field);
}

/* Moves the value on top of `of` to L. */
static void move(lua_State *L, lua_State *of) {
  if (of != L) lua_xmove(of, L, 1);
}

/* Pushes {name, value, name, value ...} of the local variables of a frame, extra arguments last. */
static void push_locals(lua_State *L, lua_State *of, lua_Debug *ar) {
  lua_newtable(L);
  lua_Integer count = 0;
  for (int step = 1; step >= -1; step -= 2) {
    const char *name;
    for (int i = step; (name = lua_getlocal(of, ar, i)); i += step) {
      move(L, of);
      if (name[0] == '(' && step > 0) { lua_pop(L, 1); continue; }  /* a temporary */
      lua_rawseti(L, -2, ++count * 2);
      if (step > 0) lua_pushstring(L, name); else lua_pushfstring(L, "...[%d]", -i);
      lua_rawseti(L, -2, count * 2 - 1);
      if (count >= 250) break;
    }
  }
}

/* Replaces the function on top by {name, value ...} of its upvalues, _ENV left out. */
static void replace_with_upvalues(lua_State *L) {
  lua_newtable(L);
  lua_Integer count = 0;
  const char *name;
  for (int i = 1; (name = lua_getupvalue(L, -2, i)); i++) {
    if (!strcmp(name, "_ENV") || !*name) { lua_pop(L, 1); continue; }
    lua_rawseti(L, -2, ++count * 2);
    lua_pushstring(L, name);
    lua_rawseti(L, -2, count * 2 - 1);
  }
  lua_remove(L, -2);
}

static void add_frame(lua_State *L, lua_State *of, lua_Debug *ar, int table, lua_Integer frame) {
  bool isText = ar->source[0] != '@' && ar->source[0] != '=';
  lua_pushlstring(L, ar->source, isText && ar->srclen > LONGEST_SOURCE ? 0 : ar->srclen);
  put(L, table, frame, SHIM_TRACE_SOURCE);
  lua_pushinteger(L, ar->currentline); put(L, table, frame, SHIM_TRACE_LINE);
  lua_pushstring(L, ar->name ? ar->name : ""); put(L, table, frame, SHIM_TRACE_NAME);
  lua_pushstring(L, ar->namewhat); put(L, table, frame, SHIM_TRACE_NAMEWHAT);
  lua_pushstring(L, ar->what); put(L, table, frame, SHIM_TRACE_WHAT);
  lua_pushinteger(L, ar->linedefined); put(L, table, frame, SHIM_TRACE_LINEDEFINED);
  bool hasVariables = keeps_variables && ar->what[0] != 'C' && lua_checkstack(of, 2);
  if (hasVariables) push_locals(L, of, ar); else lua_pushboolean(L, 0);
  put(L, table, frame, SHIM_TRACE_LOCALS);
  if (hasVariables) {
    lua_getinfo(of, "f", ar);
    move(L, of);
    replace_with_upvalues(L);
  } else {
    lua_pushboolean(L, 0);
  }
  put(L, table, frame, SHIM_TRACE_UPVALUES);
}

/* The number of frames of a state, found without walking all of them for each. */
static int depth(lua_State *L) {
  lua_Debug ar;
  int low = 0, high = 1;
  while (lua_getstack(L, high, &ar)) { low = high; high *= 2; }
  while (low + 1 < high) {
    int middle = low + (high - low) / 2;
    if (lua_getstack(L, middle, &ar)) low = middle; else high = middle;
  }
  return high;
}

/* Adds the frames of `of` from `level` on to the trace at the index `table` of L. */
static void add_frames(lua_State *L, lua_State *of, int level, int table) {
  lua_Integer frame = (lua_Integer)(lua_rawlen(L, table) / SHIM_TRACE_FIELDS);
  int last = depth(of);
  lua_Debug ar;
  for (int i = level; lua_getstack(of, i, &ar); i++) {
    if (i == level + TOP && last - i > BOTTOM) {
      memset(&ar, 0, sizeof ar);
      ar.source = "=", ar.srclen = 1, ar.namewhat = "", ar.what = "C...";
      ar.currentline = last - i - BOTTOM;
      i = last - BOTTOM - 1;
    } else {
      lua_getinfo(of, "Sln", &ar);
    }
    add_frame(L, of, &ar, table, frame++);
  }
}

/* Pushes a trace that begins with the frames that wait for the value at `index`, if any do. [-0, +1] */
static void begin_trace(lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &waiting_value_key);
  bool waits = !lua_isnil(L, -1) && lua_rawequal(L, -1, index);
  lua_pop(L, 1);
  if (!waits || lua_rawgetp(L, LUA_REGISTRYINDEX, &waiting_key) != LUA_TTABLE) {
    lua_settop(L, waits ? -2 : -1);
    lua_newtable(L);
  }
  lua_pushnil(L); lua_rawsetp(L, LUA_REGISTRYINDEX, &waiting_key);
  lua_pushnil(L); lua_rawsetp(L, LUA_REGISTRYINDEX, &waiting_value_key);
}

int shim_keep_trace(lua_State *L) {
  begin_trace(L, 1);
  add_frames(L, L, 1, lua_gettop(L));
  lua_rawsetp(L, LUA_REGISTRYINDEX, &trace_key);
  return 1;
}

void shim_push_coroutine_trace(lua_State *L, lua_State *co) {
  begin_trace(L, -1);
  add_frames(L, co, 0, lua_gettop(L));
}

void shim_await_error(lua_State *L) {
  lua_rawsetp(L, LUA_REGISTRYINDEX, &waiting_key);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &waiting_value_key);
}

void shim_push_trace(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &trace_key);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &trace_key);
}
