/* string.find, match, gmatch and gsub that hear Ctrl-C.
 *
 * A pattern such as ("a*"):rep(30) .. "b" can run for ages inside one call, where no hook of Lua's fires. These
 * functions do what section 6.4 of the manual says, with the messages of Lua 5.4, and count their steps: every few
 * thousand they look at the interrupt flag. A test compares them with the library's own on random patterns. */
#define _GNU_SOURCE /* memmem */
#include "CKernels.h"
#include "libraries.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

enum { MOST_CAPTURES = 32, DEEPEST = 200, STEPS_PER_LOOK = 1 << 13 };
/* Lengths of captures that have none. */
enum { OPEN = -1, POSITION = -2 };

typedef struct {
  lua_State *L;
  const char *text, *text_end, *pattern_end;
  int depth_left;
  long steps_left, steps_taken;
  int captures;
  struct { const char *start; ptrdiff_t length; } capture[MOST_CAPTURES];
} Matcher;

/* The end of the match of the pattern at `p` with the text at `s`, NULL for none. */
static const char *match_here(Matcher *m, const char *s, const char *p);

static long most_steps;
void shim_limit_patterns(long steps) { most_steps = steps; }

/* Takes steps from the budget and looks whether somebody wants to stop. */
static void look(Matcher *m) {
  m->steps_taken += STEPS_PER_LOOK - m->steps_left;
  m->steps_left = STEPS_PER_LOOK;
  if (most_steps > 0 && m->steps_taken > most_steps)
    luaL_error(m->L, "pattern takes more than %I steps", (LUAI_UACINT)most_steps);
  if (!ck_interrupt_get()) return;
  shim_push_interrupt_value(m->L);
  lua_error(m->L);
}

static inline void count_step(Matcher *m) {
  if (--m->steps_left <= 0) look(m);
}
/* A walk over many characters in one step. */
static inline void count_steps(Matcher *m, ptrdiff_t characters) {
  if (characters >= 64 && (m->steps_left -= characters / 16) <= 0) look(m);
}

static int byte_at(const char *s) { return (unsigned char)*s; }

/* --- single characters --- */

/* Where the item that begins at `p` ends: after a character, an escape or a set. */
static const char *item_end(Matcher *m, const char *p) {
  char first = *p++;
  if (first == '%') {
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return p + 1;
  }
  if (first != '[') return p;
  if (*p == '^') p++;
  do {  /* a bracket right at the start is an element of the set */
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
    if (*p++ == '%' && p < m->pattern_end) p++;
  } while (*p != ']');
  return p + 1;
}

static bool in_class(int c, int letter) {
  bool inside;
  switch (tolower(letter)) {
    case 'a': inside = isalpha(c); break;
    case 'c': inside = iscntrl(c); break;
    case 'd': inside = isdigit(c); break;
    case 'g': inside = isgraph(c); break;
    case 'l': inside = islower(c); break;
    case 'p': inside = ispunct(c); break;
    case 's': inside = isspace(c); break;
    case 'u': inside = isupper(c); break;
    case 'w': inside = isalnum(c); break;
    case 'x': inside = isxdigit(c); break;
    case 'z': inside = c == 0; break;  /* of Lua 5.1, and still there */
    default: return letter == c;
  }
  return isupper(letter) ? !inside : inside;
}

/* `p` is at the opening bracket, `last` at the closing one. */
static bool in_set(int c, const char *p, const char *last) {
  bool wanted = true;
  if (p[1] == '^') {
    wanted = false;
    p++;
  }
  while (++p < last) {
    if (*p == '%') {
      p++;
      if (in_class(c, byte_at(p))) return wanted;
    } else if (p[1] == '-' && p + 2 < last) {
      if (byte_at(p) <= c && c <= byte_at(p + 2)) return wanted;
      p += 2;
    } else if (byte_at(p) == c) {
      return wanted;
    }
  }
  return !wanted;
}

static inline bool fits(const Matcher *m, const char *s, const char *p, const char *end) {
  if (s >= m->text_end) return false;
  switch (*p) {
    case '.': return true;
    case '%': return in_class(byte_at(s), byte_at(p + 1));
    case '[': return in_set(byte_at(s), p, end - 1);
    default: return *p == *s;
  }
}

/* --- repetitions --- */

