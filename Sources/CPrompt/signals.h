/* What the line editor and the signal handlers share. */
#ifndef CPROMPT_SIGNALS_H
#define CPROMPT_SIGNALS_H

#include <stdbool.h>

/* A byte per event that the editor must act on: 'i' interrupt, 'w' window size, 't' stop. */
int  signals_pipe(void);
/* Between begin and end a line is edited: SIGINT, SIGWINCH and SIGTSTP become bytes in the pipe. */
void signals_begin_edit(void);
void signals_end_edit(void);
/* Whether Ctrl-C came since the edit began. */
bool signals_interrupted(void);
/* Stops the process as Ctrl-Z does, and returns when it is continued. */
void signals_stop_here(void);

#endif
