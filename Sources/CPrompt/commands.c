/* What keys do in a text of several lines.
 *
 * readline's commands take the text for one line: its beginning of the line is the beginning of the text. Ours know
 * lines. They are put wherever the user has bound readline's, so that any inputrc means what it says. */
#include "editor.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

static int line_start(int position) {
    while (position > 0 && rl_line_buffer[position - 1] != '\n') position--;
    return position;
}

static int line_end(int position) {
    const char *end = memchr(rl_line_buffer + position, '\n', (size_t)(rl_end - position));
    return end ? (int)(end - rl_line_buffer) : rl_end;
}

static bool is_blank(int start, int end) {
    while (start < end && isspace((unsigned char)rl_line_buffer[start])) start++;
    return start >= end;
}

static void apply(prompt_edit edit) {
    if (!edit.text) return;
    rl_begin_undo_group();
    rl_delete_text(edit.start, edit.end);
    rl_point = edit.start;
    rl_insert_text(edit.text);
    rl_end_undo_group();
    free(edit.text);
}

/* --- Enter --- */

/* Breaks the line. Keys that are there already come from a paste without brackets, which has its own indentation. */
static int insert_line_end(int count, int key) {
    (void)count, (void)key;
    if (!view_is_multiline()) return rl_ding(), 0;
    if (keys_waiting()) return rl_insert_text("\n"), 0;
    apply(hooks.edit(PROMPT_BREAK_LINE, rl_line_buffer, rl_end, rl_point));
    return 0;
}

/* A blank last line submits whatever is missing. */
static bool ends_in_blank_line(void) {
    int start = line_start(rl_end);
    return rl_point >= start && start > 0 && is_blank(start, rl_end);
}

/* Submits a whole entry, wherever the cursor is, and asks for more of any other. */
static int enter(int count, int key) {
    if (!view_is_multiline() || keys_ended() || ends_in_blank_line()) return rl_newline(count, key);
    if (hooks.is_incomplete(rl_line_buffer)) return insert_line_end(count, key);
    if (rl_point == rl_end) apply(hooks.edit(PROMPT_CLOSE_LINE, rl_line_buffer, rl_end, rl_point));
    return rl_newline(count, key);
}

static int paste(int count, int key) {
    (void)count, (void)key;
    char *bytes;
    size_t length;
    if (keys_read_paste(&bytes, &length)) {
        char *text = hooks.paste(bytes, length, rl_end == 0);
        if (text) rl_insert_text(text);
        free(text);
    }
    free(bytes);
    return 0;
}

/* --- Up and Down --- */

static int characters(int start, int end) {
    int count = 0;
    for (int i = start; i < end; i++) count += ((unsigned char)rl_line_buffer[i] & 0xc0) != 0x80;
    return count;
}

/* The position so many characters after the beginning of a line, or its end. */
static int place_in_line(int start, int column) {
    int end = line_end(start), position = start;
    while (position < end && column > 0) {
        position++;
        while (position < end && ((unsigned char)rl_line_buffer[position] & 0xc0) == 0x80) position++;
        column--;
    }
    return position;
}

static int up(int count, int key);
static int down(int count, int key);

/* The column to keep to while going through shorter lines. */
static int wanted_column(void) {
    static int column;
    if (rl_last_func != up && rl_last_func != down) column = characters(line_start(rl_point), rl_point);
    return column;
}

static char *prefix;        /* what recalled entries begin with */
static bool was_recalled;   /* the last key recalled one */

static bool is_recalled(rl_command_func_t *last) { return (last == up || last == down) && was_recalled; }

/* A search goes on until another key is pressed. It looks for what stands before the cursor; an entry that was recalled
 * and not changed is no such text. */
static void choose_prefix(void) {
    if (is_recalled(rl_last_func)) return;
    HIST_ENTRY *entry = current_history();
    bool is_entry = entry && strcmp(entry->line, rl_line_buffer) == 0;
    free(prefix);
    prefix = strndup(rl_line_buffer, is_entry ? 0 : (size_t)rl_point);
}

/* How many entries away the next one is that fits, in a direction; 0 for none. */
static int distance(int direction) {
    HIST_ENTRY **entries = history_list();
    int here = where_history(), count = history_length;
    size_t length = prefix ? strlen(prefix) : 0;
    for (int i = here + direction; entries && i >= 0 && i < count; i += direction) {
        const char *line = entries[i]->line;
        bool fits = length == 0 || strncmp(line, prefix, length) == 0;
        if (fits && strcmp(line, rl_line_buffer) != 0) return abs(i - here);
    }
    return direction > 0 ? count - here : 0; /* after the newest comes what was being typed */
}