static const char *match_longest(Matcher *m, const char *s, const char *p, const char *end) {
  ptrdiff_t count = 0;
  while (fits(m, s + count, p, end)) count++;
  count_steps(m, count);
  for (; count >= 0; count--) {
    const char *result = match_here(m, s + count, end + 1);
    if (result) return result;
  }
  return NULL;
}

static const char *match_shortest(Matcher *m, const char *s, const char *p, const char *end) {
  for (;; s++) {
    const char *result = match_here(m, s, end + 1);
    if (result) return result;
    if (!fits(m, s, p, end)) return NULL;
  }
}

/* --- captures --- */

static const char *open_capture(Matcher *m, const char *s, const char *p, int kind) {
  if (m->captures >= MOST_CAPTURES) luaL_error(m->L, "too many captures");
  m->capture[m->captures].start = s;
  m->capture[m->captures].length = kind;
  m->captures++;
  const char *result = match_here(m, s, p);
  if (!result) m->captures--;
  return result;
}

static const char *close_capture(Matcher *m, const char *s, const char *p) {
  int index = m->captures - 1;
  while (index >= 0 && m->capture[index].length != OPEN) index--;
  if (index < 0) luaL_error(m->L, "invalid pattern capture");
  m->capture[index].length = s - m->capture[index].start;
  const char *result = match_here(m, s, p);
  if (!result) m->capture[index].length = OPEN;
  return result;
}

/* %1 ... %9: the same text again. */
static const char *match_again(Matcher *m, const char *s, int digit) {
  int index = digit - '1';
  if (index < 0 || index >= m->captures || m->capture[index].length == OPEN)
    luaL_error(m->L, "invalid capture index %%%d", index + 1);
  size_t length = (size_t)m->capture[index].length;
  count_steps(m, (ptrdiff_t)length);
  if ((size_t)(m->text_end - s) < length || memcmp(m->capture[index].start, s, length) != 0) return NULL;
  return s + length;
}

/* --- %b and %f --- */

static const char *match_balanced(Matcher *m, const char *s, const char *p) {
  if (p >= m->pattern_end - 1) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  if (*s != p[0]) return NULL;
  int open = 1;
  const char *start = s;
  while (++s < m->text_end && open > 0) {
    if (*s == p[1]) open--;
    else if (*s == p[0]) open++;
  }
  count_steps(m, s - start);
  return open == 0 ? s : NULL;
}

