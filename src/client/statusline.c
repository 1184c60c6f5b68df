/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the escape sequences of a line that is drawn again in its place. */
#include "client/statusline.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fdio.h"

enum { TEXT_SIZE = 160 };

#define REDRAW_NS (100 * CLOCK_NS_PER_MS)
#define ERASE "\r\033[K"

static void put(const char *text)
{
	/* A terminal that is gone is no reason to stop. */
	if (fdio_write(STDERR_FILENO, text, strlen(text)))
		return;
}

void statusline_begin(struct statusline *line)
{
	line->shown = isatty(STDERR_FILENO);
}

bool statusline_is_time(const struct statusline *line)
{
	return line->shown && (!line->drawn ||
			       clock_now_ns() - line->drawn_ns >= REDRAW_NS);
}

void statusline_draw(struct statusline *line, const char *text)
{
	char drawn[TEXT_SIZE + sizeof(ERASE)];

	snprintf(drawn, sizeof(drawn), "\r%.*s\033[K", TEXT_SIZE, text);
	put(drawn);
	line->drawn = true;
	line->drawn_ns = clock_now_ns();
}

void statusline_erase(struct statusline *line)
{
	if (line->drawn)
		put(ERASE);
	line->drawn = false;
}
