/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress bar of "pinctl scrub", one line on a terminal. It goes by the
 * bytes that SOURCE has for the files, which a walk has summed up before: by
 * size, a sparse file would stand still and then leap.
 */
#include "client/scrub.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/digest.h"

enum { BAR_WIDTH = 30, ST_BLOCK = 512 };

void scrub_bar_begin(struct scrub_bar *bar)
{
	statusline_begin(&bar->line);
}

void scrub_bar_start(struct scrub_bar *bar)
{
	bar->start_ns = clock_now_ns();
}

void scrub_bar_erase(struct scrub_bar *bar)
{
	statusline_erase(&bar->line);
}

static uint64_t allocated(const struct scrub_file *file)
{
	return (uint64_t)file->attr.st_blocks * ST_BLOCK;
}

void scrub_bar_count(struct scrub *scrub, const struct scrub_file *file)
{
	char text[80];

	scrub->bar.total += allocated(file);
	if (!statusline_is_time(&scrub->bar.line))
		return;
	snprintf(text, sizeof(text), "%.1f MB to compare",
		 (double)scrub->bar.total / 1e6);
	statusline_draw(&scrub->bar.line, text);
}

static void draw(struct scrub *scrub, uint64_t done)
{
	struct scrub_bar *bar = &scrub->bar;
	double part = bar->total ? (double)MIN(done, bar->total) /
				   (double)bar->total : 0;
	double seconds = (double)(clock_now_ns() - bar->start_ns) / 1e9;
	double mb = (double)(scrub->sums.blocks * DIGEST_BLOCK) / 1e6;
	char text[160];
	char line[BAR_WIDTH + 1];

	memset(line, '-', BAR_WIDTH);
	memset(line, '#', (size_t)(part * BAR_WIDTH));
	line[BAR_WIDTH] = '\0';
	snprintf(text, sizeof(text), "%3d %% [%s] %.1f MB/s, %llu files",
		 (int)(part * 100), line, seconds > 0 ? mb / seconds : 0,
		 (unsigned long long)scrub->sums.files);
	statusline_draw(&bar->line, text);
}

void scrub_bar_at(struct scrub *scrub, const struct scrub_file *file,
		  uint64_t block)
{
	uint64_t bytes = (uint64_t)file->attr.st_size;
	double part = bytes && block < bytes / DIGEST_BLOCK ?
		(double)block * DIGEST_BLOCK / (double)bytes : 1;

	if (statusline_is_time(&scrub->bar.line))
		draw(scrub, scrub->bar.done +
			    (uint64_t)(part * (double)allocated(file)));
}

void scrub_bar_file_done(struct scrub *scrub, const struct scrub_file *file)
{
	scrub->bar.done += allocated(file);
	if (statusline_is_time(&scrub->bar.line))
		draw(scrub, scrub->bar.done);
}