/* The end of the set of a frontier that lies at `s`, NULL when none does. */
static const char *match_frontier(Matcher *m, const char *s, const char *p) {
  if (*p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
  const char *end = item_end(m, p);
  int before = s == m->text ? 0 : byte_at(s - 1);
  int after = s == m->text_end ? 0 : byte_at(s);
  return !in_set(before, p, end - 1) && in_set(after, p, end - 1) ? end : NULL;
}

/* --- the pattern --- */

/* One item and what follows it. True when the match goes on at *s and *p, else *s is the result. */
static inline bool step(Matcher *m, const char **s, const char **p) {
  const char *end = item_end(m, *p);
  char repeat = end < m->pattern_end ? *end : 0;
  if (!fits(m, *s, *p, end)) {
    *p = end + 1;
    if (repeat == '*' || repeat == '?' || repeat == '-') return true;
    *s = NULL;
    return false;
  }
  const char *result;
  switch (repeat) {
    case '?':
      result = match_here(m, *s + 1, end + 1);
      *p = end + 1;
      if (!result) return true;
      *s = result;
      return false;
    case '+': *s = match_longest(m, *s + 1, *p, end); return false;
    case '*': *s = match_longest(m, *s, *p, end); return false;
    case '-': *s = match_shortest(m, *s, *p, end); return false;
    default:
      ++*s;
      *p = end;
      return true;
  }
}

/* The items that are more than a character and its repetition; as `step`. `special` tells whether `p` was one. */
static bool special_step(Matcher *m, const char **s, const char **p, bool *special) {
  const char *q = *p;
  *special = true;
  switch (*q) {
    case '(':
      *s = q[1] == ')' ? open_capture(m, *s, q + 2, POSITION) : open_capture(m, *s, q + 1, OPEN);
      return false;
    case ')': *s = close_capture(m, *s, q + 1); return false;
    case '$':
      if (q + 1 != m->pattern_end) break;
      if (*s != m->text_end) *s = NULL;
      return false;
    case '%':
      if (q[1] == 'b') {
        *p = q + 4;
        return (*s = match_balanced(m, *s, q + 2)) != NULL;
      }
      if (q[1] == 'f') {
        if (!(*p = match_frontier(m, *s, q + 2))) *s = NULL;
        return *s != NULL;
      }
      if (!isdigit(byte_at(q + 1))) break;
      *p = q + 2;
      return (*s = match_again(m, *s, byte_at(q + 1))) != NULL;
    default: break;
  }
  *special = false;
  return true;
}

static const char *match_here(Matcher *m, const char *s, const char *p) {
  if (m->depth_left-- == 0) luaL_error(m->L, "pattern too complex");
  bool special;
  while (p != m->pattern_end) {
    count_step(m);
    if (!special_step(m, &s, &p, &special)) break;
    if (!special && !step(m, &s, &p)) break;
  }
  m->depth_left++;
  return s;
}

/* --- between Lua and the matcher --- */

static void prepare(Matcher *m, lua_State *L, const char *text, size_t length, const char *pattern,
                    size_t pattern_length) {
  m->L = L;
  m->text = text;
  m->text_end = text + length;
  m->pattern_end = pattern + pattern_length;
  m->steps_left = STEPS_PER_LOOK;
  m->steps_taken = 0;
}

static const char *match_from(Matcher *m, const char *s, const char *p) {
  m->captures = 0;
  m->depth_left = DEEPEST;
  return match_here(m, s, p);
}

/* The text of a capture; without captures the first is the whole match. Positions are pushed and have no length. */
static ptrdiff_t capture(Matcher *m, int index, const char *s, const char *end, const char **start) {
  if (index >= m->captures) {
    if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
    *start = s;
    return end - s;
  }
  ptrdiff_t length = m->capture[index].length;
  *start = m->capture[index].start;
  if (length == OPEN) luaL_error(m->L, "unfinished capture");
  if (length == POSITION) lua_pushinteger(m->L, *start - m->text + 1);
  return length;
}

static void push_capture(Matcher *m, int index, const char *s, const char *end) {
  const char *start;
  ptrdiff_t length = capture(m, index, s, end, &start);
  if (length != POSITION) lua_pushlstring(m->L, start, (size_t)length);
}

/* All captures; the whole match when there are none and `s` is given. */
static int push_captures(Matcher *m, const char *s, const char *end) {
  int count = m->captures == 0 && s ? 1 : m->captures;
  luaL_checkstack(m->L, count, "too many captures");
  for (int i = 0; i < count; i++) push_capture(m, i, s, end);
  return count;
}

/* The offset that an argument names: from 1, or from the end when negative. */
static size_t start_offset(lua_Integer position, size_t length) {
  if (position > 0) return (size_t)position - 1;
  if (position == 0 || position < -(lua_Integer)length) return 0;
  return length + (size_t)position;
}

static bool is_plain(const char *pattern, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (pattern[i] && strchr("^$*+?.([%-", pattern[i])) return false;
  return true;
}

static int find_plain(lua_State *L, const char *text, size_t length, size_t from, const char *wanted, size_t count) {
  const char *found = count == 0 ? text + from : memmem(text + from, length - from, wanted, count);
  if (!found) {
    luaL_pushfail(L);
    return 1;
  }
  lua_pushinteger(L, found - text + 1);
  lua_pushinteger(L, found - text + (ptrdiff_t)count);
  return 2;
}

static int search(lua_State *L, bool find) {
  size_t length, pattern_length;
  const char *text = luaL_checklstring(L, 1, &length), *p = luaL_checklstring(L, 2, &pattern_length);
  size_t from = start_offset(luaL_optinteger(L, 3, 1), length);
  if (from > length) {
    luaL_pushfail(L);
    return 1;
  }
  if (find && (lua_toboolean(L, 4) || is_plain(p, pattern_length)))
    return find_plain(L, text, length, from, p, pattern_length);
  Matcher m;
  prepare(&m, L, text, length, p, pattern_length);
  bool anchored = *p == '^' && pattern_length > 0;
  for (const char *s = text + from; s <= m.text_end; s++) {
    const char *end = match_from(&m, s, p + anchored);
    if (end) {
      if (!find) return push_captures(&m, s, end);
      lua_pushinteger(L, s - text + 1);
      lua_pushinteger(L, end - text);
      return push_captures(&m, NULL, NULL) + 2;
    }
    if (anchored) break;
  }
  luaL_pushfail(L);
  return 1;
}

static int str_find(lua_State *L) { return search(L, true); }
static int str_match(lua_State *L) { return search(L, false); }

/* What gmatch's iterator remembers: its strings are upvalues 1 and 2, this is upvalue 3. */
typedef struct {
  Matcher matcher;
  const char *next, *pattern, *last_end;
} Walk;

static int next_match(lua_State *L) {
  Walk *walk = lua_touserdata(L, lua_upvalueindex(3));
  Matcher *m = &walk->matcher;
  m->L = L;
  m->steps_taken = 0;
  for (const char *s = walk->next; s <= m->text_end; s++) {
    const char *end = match_from(m, s, walk->pattern);
    if (!end || end == walk->last_end) continue;
    walk->next = walk->last_end = end;
    return push_captures(m, s, end);
  }
  return 0;
}

static int str_gmatch(lua_State *L) {
  size_t length, pattern_length;
  const char *text = luaL_checklstring(L, 1, &length), *pattern = luaL_checklstring(L, 2, &pattern_length);
  size_t from = start_offset(luaL_optinteger(L, 3, 1), length);
  lua_settop(L, 2);
  Walk *walk = lua_newuserdatauv(L, sizeof *walk, 0);
  prepare(&walk->matcher, L, text, length, pattern, pattern_length);
  walk->next = text + (from > length ? length + 1 : from);
  walk->pattern = pattern;
  walk->last_end = NULL;
  lua_pushcclosure(L, next_match, 3);
  return 1;
}

/* --- gsub --- */

/* The replacement string with its %0 ... %9 filled in. */
static void add_template(Matcher *m, luaL_Buffer *b, const char *s, const char *end) {
  size_t length;
  const char *template = lua_tolstring(m->L, 3, &length), *last = template + length, *percent;
  while ((percent = memchr(template, '%', (size_t)(last - template)))) {
    luaL_addlstring(b, template, (size_t)(percent - template));
    char what = *++percent;
    if (what == '%') {
      luaL_addchar(b, '%');
    } else if (what == '0') {
      luaL_addlstring(b, s, (size_t)(end - s));
    } else if (isdigit((unsigned char)what)) {
      const char *start;
      ptrdiff_t count = capture(m, what - '1', s, end, &start);
      if (count == POSITION) luaL_addvalue(b);
      else luaL_addlstring(b, start, (size_t)count);
    } else {
      luaL_error(m->L, "invalid use of '%c' in replacement string", '%');
    }
    template = percent + 1;
  }
  luaL_addlstring(b, template, (size_t)(last - template));
}

/* Adds what stands in place of the match; false when that is the match itself. */
static bool add_replacement(Matcher *m, luaL_Buffer *b, const char *s, const char *end, int type) {
  lua_State *L = m->L;
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    lua_call(L, push_captures(m, s, end), 1);
  } else if (type == LUA_TTABLE) {
    push_capture(m, 0, s, end);
    lua_gettable(L, 3);
  } else {
    add_template(m, b, s, end);
    return true;
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(b, s, (size_t)(end - s));
    return false;
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  luaL_addvalue(b);
  return true;
}

static int str_gsub(lua_State *L) {
  size_t length, pattern_length;
  const char *text = luaL_checklstring(L, 1, &length), *p = luaL_checklstring(L, 2, &pattern_length);
  int type = lua_type(L, 3);
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1), count = 0;
  luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                   "string/function/table");
  Matcher m;
  prepare(&m, L, text, length, p, pattern_length);
  bool anchored = *p == '^' && pattern_length > 0, changed = false;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  const char *s = text, *last_end = NULL;
  while (count < most) {
    const char *end = match_from(&m, s, p + anchored);
    if (end && end != last_end) {
      count++;
      changed |= add_replacement(&m, &b, s, end, type);
      s = last_end = end;
    } else if (s < m.text_end) {
      luaL_addchar(&b, *s++);
    } else {
      break;
    }
    if (anchored) break;
  }
  if (changed) {
    luaL_addlstring(&b, s, (size_t)(m.text_end - s));
    luaL_pushresult(&b);
  } else {
    lua_pushvalue(L, 1);
  }
  lua_pushinteger(L, count);
  return 2;
}

void shim_replace_pattern_functions(lua_State *L) {
  const luaL_Reg string[] = {
      {"find", str_find}, {"match", str_match}, {"gmatch", str_gmatch}, {"gsub", str_gsub}, {NULL, NULL}};
  lua_getglobal(L, "string");
  luaL_setfuncs(L, string, 0);
  lua_pop(L, 1);
}
