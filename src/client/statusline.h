/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line on a terminal's standard error that is drawn again in its place. */
#ifndef PIN_STATUSLINE_H
#define PIN_STATUSLINE_H

#include <stdbool.h>
#include <stdint.h>

struct statusline {
	bool shown;		/* standard error is a terminal */
	bool drawn;		/* it is there now */
	uint64_t drawn_ns;	/* when it was last drawn */
};

/* Is there a terminal to draw on? */
void statusline_begin(struct statusline *line);
/* Is it wanted, and was it not drawn only just now? */
bool statusline_is_time(const struct statusline *line);
/* @text: less than a terminal is wide. */
void statusline_draw(struct statusline *line, const char *text);
/* Somebody is going to write on the terminal, or it is the end. */
void statusline_erase(struct statusline *line);

#endif
