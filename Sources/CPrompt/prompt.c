/* readline by its callback interface.
 *
 * The trick: readline never waits and never handles a signal. We poll the terminal and a pipe that the signal handlers
 * write to, hand readline a character when one is there, and act on signals between characters, outside of handlers.
 * The handler is installed for the time of one entry only, so that while anything is evaluated the terminal is in its
 * ordinary mode and Ctrl-C is a signal. */
#include "editor.h"
#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

prompt_hooks hooks;

void prompt_set_hooks(prompt_hooks given) { hooks = given; }

static bool answered; /* readline handed over a text, or the end */
static char *answer;  /* the text, NULL for the end */
static const char *start_text;

static void take_line(char *line) {
    answered = true;
    answer = line;
    int length = line ? (int)strlen(line) : 0;
    if (view_is_multiline()) view_draw(PROMPT_FINISHED, line ? line : "", length, length);
    rl_callback_handler_remove(); /* here, or readline shows the prompt once more */
}

static int insert_start(void) {
    if (start_text) rl_insert_text(start_text);
    return 0;
}

static void prepare(void) {
    static bool prepared;
    if (prepared) return;
    prepared = true;
    rl_readline_name = "assay"; /* for "$if assay" in an inputrc */
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0; /* LINES and COLUMNS are not ours to set for programs that we start */
    rl_startup_hook = insert_start;
    rl_getc_function = keys_read;
    rl_input_available_hook = keys_available;
    rl_variable_bind("enable-bracketed-paste", "on");
    rl_variable_bind("revert-all-at-newline", "on"); /* history is what was entered, not what was made of it */
    if (!isatty(STDOUT_FILENO)) { /* results go to a file: the prompt goes to the terminal */
        FILE *terminal = fopen("/dev/tty", "w");
        rl_outstream = terminal ? terminal : stderr;
    }
    completion_prepare();
    commands_bind();
    using_history();
    rl_initialize(); /* reads the user's inputrc */
}

static void abandon_line(void) {
    rl_free_line_state(); /* an unfinished search or argument */
    rl_callback_sigcleanup();
    rl_point = rl_end;
    if (view_is_multiline()) {
        view_draw(PROMPT_ABANDONED, rl_line_buffer, rl_end, rl_end);
    } else {
        rl_redisplay(); /* what was typed stays on the screen, ended by ^C */
        fputs("^C\n", rl_outstream);
        fflush(rl_outstream);
    }
    rl_replace_line("", 0);
    keys_forget(); /* while the terminal still gives us every byte */
    rl_callback_handler_remove();
}

static void pause_process(void) {
    if (view_is_multiline()) view_draw(PROMPT_LEFT, rl_line_buffer, rl_end, rl_point);
    rl_deprep_terminal();
    signals_stop_here();
    rl_prep_terminal(1);
    if (view_is_multiline()) view_draw(PROMPT_UPDATED, rl_line_buffer, rl_end, rl_point);
    else rl_forced_update_display();
}

static void follow_window(void) {
    if (!view_is_multiline()) return rl_resize_terminal();
    rl_reset_screen_size();
    view_draw(PROMPT_RESIZED, rl_line_buffer, rl_end, rl_point);
}

/* Acts on the events of the pipe; true when the line was abandoned. */
static bool act_on_signals(void) {
    char event;
    bool resized = false;
    while (read(signals_pipe(), &event, 1) == 1) {
        if (event == 'w') resized = true;
        if (event == 't') pause_process();
        if (event == 'i') {
            abandon_line();
            return true;
        }
    }
    if (resized) follow_window();
    return false;
}

static void drain_pipe(void) {
    char byte;
    while (read(signals_pipe(), &byte, 1) == 1) {}
}

/* Feeds readline until it has a text; true when Ctrl-C came first. */
static bool edit(void) {
    struct pollfd sources[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signals_pipe(), .events = POLLIN}};
    while (!answered) {
        int ready = poll(sources, 2, keys_pushed() ? 0 : -1);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) {
            rl_callback_handler_remove();
            return false;
        }
        if (sources[1].revents && act_on_signals()) return true;
        if (sources[0].revents || keys_pushed()) rl_callback_read_char();
    }
    if (!signals_interrupted()) return false;
    free(answer); /* Ctrl-C came while readline read keys, or right after Enter */
    answer = NULL;
    return true;
}

prompt_outcome prompt_ask(const char *prompt, const char *start, bool submits, char **text) {
    prepare();
    drain_pipe();
    answered = false;
    answer = NULL;
    start_text = start;
    signals_begin_edit();
    rl_eof_found = 0;  /* or the prompt after one that Ctrl-D ended writes an empty line after each entry */
    view_choose();
    rl_reset_screen_size();
    if (view_is_multiline()) hooks.draw(&(prompt_view){.drawing = PROMPT_BEGUN, .prompt = "", .text = ""});
    rl_callback_handler_install(prompt, take_line);
    commands_replace(); /* after readline has bound the terminal's own keys, such as ^U */
    if (submits) keys_push("\r", 1);
    bool interrupted = edit();
    signals_end_edit();
    *text = answer;
    if (interrupted) return PROMPT_INTERRUPTED;
    return !answer ? PROMPT_END : view_is_multiline() ? PROMPT_ENTRY : PROMPT_LINE;
}

void prompt_remember(const char *entry) { add_history(entry); }
