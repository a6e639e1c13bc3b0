/* From Lua to Swift: one trampoline, one kind of userdata. No Swift frame is ever live when an error leaves. */
#include "CKernels.h"
#include "CLuaShim.h"
#include "libraries.h"
#include "profile.h"

static int (*dispatch)(lua_State *, void *);
static void (*release)(void *);
static char class_mark, table_mark, cache_key, callbacks_key, ids_key;

void shim_set_dispatch(int (*d)(lua_State *, void *), void (*r)(void *)) { dispatch = d; release = r; }

static int trampoline(lua_State *L) {
  void *function = lua_touserdata(L, lua_upvalueindex(1));
  int n = dispatch(L, function);
  if (n != SHIM_RAISE) return n;
  if (ck_interrupt_get()) shim_arm(L);  /* native work that reached a limit could not */
  return lua_error(L);                  /* the Swift frames of dispatch have returned */
}

void shim_push_function(lua_State *L, void *function) {
  lua_pushlightuserdata(L, function);
  lua_pushcclosure(L, trampoline, 1);
}

void *shim_function(lua_State *L, int index) {
  if (lua_tocfunction(L, index) != trampoline || !lua_getupvalue(L, index, 1)) return NULL;
  void *function = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return function;
}

/* --- objects --- */

void shim_close_slot(shim_Slot *slot) {
  void *object = slot->object;
  slot->object = NULL;  /* first: a finalizer of the object may come back here */
  if (object) release(object);
}

/* __gc and __close */
static int close_object(lua_State *L) {
  void *class_;
  shim_Slot *slot = shim_slot(L, 1, &class_);
  if (slot) shim_close_slot(slot);
  return 0;
}

static int concat(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  luaL_tolstring(L, 2, NULL);
  lua_concat(L, 2);
  return 1;
}

void shim_new_metatable(lua_State *L, const char *name, void *class_, bool has_finalizer) {
  lua_createtable(L, 0, 16);
  lua_pushlightuserdata(L, class_); lua_rawsetp(L, -2, &class_mark);
  const luaL_Reg functions[] = {{"__gc", close_object}, {"__close", close_object}, {"__concat", concat}, {NULL, NULL}};
  luaL_setfuncs(L, has_finalizer ? functions : functions + 1, 0);
  lua_pushstring(L, name); lua_setfield(L, -2, "__name");
  lua_pushstring(L, name); lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, class_);
}

/* upvalues: methods, properties (name -> function of self), fallback(self, key) */
static int index_object(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
  }
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_insert(L, 1);
  lua_call(L, 2, 1);
  return 1;
}

bool shim_is_index(lua_CFunction function) { return function == index_object; }

void shim_set_index(lua_State *L) {
  lua_pushcclosure(L, index_object, 3);
  lua_setfield(L, -2, "__index");
}

shim_Slot *shim_new_object(lua_State *L, void *class_, void *object, int user_values) {
  shim_Slot *slot = lua_newuserdatauv(L, sizeof *slot, user_values);
  *slot = (shim_Slot){.class_ = class_, .is_known = true};
  lua_rawgetp(L, LUA_REGISTRYINDEX, class_);
  lua_setmetatable(L, -2);
  slot->object = object;
  return slot;
}

shim_Slot *shim_slot(lua_State *L, int index, void **class_) {
  if (lua_type(L, index) != LUA_TUSERDATA) return NULL;
  shim_Slot *slot = lua_touserdata(L, index);
  if (shim_is_cell(slot)) {
    *class_ = slot->class_;
    return slot;
  }
  if (lua_rawlen(L, index) != sizeof *slot) return NULL;
  if (!lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, -1, &class_mark);
  *class_ = lua_touserdata(L, -1);
  lua_pop(L, 2);
  return *class_ ? slot : NULL;
}

void *shim_table_mark(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, -1, &table_mark);
  void *mark = lua_touserdata(L, -1);
  lua_pop(L, 2);
  return mark;
}

void shim_set_table_mark(lua_State *L, int metatable, void *mark) {
  metatable = lua_absindex(L, metatable);
  lua_pushlightuserdata(L, mark);
  lua_rawsetp(L, metatable, &table_mark);
}

/* --- weak tables --- */

static void push_weak(lua_State *L, const char *mode, void *key) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushstring(L, mode); lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

int shim_cache_find(lua_State *L, const void *address) {
  push_weak(L, "v", &cache_key);
  int found = lua_rawgetp(L, -1, address) == LUA_TUSERDATA;
  lua_remove(L, -2);
  if (!found) lua_pop(L, 1);
  return found;
}

void shim_cache_store(lua_State *L, const void *address, int index) {
  index = lua_absindex(L, index);
  push_weak(L, "v", &cache_key);
  lua_pushvalue(L, index);
  lua_rawsetp(L, -2, address);
  lua_pop(L, 1);
}

void shim_know(lua_State *L, int index, shim_Slot *slot) {
  if (slot->is_known) return;
  slot->is_known = true;
  shim_cache_store(L, slot->object, index);
}

static char remembered_key;

void shim_remember_globals(lua_State *L) {
  lua_newtable(L);
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -6);
  }
  lua_pop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &remembered_key);
}

void shim_push_remembered(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &remembered_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
}

/* function -> id is weak in the function, id -> function too: a callback held by Swift keeps nothing alive. */
lua_Integer shim_callback_id(lua_State *L, int index) {
  static lua_Integer last;
  index = lua_absindex(L, index);
  push_weak(L, "k", &ids_key);
  lua_pushvalue(L, index);
  if (lua_rawget(L, -2) == LUA_TNUMBER) {
    lua_Integer id = lua_tointeger(L, -1);
    lua_pop(L, 2);
    return id;
  }
  lua_Integer id = ++last;
  lua_pushvalue(L, index); lua_pushinteger(L, id);
  lua_rawset(L, -4);
  push_weak(L, "v", &callbacks_key);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, id);
  lua_pop(L, 3);
  return id;
}

int shim_callback_push(lua_State *L, lua_Integer id) {
  push_weak(L, "v", &callbacks_key);
  int found = lua_rawgeti(L, -1, id) == LUA_TFUNCTION;
  lua_remove(L, -2);
  if (!found) lua_pop(L, 1);
  return found;
}
