/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * findings-log DIR COUNT EVIDENCE [PATH [all]] - DIR/events.jsonl with so many
 * findings as the daemon writes them, and for the first EVIDENCE of them an
 * evidence file below DIR/evidence. All are about the file PATH, or /t.
 *
 * The images are the worst that there are for who stores them: nothing in them is
 * repeated. Finding N, from 1, is about block N, and N modulo three says what: an
 * "unstable" block that is another from end to end, one of which 16 bytes at
 * 0x100 and 8 at 0xf00 differ, or a "lost" one (0). With "all" every block is
 * another from end to end.
 */
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base64.h"
#include "common/digest.h"
#include "common/json.h"

enum { FIRST_NS = 1000000000 };

struct block {
	unsigned char before[DIGEST_BLOCK];
	unsigned char after[DIGEST_BLOCK];
	json_t *changed;
};

static json_t *must(json_t *value)
{
	if (!value)
		errx(1, "out of memory");
	return value;
}

static void fill(unsigned char *bytes, size_t len, uint64_t seed)
{
	uint64_t word = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

	for (size_t i = 0; i < len; i++) {
		word ^= word << 13;
		word ^= word >> 7;
		word ^= word << 17;
		bytes[i] = (unsigned char)(word >> 32);
	}
}

/* Another byte at each place. */
static void turn(struct block *block, size_t off, size_t len)
{
	for (size_t i = off; i < off + len; i++)
		block->after[i] = (unsigned char)~block->before[i];
}

static void make_block(struct block *block, uint64_t number, bool all)
{
	fill(block->before, DIGEST_BLOCK, number);
	memcpy(block->after, block->before, DIGEST_BLOCK);
	if (all || number % 3 == 1) {
		turn(block, 0, DIGEST_BLOCK);
		block->changed = must(json_pack("[[i, i]]", 0, DIGEST_BLOCK));
	} else {
		turn(block, 0x100, 16);
		turn(block, 0xf00, 8);
		block->changed = must(json_pack("[[i, i], [i, i]]", 0x100, 16,
						0xf00, 8));
	}
}

static json_t *image(const unsigned char *bytes)
{
	char text[BASE64_SIZE(DIGEST_BLOCK)];
	char hex[DIGEST_HEX_SIZE];

	base64_encode(bytes, DIGEST_BLOCK, text);
	digest_hex(digest_block(bytes, DIGEST_BLOCK), hex);
	return must(json_pack("{s:s, s:s}", "digest", hex, "bytes", text));
}

static json_t *digest(const unsigned char *bytes)
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(digest_block(bytes, DIGEST_BLOCK), hex);
	return must(json_string(hex));
}

static json_t *timeline(int64_t t_ns)
{
	static const struct {
		const char *what;
		const char *text;
		int64_t after_ns;
	} moments[] = {
		{ "call_enter", "pread64 of reader", -40000 },
		{ "arrival", "", 0 },
		{ "held", "by gate 1", 2000 },
		{ "released", "", 700000 },
		{ "call_exit", "pread64 of reader", 730000 },
		{ "stored", "", 800000 },
		{ "recheck", "", 900000 },
		{ "reply", "", 905000 },
	};
	json_t *list = must(json_array());

	for (size_t i = 0; i < ARRAY_SIZE(moments); i++)
		json_array_append_new(list, must(json_pack(
			"{s:I, s:s, s:s}", "t_ns", (json_int_t)
			(t_ns + moments[i].after_ns), "what", moments[i].what,
			"text", moments[i].text)));
	return list;
}

static json_t *suspect(uint64_t number, int64_t t_ns)
{
	return must(json_pack(
		"{s:i, s:i, s:s, s:s, s:s, s:s, s:i, s:s, s:I, s:s, s:i, s:I, "
		"s:I, s:I, s:s}", "pid", 4711, "tid", 4712, "comm", "reader",
		"cmdline", "reader --direct <disk> /mnt/t", "kind", "pin",
		"call", "pread64", "fd", 11, "file", "/srv/disk.img",
		"file_offset", (json_int_t)number * DIGEST_BLOCK, "address",
		"0x7f32aa000000", "length", DIGEST_BLOCK, "block",
		(json_int_t)number, "enter_ns", (json_int_t)(t_ns - 40000),
		"exit_ns", (json_int_t)(t_ns + 730000), "by", "trace"));
}

/* What an event and its evidence have in common. */
static json_t *common(const struct block *block, const char *path,
		      uint64_t number, int64_t t_ns)
{
	bool lost = number % 3 == 0;
	json_t *keys = must(json_pack(
		"{s:s, s:i, s:I, s:I, s:i, s:O, s:[o]}", "path", path, "ino",
		13, "block", (json_int_t)number, "offset",
		(json_int_t)number * DIGEST_BLOCK, "length", DIGEST_BLOCK,
		"changed", block->changed, "suspects",
		suspect(number, t_ns)));

	json_object_set_new(keys, "event",
			    must(json_string(lost ? "lost" : "unstable")));
	if (lost)
		return keys;
	json_object_update_new(keys, must(json_pack(
		"{s:s, s:s, s:i, s:s, s:s}", "origin", "writeback", "policy",
		"report", "window_us", 900, "cause", number % 3 == 1 ? "pin" :
		"unknown", "ground", number % 3 == 1 ?
		"a pread64(2) into a mapping of the block overlaps the window" :
		"nothing was seen that could have changed it")));
	return keys;
}

