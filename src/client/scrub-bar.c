/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress bar of "pinctl scrub", one line on a terminal. It goes by the
 * bytes that SOURCE has for the files, which a walk has summed up before: by
 * size, a sparse file would stand still and then leap.
 */
#include "client/scrub.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/fdio.h"

enum { BAR_WIDTH = 30, ST_BLOCK = 512 };

#define REDRAW_NS (100 * CLOCK_NS_PER_MS)
#define ERASE "\r\033[K"

static void put(const char *text)
{
	/* A terminal that is gone is no reason to stop. */
	if (fdio_write(STDERR_FILENO, text, strlen(text)))
		return;
}

void scrub_bar_begin(struct scrub_bar *bar)
{
	bar->shown = isatty(STDERR_FILENO);
}

void scrub_bar_start(struct scrub_bar *bar)
{
	bar->start_ns = clock_now_ns();
}

void scrub_bar_erase(struct scrub_bar *bar)
{
	if (bar->drawn)
		put(ERASE);
	bar->drawn = false;
	bar->drawn_ns = 0;
}

static bool is_time(struct scrub_bar *bar)
{
	uint64_t now_ns = clock_now_ns();

	if (!bar->shown || (bar->drawn && now_ns - bar->drawn_ns < REDRAW_NS))
		return false;
	bar->drawn = true;
	bar->drawn_ns = now_ns;
	return true;
}

static uint64_t allocated(const struct scrub_file *file)
{
	return (uint64_t)file->attr.st_blocks * ST_BLOCK;
}

void scrub_bar_count(struct scrub *scrub, const struct scrub_file *file)
{
	char text[80];

	scrub->bar.total += allocated(file);
	if (!is_time(&scrub->bar))
		return;
	snprintf(text, sizeof(text), "\r%.1f MB to compare\033[K",
		 (double)scrub->bar.total / 1e6);
	put(text);
}

static void draw(const struct scrub *scrub, uint64_t done)
{
	const struct scrub_bar *bar = &scrub->bar;
	double part = bar->total ? (double)MIN(done, bar->total) /
				   (double)bar->total : 0;
	double seconds = (double)(clock_now_ns() - bar->start_ns) / 1e9;
	double mb = (double)(scrub->sums.blocks * DIGEST_BLOCK) / 1e6;
	char text[160];
	char line[BAR_WIDTH + 1];

	memset(line, '-', BAR_WIDTH);
	memset(line, '#', (size_t)(part * BAR_WIDTH));
	line[BAR_WIDTH] = '\0';
	snprintf(text, sizeof(text), "\r%3d %% [%s] %.1f MB/s, %llu files\033[K",
		 (int)(part * 100), line, seconds > 0 ? mb / seconds : 0,
		 (unsigned long long)scrub->sums.files);
	put(text);
}

void scrub_bar_at(struct scrub *scrub, const struct scrub_file *file,
		  uint64_t block)
{
	uint64_t bytes = (uint64_t)file->attr.st_size;
	double part = bytes && block < bytes / DIGEST_BLOCK ?
		(double)block * DIGEST_BLOCK / (double)bytes : 1;

	if (is_time(&scrub->bar))
		draw(scrub, scrub->bar.done +
			    (uint64_t)(part * (double)allocated(file)));
}

void scrub_bar_file_done(struct scrub *scrub, const struct scrub_file *file)
{
	scrub->bar.done += allocated(file);
	if (is_time(&scrub->bar))
		draw(scrub, scrub->bar.done);
}
