/* The prompt: readline behind its callback interface, and the signals of a terminal session.
 *
 * One process has one terminal, so the state is global; call everything from the main thread. */
#ifndef CPROMPT_H
#define CPROMPT_H

#include <stdbool.h>

typedef enum { PROMPT_LINE, PROMPT_END, PROMPT_INTERRUPTED } prompt_outcome;

/* Reads one line with editing, history and completion. PROMPT_LINE leaves the text in *line, to be freed by the
 * caller; PROMPT_END is Ctrl-D or a closed terminal; PROMPT_INTERRUPTED is Ctrl-C, whatever had been typed is gone.
 * `indent` is put into the line before the cursor. On return the terminal is in the mode in which it was found. */
prompt_outcome prompt_ask(const char *prompt, const char *indent, char **line);

/* Adds an entry, perhaps of several lines, to what the Up key recalls. */
void prompt_remember(const char *entry);

/* Called when Tab is pressed with the whole line and the range of the word before the cursor (bytes); offers
 * candidates for that word through prompt_offer. Never called inside a string, where files are completed. */
typedef void (*prompt_completer)(const char *line, int start, int end);
void prompt_set_completer(prompt_completer completer);
void prompt_offer(const char *candidate);

/* Sees to it that whatever ends the process (SIGTERM, SIGHUP, a crash), the terminal gets back the mode in which it was
 * found, and that a reader of our output that goes away ends us quietly. */
void prompt_watch_signals(void);

/* To be called from the handler of each Ctrl-C that comes while no line is edited, with its number since evaluation
 * began: the third within two seconds ends the process with code 130, for work that does not listen. */
void prompt_count_interrupt(int count);

/* Columns of the terminal that stderr or stdout is connected to, 80 when neither is a terminal. */
int prompt_columns(void);
/* Its lines, 24 when neither is. */
int prompt_lines(void);

/* Asks the terminal whether it shows pixels, and how; waits at most so many milliseconds for its answer. UNKNOWN when it
 * cannot be asked now: no terminal, not in the foreground, or keys are waiting to be read. */
typedef enum {
    PROMPT_GRAPHICS_UNKNOWN, PROMPT_GRAPHICS_NONE, PROMPT_GRAPHICS_KITTY, PROMPT_GRAPHICS_SIXEL
} prompt_graphics;
prompt_graphics prompt_probe_graphics(int timeout);
/* The size of a character in pixels; false when the terminal does not say. */
bool prompt_character_size(int *width, int *height);

#endif