static void write_evidence(const struct block *block, const json_t *keys,
			   const char *file, int64_t t_ns)
{
	bool lost = strcmp(json_string_value(json_object_get(keys, "event")),
			   "lost") == 0;
	json_t *evidence = must(json_deep_copy(keys));

	json_object_set_new(evidence, "pinfs_evidence", json_integer(1));
	json_object_set_new(evidence, lost ? "store" : "arrival",
			    image(block->before));
	json_object_set_new(evidence, lost ? "cache" : "recheck",
			    image(block->after));
	json_object_update_new(evidence, must(json_pack(
		"{s:o, s:[{s:i, s:s, s:s, s:[{s:s, s:i, s:I, s:s}]}], "
		"s:[{s:i, s:s, s:i, s:s}], s:[s], s:{s:[s, s], s:s}, "
		"s:{s:i, s:i}}", "timeline", timeline(t_ns),
		"mappers", "pid", 4711, "comm", "reader", "cmdline",
		"reader --direct", "ranges", "address", "0x7f32aa000000",
		"offset", 0, "length", (json_int_t)1 << 30, "perms", "rw-s",
		"openers", "pid", 4711, "comm", "reader", "fd", 12, "flags",
		"O_RDWR", "unknown", "the stack of thread 4712",
		"page", "flags", "dirty", "uptodate", "raw", "0x18",
		"pins", "acquired", 12, "released", 11)));
	json_object_set_new(json_array_get(json_object_get(evidence,
			    "suspects"), 0), "stack", must(json_pack("[s, s]",
			    "folio_wait_bit_common+0x13d/0x350",
			    "iomap_dio_rw+0xe/0x30")));
	if (json_dump_file(evidence, file, JSON_COMPACT))
		err(1, "%s", file);
	if (chmod(file, 0600))
		err(1, "%s", file);
	json_decref(evidence);
}

static void write_line(FILE *log, uint64_t seq, int64_t t_ns, const char *event,
		       json_t *keys)
{
	char time[64];
	json_t *line;

	snprintf(time, sizeof(time), "2026-11-28T%02u:%02u:%02u.%06uZ",
		 (unsigned int)(seq / 3600 % 24),
		 (unsigned int)(seq / 60 % 60), (unsigned int)(seq % 60),
		 (unsigned int)(seq % 1000000));
	line = must(json_pack("{s:I, s:I, s:s, s:s}", "seq", (json_int_t)seq,
			      "t_ns", (json_int_t)t_ns, "time", time, "event",
			      event));
	json_object_update_new(line, must(keys));
	if (json_dumpf(line, log, JSON_COMPACT) || fputc('\n', log) == EOF)
		err(1, "the log");
	json_decref(line);
}

/* What all findings of a log have in common. */
struct plan {
	const char *dir;
	const char *path;
	uint64_t evidence;
	bool all;
};

static void write_finding(FILE *log, const struct plan *plan, uint64_t number)
{
	int64_t t_ns = FIRST_NS + (int64_t)number * 1000000;
	struct block block;
	json_t *keys;
	char file[4096];
	bool lost = number % 3 == 0;
	bool has_evidence = number <= plan->evidence;

	make_block(&block, number, plan->all);
	keys = common(&block, plan->path, number, t_ns);
	snprintf(file, sizeof(file), "%s/evidence/%s-13-%" PRIu64 "-%" PRId64
		 ".json", plan->dir, lost ? "lost" : "unstable", number, t_ns);
	if (has_evidence)
		write_evidence(&block, keys, file, t_ns);
	json_object_set_new(keys, lost ? "store" : "arrival",
			    digest(block.before));
	json_object_set_new(keys, lost ? "cache" : "recheck",
			    digest(block.after));
	json_object_set_new(keys, "evidence", has_evidence ?
			    must(json_string(file)) : json_null());
	write_line(log, number + 1, t_ns + 950000, lost ? "lost" : "unstable",
		   keys);
	json_decref(block.changed);
}

int main(int argc, char **argv)
{
	char name[4096];
	struct plan plan;
	uint64_t count;
	FILE *log;

	if (argc < 4 || argc > 6)
		errx(2, "usage: findings-log DIR COUNT EVIDENCE [PATH [all]]");
	count = strtoull(argv[2], NULL, 10);
	plan.dir = argv[1];
	plan.evidence = strtoull(argv[3], NULL, 10);
	plan.path = argc > 4 ? argv[4] : "/t";
	plan.all = argc > 5;
	snprintf(name, sizeof(name), "%s/evidence", argv[1]);
	if (mkdir(name, 0700))
		err(1, "%s", name);
	snprintf(name, sizeof(name), "%s/events.jsonl", argv[1]);
	log = fopen(name, "we");
	if (!log)
		err(1, "%s", name);
	write_line(log, 1, FIRST_NS, "mount", json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:i}, s:s}", "version",
		"0.1.0", "source", "/src", "mountpoint", "/mnt/t", "dev",
		"0:60", "kernel", "6.12.0", "options", "cache", "writeback",
		"window_us", 0, "live", "proven"));
	for (uint64_t i = 1; i <= count; i++)
		write_finding(log, &plan, i);
	write_line(log, count + 2, FIRST_NS + (int64_t)(count + 2) * 1000000,
		   "unmount", json_pack("{s:I, s:I, s:I, s:i}", "writes",
		   (json_int_t)count, "live_writes", (json_int_t)count,
		   "unstable_blocks", (json_int_t)count, "lost_requests", 0));
	if (fclose(log))
		err(1, "%s", name);
	return 0;
}
