/* What the parts of the prompt need of each other. */
#ifndef EDITOR_H
#define EDITOR_H

#include "CPrompt.h"

#include <stdio.h>

extern prompt_hooks hooks;

/* --- keys.c: where keys come from --- */
int keys_read(FILE *stream);
int keys_available(void);
/* Whether a key can be read at once. */
bool keys_waiting(void);
/* Keys to be read before those of the terminal. */
void keys_push(const char *bytes, size_t count);
/* Whether keys were read ahead and must be taken before the terminal is asked. */
bool keys_pushed(void);
/* Whether the terminal was closed. */
bool keys_ended(void);
/* Reads to the end of a bracketed paste; false when Ctrl-C came first. The bytes are freed by the caller. */
bool keys_read_paste(char **bytes, size_t *count);
/* Forgets keys read ahead, and what still comes of a paste that Ctrl-C cut. */
void keys_forget(void);

/* --- commands.c: what keys do --- */
/* Binds what readline does not bind, before it reads the user's inputrc, which may bind otherwise. */
void commands_bind(void);
/* Puts our commands where readline's are bound that know nothing of lines, or of our display. */
void commands_replace(void);

/* --- view.c: the display --- */
/* Whether the terminal can show several lines and the user wants it to. */
bool view_is_multiline(void);
void view_choose(void);
void view_draw(prompt_drawing drawing, const char *text, int length, int point);
/* readline's redisplay. */
void view_update(void);

/* --- completion.c --- */
void completion_prepare(void);
int complete_text(int count, int key);

#endif