/* Going up the cursor is on the first line, going down on the last, so that the next key goes on. */
static int recall(int direction) {
    choose_prefix();
    int steps = distance(direction);
    if (steps == 0) {
        was_recalled = is_recalled(rl_last_func);
        rl_ding(); /* its -1 would mean that no such key is bound */
        return 0;
    }
    direction < 0 ? rl_get_previous_history(steps, 0) : rl_get_next_history(steps, 0);
    rl_point = direction < 0 ? line_end(0) : rl_end;
    was_recalled = true;
    return 0;
}

static int up(int count, int key) {
    if (count < 0) return down(-count, key);
    int column = wanted_column(), start = line_start(rl_point);
    if (start == 0) return recall(-1);
    was_recalled = false;
    rl_point = place_in_line(line_start(start - 1), column);
    return 0;
}

static int down(int count, int key) {
    if (count < 0) return up(-count, key);
    int column = wanted_column(), end = line_end(rl_point);
    if (end == rl_end) return recall(1);
    was_recalled = false;
    rl_point = place_in_line(end + 1, column);
    return 0;
}

/* --- beginning and end of a line; pressed again, of the text --- */

static int to_line_start(int count, int key) {
    (void)count, (void)key;
    bool again = rl_last_func == to_line_start && rl_point == line_start(rl_point);
    rl_point = again ? 0 : line_start(rl_point);
    return 0;
}

static int to_line_end(int count, int key) {
    (void)count, (void)key;
    bool again = rl_last_func == to_line_end && rl_point == line_end(rl_point);
    rl_point = again ? rl_end : line_end(rl_point);
    return 0;
}

/* Kills to the end of the line, or the line end when the cursor is there. */
static int kill_forward(int count, int key) {
    if (count < 0) return rl_kill_line(count, key);
    int end = line_end(rl_point);
    return rl_kill_text(rl_point, end == rl_point && end < rl_end ? end + 1 : end);
}

static int kill_backward(int count, int key) {
    (void)count, (void)key;
    int start = line_start(rl_point);
    if (start == rl_point && start > 0) start--;
    rl_kill_text(rl_point, start);
    rl_point = start;
    return 0;
}

/* In the indentation of a line that follows another, takes a step of it away at once. */
static int rub_out(int count, int key) {
    int start = line_start(rl_point), width = rl_point - start;
    bool indents = start > 0 && width > 1 && width % 2 == 0 && strspn(rl_line_buffer + start, " ") >= (size_t)width;
    return rl_rubout(indents && count == 1 && !rl_explicit_arg ? 2 : count, key);
}

/* --- the display --- */

static int clear_screen(int count, int key) {
    if (!view_is_multiline()) return rl_clear_screen(count, key);
    view_draw(PROMPT_CLEARED, rl_line_buffer, rl_end, rl_point);
    return 0;
}

static int refresh(int count, int key) {
    if (!view_is_multiline()) return rl_refresh_line(count, key);
    view_draw(PROMPT_RESIZED, rl_line_buffer, rl_end, rl_point);
    return 0;
}

/* --- bindings --- */

static const struct {
    rl_command_func_t *theirs, *ours;
} replacements[] = {
    {rl_newline, enter}, {rl_bracketed_paste_begin, paste}, {rl_complete, complete_text},
    {rl_get_previous_history, up}, {rl_get_next_history, down}, {rl_beg_of_line, to_line_start},
    {rl_end_of_line, to_line_end}, {rl_kill_line, kill_forward}, {rl_unix_line_discard, kill_backward},
    {rl_backward_kill_line, kill_backward}, {rl_rubout, rub_out}, {rl_clear_screen, clear_screen},
    {rl_refresh_line, refresh},
};

static void replace_in(Keymap map, int depth) {
    for (int key = 0; key < KEYMAP_SIZE; key++) {
        if (map[key].type == ISKMAP) {
            if (depth < 8) replace_in((Keymap)map[key].function, depth + 1);
            continue;
        }
        for (size_t i = 0; map[key].type == ISFUNC && i < sizeof replacements / sizeof *replacements; i++)
            if (map[key].function == replacements[i].theirs) map[key].function = replacements[i].ours;
    }
}

void commands_replace(void) {
    replace_in(emacs_standard_keymap, 0);
    replace_in(vi_insertion_keymap, 0);
    replace_in(vi_movement_keymap, 0);
}

void commands_bind(void) {
    /* Alt-Enter, and Shift-Enter of terminals that tell it from Enter */
    static const char *const breaks[] = {"\033\r", "\033\n", "\033[13;2u", "\033[27;2;13~"};
    rl_add_defun("insert-line-end", insert_line_end, -1);
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        rl_bind_keyseq_in_map(breaks[i], insert_line_end, emacs_standard_keymap);
        rl_bind_keyseq_in_map(breaks[i], insert_line_end, vi_insertion_keymap);
    }
    rl_bind_keyseq_in_map("\033[200~", paste, vi_movement_keymap);
}
