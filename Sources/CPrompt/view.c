/* What the screen shows. readline's own display knows no lines: where the terminal allows it, ours takes its place. */
#define _GNU_SOURCE /* wcwidth */
#include "editor.h"

#include <locale.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <readline/readline.h>

static bool multiline;

bool view_is_multiline(void) { return multiline; }

static bool is_on(const char *variable) {
    const char *value = rl_variable_value(variable);
    return value && strcmp(value, "on") == 0;
}

/* Whether the terminal knows how to move up, in the way that is everybody's today. */
static bool terminal_moves(void) {
    const char *up = rl_get_termcap("up");
    return up && strncmp(up, "\033[", 2) == 0;
}

static bool terminal_echoes(void) {
    static int echoes = -1; /* as it was found: readline switches it off */
    struct termios mode;
    if (echoes < 0) echoes = tcgetattr(STDIN_FILENO, &mode) != 0 || (mode.c_lflag & ECHO) != 0;
    return echoes;
}

void view_choose(void) {
    multiline = terminal_echoes() && terminal_moves() && !is_on("horizontal-scroll-mode");
    rl_redisplay_function = multiline ? view_update : rl_redisplay;
}

/* Of the terminal that the prompt is written to. */
static struct winsize window(void) {
    struct winsize size;
    if (ioctl(fileno(rl_outstream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) return size;
    return (struct winsize){.ws_col = (unsigned short)prompt_columns(), .ws_row = (unsigned short)prompt_lines()};
}

/* What users of `show-mode-in-prompt` want to see before the prompt. */
static const char *mode_mark(void) {
    if (!is_on("show-mode-in-prompt")) return "";
    bool moves = rl_get_keymap() == vi_movement_keymap;
    const char *name = rl_editing_mode == 1 ? "emacs-mode-string" : moves ? "vi-cmd-mode-string" : "vi-ins-mode-string";
    const char *mark = rl_variable_value(name);
    return mark ? mark : "";
}

void view_draw(prompt_drawing drawing, const char *text, int length, int point) {
    char marked[512];
    bool is_message = rl_display_prompt != rl_prompt;
    const char *prompt = rl_display_prompt ? rl_display_prompt : "";
    if (!is_message) {
        snprintf(marked, sizeof marked, "%s%s", mode_mark(), prompt);
        prompt = marked;
    }
    struct winsize size = window();
    prompt_view view = {
        .drawing = drawing, .prompt = prompt, .is_message = is_message, .text = text, .length = length, .point = point,
        .columns = size.ws_col, .lines = size.ws_row};
    hooks.draw(&view);
}

/* While more keys wait there is no need to show what will have changed in an instant. */
void view_update(void) {
    if (!keys_waiting()) view_draw(PROMPT_UPDATED, rl_line_buffer, rl_end, rl_point);
}

void prompt_write(const char *bytes, size_t count) {
    fwrite(bytes, 1, count, rl_outstream);
    fflush(rl_outstream);
}

void prompt_end_open_line(void) {
    bool is_open = stdout->_IO_write_ptr > stdout->_IO_write_base && stdout->_IO_write_ptr[-1] != '\n';
    if (is_open && isatty(STDOUT_FILENO)) fputc('\n', stdout);
    fflush(NULL);
}

/* By Unicode, whatever the locale. */
int prompt_character_width(unsigned scalar) {
    static locale_t unicode;
    if (!unicode) unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!unicode) return 1;
    locale_t former = uselocale(unicode);
    int width = wcwidth((wchar_t)scalar);
    uselocale(former);
    return width;
}
