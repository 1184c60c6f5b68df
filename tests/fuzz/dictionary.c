/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dictionary TARGET - the words of a target's language, as libFuzzer reads them,
 * out of the tables that the programs themselves read.
 */
#include <stdio.h>
#include <string.h>

#include <pinfs/control.h>
#include <pinfs/event.h>

#include "client/schedule.h"
#include "client/steps.h"
#include "common/compiler.h"
#include "daemon/config-options.h"

/* Words have letters, digits and punctuation only; and none is quoted. */
static void print_word(const char *before, const char *word, size_t len,
		       const char *after)
{
	if (len)
		printf("\"%s%.*s%s\"\n", before, (int)len, word, after);
}

/* The words of a synopsis: "op= [at=arrive|reply] [twice]". */
static void print_synopsis(const char *synopsis)
{
	static const char between[] = " []|";

	while (*synopsis) {
		size_t len = strcspn(synopsis, between);

		print_word(" ", synopsis, len, "");
		synopsis += len;
		synopsis += strspn(synopsis, between);
	}
}

static void print_verbs(void)
{
#define VERB(name, words, help) \
	print_word("", #name, strlen(#name), ""); \
	print_synopsis(words);
	PINFS_CONTROL_VERBS(VERB)
#undef VERB
#define OP(name, opcode) print_word("", #name, strlen(#name), "");
	PINFS_CONTROL_OPS(OP)
#undef OP
}

static void print_control(void)
{
	print_verbs();
	/* control.c's own. */
	print_word("", "arrive", strlen("arrive"), "");
	print_word(" ", "reply", strlen("reply"), "");
}

static void print_schedule(void)
{
	const struct steps_verb *step;
	const struct schedule_keyword *keyword;

	for (size_t i = 0; (step = steps_verb_at(i)); i++) {
		print_word(": ", step->name, strlen(step->name), "");
		print_synopsis(step->args);
	}
	for (size_t i = 0; (keyword = schedule_keyword_at(i)); i++) {
		print_word("", keyword->name, strlen(keyword->name), " ");
		print_synopsis(keyword->args);
	}
	print_verbs();
#define EVENT(name, keys, help) \
	print_word(" event=", #name, strlen(#name), ""); \
	print_synopsis(keys);
	PINFS_EVENTS(EVENT)
#undef EVENT
	print_synopsis("& as => any ok");
}

static void print_options(void)
{
	for (const struct config_option *option = config_options; option->name;
	     option++) {
		const char *equals = option->arg ? "=" : "";
		size_t len = strcspn(option->name, "*");

		print_word("", option->name, len, equals);
		print_word("--", option->name, len, equals);
		if (option->kind == KIND_CHOICE)
			print_synopsis(option->arg);
		if (option->letter)
			printf("\"-%c\"\n", option->letter);
	}
}

/* The keys of events, and what report.c's inputs need besides. */
static void print_report(void)
{
#define EVENT(name, keys, help) \
	print_word("", #name, strlen(#name), ""); \
	print_synopsis(keys);
	PINFS_EVENTS(EVENT)
#undef EVENT
	print_synopsis("event bytes ranges timeline mappers openers unknown");
}

/* kernel.c's own, and words of apt and packages. */
static void print_kernel(void)
{
	print_synopsis("name file list stanza kept lib/modules/ boot/vmlinuz-");
	print_synopsis("deb main bookworm -security signed-by= Types: URIs:");
	print_synopsis("Suites: Components: Signed-By: linux-image- linux-base-");
	print_synopsis("-cloud-amd64 .ko .. / 8eade801 48647253 edabeedb");
}

/* requestlog.c's own. */
static void print_requestlog(void)
{
	print_synopsis("put ino skip flip cut 7 4096");
}

/* The keys of a result.json, and words that mean something there. */
static void print_sweep(void)
{
	print_synopsis("pinfs_sweep kernel name release version outcome reason");
	print_synopsis("status summary scenarios skipped results scenario");
	print_synopsis("verdict known runs note files kernel_log kind text");
	print_synopsis("events running stage time guest complete warned panic");
	print_synopsis("as_known deviates unsure STABLE UNSTABLE SKIP ERROR");
}

static const struct {
	const char *target;
	void (*print)(void);
} dictionaries[] = {
	{ "control", print_control },
	{ "kernel", print_kernel },
	{ "options", print_options },
	{ "report", print_report },
	{ "requestlog", print_requestlog },
	{ "schedule", print_schedule },
	{ "sweep", print_sweep },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(dictionaries); i++)
		if (!strcmp(dictionaries[i].target, argv[1])) {
			dictionaries[i].print();
			return 0;
		}
	fprintf(stderr, "usage: dictionary TARGET\n");
	return 2;
}
