/* io and os for code that nobody trusts: files are opened, removed and renamed through CSandbox alone. */
#include "CSandbox.h"
#include "libraries.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The flags of a mode of fopen; false for a mode that is none. */
static bool read_mode(const char *mode, int *flags) {
  bool both = mode[1] == '+' || (mode[1] == 'b' && mode[2] == '+');
  size_t length = 1 + (size_t)both + (strchr(mode, 'b') != NULL);
  if (!mode[0] || strlen(mode) != length) return false;
  switch (mode[0]) {
    case 'r': *flags = both ? O_RDWR : O_RDONLY; return true;
    case 'w': *flags = (both ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC; return true;
    case 'a': *flags = (both ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND; return true;
    default: return false;
  }
}

static int close_file(lua_State *L) {
  luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  return luaL_fileresult(L, fclose(stream->f) == 0, NULL);
}

/* Pushes an open file, or returns false with errno set. */
static bool push_open(lua_State *L, const char *path, const char *mode, int flags) {
  luaL_Stream *stream = lua_newuserdatauv(L, sizeof *stream, 0);
  stream->f = NULL;
  stream->closef = NULL;
  luaL_setmetatable(L, LUA_FILEHANDLE);
  int file = box_open(path, flags | O_CLOEXEC, 0666);
  if (file < 0) return false;
  if (!(stream->f = fdopen(file, mode))) {
    close(file);
    return false;
  }
  stream->closef = close_file;
  if (mode[0] == 'r') shim_tell_file(path, false);
  if (mode[0] != 'r' || strchr(mode, '+')) shim_tell_file(path, true);
  return true;
}

static const char *reason(void) {
  return box_was_denied() ? "permission was not granted" : strerror(errno);
}

static int io_open(lua_State *L) {
  const char *path = luaL_checkstring(L, 1), *mode = luaL_optstring(L, 2, "r");
  int flags;
  luaL_argcheck(L, read_mode(mode, &flags), 2, "invalid mode");
  if (push_open(L, path, mode, flags)) return 1;
  int number = errno;
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", path, reason());
  lua_pushinteger(L, number);
  return 3;
}

/* Replaces a file name at index 1 by the open file. */
static void open_first(lua_State *L, const char *mode, int flags) {
  const char *path = lua_tostring(L, 1);
  if (!push_open(L, path, mode, flags)) luaL_error(L, "%s: %s", path, reason());
  lua_replace(L, 1);
}

/* io.input and io.output; upvalues: the stock function, the mode. */
static int io_choose(lua_State *L) {
  const char *mode = lua_tostring(L, lua_upvalueindex(2));
  int flags = 0;
  read_mode(mode, &flags);
  if (lua_type(L, 1) == LUA_TSTRING) open_first(L, mode, flags);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

/* io.lines; upvalue: the stock function. A loop closes the file, which is its fourth value. */
static int io_lines(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
  }
  luaL_checkstring(L, 1);
  open_first(L, "r", O_RDONLY);
  luaL_getmetafield(L, 1, "__index");
  lua_getfield(L, -1, "lines");
  lua_remove(L, -2);
  int count = lua_gettop(L) - 1;
  lua_pushvalue(L, 1);
  lua_insert(L, 1);  /* the file stays below */
  lua_insert(L, 2);  /* lines, file, formats */
  lua_call(L, count, 1);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, 1);
  return 4;
}

static int os_remove(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  if (box_unlink(path) == 0) {
    lua_pushboolean(L, 1);
    return 1;
  }
  int number = errno;
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", path, reason());
  lua_pushinteger(L, number);
  return 3;
}

static int os_rename(lua_State *L) {
  const char *from = luaL_checkstring(L, 1), *to = luaL_checkstring(L, 2);
  if (box_rename(from, to) == 0) {
    lua_pushboolean(L, 1);
    return 1;
  }
  int number = errno;
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: %s", from, reason());
  lua_pushinteger(L, number);
  return 3;
}

static void restrict_io(lua_State *L, bool exec) {
  lua_getglobal(L, "io");
  lua_pushcfunction(L, io_open);
  lua_setfield(L, -2, "open");
  const char *const choosers[][2] = {{"input", "r"}, {"output", "w"}};
  for (int i = 0; i < 2; i++) {
    lua_getfield(L, -1, choosers[i][0]);
    lua_pushstring(L, choosers[i][1]);
    lua_pushcclosure(L, io_choose, 2);
    lua_setfield(L, -2, choosers[i][0]);
  }
  lua_getfield(L, -1, "lines");
  lua_pushcclosure(L, io_lines, 1);
  lua_setfield(L, -2, "lines");
  shim_deny(L, "io", "tmpfile");
  if (!exec) shim_deny(L, "io", "popen");
  lua_pop(L, 1);
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_pushliteral(L, "FILE*");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

static void restrict_os(lua_State *L, bool exec) {
  const char *const denied[] = {"exit", "getenv", "setlocale", "tmpname", "execute"};
  lua_getglobal(L, "os");
  const luaL_Reg functions[] = {{"remove", os_remove}, {"rename", os_rename}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  for (int i = 0; i < (exec ? 4 : 5); i++) shim_deny(L, "os", denied[i]);
  lua_pop(L, 1);
}

void shim_restrict_files(lua_State *L, bool exec) {
  restrict_io(L, exec);
  restrict_os(L, exec);
}
