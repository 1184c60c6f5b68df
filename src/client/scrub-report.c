/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What "pinctl scrub" tells: lines for people, or one JSON object, which is
 * written as it comes, so that a disk full of mismatches needs no memory.
 */
#include "client/scrub.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/digest.h"
#include "common/json.h"
#include "common/log.h"

static const struct sum {
	const char *name;
	size_t at;
} sums[] = {
#define SUM(name, help) { #name, offsetof(struct scrub_sums, name) },
	SCRUB_SUMS(SUM)
#undef SUM
};

/* Nothing that a terminal would obey. */
static void print_path(const char *path)
{
	for (; *path; path++)
		putchar((unsigned char)*path < ' ' || *path == 0x7f ? '?' :
			*path);
}

void scrub_report_begin(struct scrub *scrub)
{
	if (scrub->options.json)
		fputs("{\"mismatches\":[", stdout);
}

static void print_mismatch_json(struct scrub *scrub, const char *path,
				uint64_t block, const char *stored,
				const char *found)
{
	json_t *object = json_pack(
		"{s:o, s:I, s:I, s:s, s:s}", "path", json_text(path),
		"block", (json_int_t)block,
		"offset", (json_int_t)(block * DIGEST_BLOCK),
		"stored", stored, "found", found);

	if (scrub->told)
		putchar(',');
	scrub->told = true;
	putchar('\n');
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
}

void scrub_report_mismatch(struct scrub *scrub, const char *path,
			   uint64_t block, uint64_t stored, uint64_t found)
{
	char stored_hex[DIGEST_HEX_SIZE];
	char found_hex[DIGEST_HEX_SIZE];

	scrub->sums.bad++;
	scrub_bar_erase(&scrub->bar);
	digest_hex(stored, stored_hex);
	digest_hex(found, found_hex);
	if (scrub->options.json) {
		print_mismatch_json(scrub, path, block, stored_hex, found_hex);
		return;
	}
	print_path(path);
	printf(" block %" PRIu64 " (offset %" PRIu64 "): stored %s found %s\n",
	       block, block * DIGEST_BLOCK, stored_hex, found_hex);
}

void scrub_report_given_up(struct scrub *scrub, const char *path, bool damaged)
{
	if (damaged)
		scrub->sums.damaged_files++;
	else
		scrub->sums.changed_files++;
	if (scrub->options.json || scrub->options.quiet)
		return;
	scrub_bar_erase(&scrub->bar);
	print_path(path);
	printf(": %s; its blocks were unverified\n", damaged ?
	       "its checksums are damaged" :
	       "was changed while pinfs was not there");
}

void scrub_report_error(struct scrub *scrub, const char *path, int err)
{
	scrub->sums.errors++;
	scrub_bar_erase(&scrub->bar);
	log_err("cannot scrub '%s': %s", path, strerror(-err));
}

static void print_sums_json(const struct scrub *scrub)
{
	printf("%s]", scrub->told ? "\n" : "");
	for (size_t i = 0; i < ARRAY_SIZE(sums); i++)
		printf(",\"%s\":%" PRIu64, sums[i].name,
		       *(const uint64_t *)((const char *)&scrub->sums +
					   sums[i].at));
	fputs("}\n", stdout);
}

void scrub_report_end(struct scrub *scrub)
{
	const struct scrub_sums *found = &scrub->sums;

	scrub_bar_erase(&scrub->bar);
	if (scrub->options.json) {
		print_sums_json(scrub);
		return;
	}
	if (scrub->options.quiet)
		return;
	printf("%" PRIu64 " files, %" PRIu64 " blocks: %" PRIu64 " verified, %"
	       PRIu64 " adopted, %" PRIu64 " unverified, %" PRIu64
	       " untrusted, %" PRIu64 " bad\n", found->files, found->blocks,
	       found->verified, found->adopted, found->unverified,
	       found->untrusted, found->bad);
}
