/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the table of options that commands which boot kernels have in common. A
 * mistake is found here, and not on the last of many kernels: what is handed on
 * to "pinctl run" is checked as far as that does it.
 */
#include "client/sweepoptions.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/selection.h"
#include "client/shape.h"
#include "common/log.h"
#include "common/parse.h"

enum {
	LEAST_MIB = 128,
	MOST_CPUS = 255,
	KEEP = 3,
	REPEAT_MAX = 1000000,	/* as pinctl run has it */
	ROWS_MAX = 64,
};

/* The short options of all commands that use this. */
static const char letters[] = ":s:j:vq";

enum {
	KERNEL = SWEEPOPTIONS_FIRST, BUILD_TREE, MODULES,
	REPEAT, UNTIL_FAILURE, SHAPE, MATRIX, MUTATE, DANGEROUS, PINS_ONLY,
	MOUNT_OPTIONS, STRICT, TIMEOUT,
	OUT, KEEP_RUNS, MEMORY, PROCESSORS, ACCEL, APPEND, INITRD, QEMU,
	BOOT_TIMEOUT, SILENCE, TOTAL_TIMEOUT, CACHE, REFRESH,
};

#define ROW(name, val, value, help) \
	{ { name, (value) ? required_argument : no_argument, NULL, val }, \
	  value, help }

static const struct sweepoptions_row common[] = {
	ROW("kernel", KERNEL, "SPEC", "a kernel: as the arguments are"),
	ROW("build-tree", BUILD_TREE, "DIR",
	    "a kernel: of this directory in which one was built"),
	ROW("modules", MODULES, "DIR",
	    "modules of kernels that are named by their image alone"),
	ROW("scenario", 's', "SCENARIO",
	    "what to run, a name, pattern or set, may be repeated; default: "
	    "@default"),
	ROW("repeat", REPEAT, "N", "handed on to pinctl run, as all up to "
	    "--timeout: each scenario N times"),
	ROW("until-failure", UNTIL_FAILURE, NULL,
	    "stop at the first run that is not as known"),
	ROW("shape", SHAPE, "SHAPE", "other bytes of other pages"),
	ROW("matrix", MATRIX, NULL, "each scenario in every shape"),
	ROW("mutate", MUTATE, "HOW", "put verdicts to the test"),
	ROW("dangerous", DANGEROUS, NULL,
	    "also scenarios that make the kernel warn"),
	ROW("pins-only", PINS_ONLY, NULL,
	    "on a mount on which write(2) waits"),
	ROW("option", MOUNT_OPTIONS, "OPTS",
	    "options of the mount; default hold_max=90s"),
	ROW("strict", STRICT, NULL, "bad verdicts fail, known or not"),
	ROW("timeout", TIMEOUT, "DURATION",
	    "longest wait for one step; default 60s"),
	ROW("out", OUT, "DIR", "where results go; default: pinfs-sweep"),
	ROW("keep-runs", KEEP_RUNS, "N",
	    "how many earlier runs of each kernel stay in OUT/previous; "
	    "default 3"),
	ROW("memory", MEMORY, "MIB", "of a machine; default 1024"),
	ROW("cpus", PROCESSORS, "N", "of a machine; default 2"),
	ROW("accel", ACCEL, "NAME",
	    "kvm or tcg; default: kvm where that works, else tcg"),
	ROW("append", APPEND, "TEXT", "more for the kernel's command line"),
	ROW("initrd", INITRD, "FILE",
	    "a first file system instead of the one that is made"),
	ROW("qemu", QEMU, "PROGRAM", "default: qemu-system-x86_64"),
	ROW("boot-timeout", BOOT_TIMEOUT, "DURATION",
	    "longest time until the guest is heard of; default 3m"),
	ROW("silence", SILENCE, "DURATION",
	    "longest time without anything from it; default 5m"),
	ROW("total-timeout", TOTAL_TIMEOUT, "DURATION",
	    "longest time for a kernel; default 1h"),
	ROW("cache", CACHE, "DIR", "where kernels and images are kept"),
	ROW("refresh", REFRESH, NULL,
	    "ask mirrors again that were asked less than a day ago"),
	ROW("verbose", 'v', NULL, "each stage of each kernel on stderr"),
	ROW("quiet", 'q', NULL, "nothing about how far it is"),
};

/* ----------------------------------------------------------------------- lists */

int sweepoptions_add(struct sweepoptions_list *list, const char *word)
{
	char **words = realloc(list->words,
			       (list->count + 2) * sizeof(*words));

	if (!words)
		return -ENOMEM;
	list->words = words;
	words[list->count] = strdup(word);
	if (!words[list->count])
		return -ENOMEM;
	words[++list->count] = NULL;
	return 0;
}

static void empty(struct sweepoptions_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->words[i]);
	free(list->words);
}

void sweepoptions_init(struct sweepoptions *options)
{
	*options = (struct sweepoptions){
		.sweep = {
			.out = "pinfs-sweep",
			.keep = KEEP,
			.machine = {
				.cpus = VM_MACHINE_CPUS,
				.memory_mib = VM_MACHINE_MEMORY_MIB,
			},
		},
	};
}

void sweepoptions_deinit(struct sweepoptions *options)
{
	empty(&options->kernels);
	empty(&options->scenarios);
	empty(&options->run);
}

/* ---------------------------------------------------------------------- values */

static const char *number(const char *text, uint64_t least, uint64_t most,
			  unsigned int *value_ret)
{
	uint64_t value;

	if (parse_u64(text, &value) || value < least || value > most)
		return "is no such number";
	*value_ret = (unsigned int)value;
	return NULL;
}

/* MiB, as QEMU has it, or with a unit. */
static const char *memory(const char *text, unsigned int *mib_ret)
{
	uint64_t value;

	if (parse_size(text, &value))
		return "is not an amount of memory";
	if (*text && !isdigit((unsigned char)text[strlen(text) - 1]))
		value >>= 20;
	if (value < LEAST_MIB || value > UINT32_MAX)
		return "is not an amount of memory for a machine";
	*mib_ret = (unsigned int)value;
	return NULL;
}

static const char *duration(const char *text, uint64_t *ns_ret)
{
	uint64_t ns;

	if (parse_duration(text, &ns) || !ns)
		return "is not a duration";
	*ns_ret = ns;
	return NULL;
}

static const char *accel(const char *text, const char **name_ret)
{
	if (strcmp(text, "kvm") != 0 && strcmp(text, "tcg") != 0)
		return "is not kvm or tcg";
	*name_ret = text;
	return NULL;
}

/* Would "pinctl run" take it? */
static const char *check_handed_on(int val, const char *arg)
{
	struct shape shape = *shape_at(0);
	unsigned int n;
	uint64_t ns;

	switch (val) {
	case REPEAT:
		return number(arg, 1, REPEAT_MAX, &n);
	case SHAPE:
		return *arg && shape_find(arg) ? NULL :
						 shape_parse(arg, &shape);
	case MUTATE:
		return strcmp(arg, "elsewhere") == 0 ||
		       strcmp(arg, "plant") == 0 ? NULL :
						   "is not elsewhere or plant";
	case TIMEOUT:
		return duration(arg, &ns);
	default:
		return NULL;
	}
}

static const char *hand_on(struct sweepoptions *options,
			   const struct sweepoptions_row *row, const char *arg)
{
	const char *why = check_handed_on(row->option.val, arg);
	char *word;
	int err;

	if (why)
		return why;
	if (asprintf(&word, "--%s%s%s", row->option.name, arg ? "=" : "",
		     arg ? arg : "") < 0)
		return strerror(ENOMEM);
	err = sweepoptions_add(&options->run, word);
	free(word);
	return err ? strerror(-err) : NULL;
}

static const char *add(struct sweepoptions_list *list, const char *arg)
{
	if (!*arg)
		return "names nothing";
	return sweepoptions_add(list, arg) ? strerror(ENOMEM) : NULL;
}

static const char *out(struct sweepoptions *options, const char *arg)
{
	options->sweep.out = arg;
	options->out_given = true;
	return *arg ? NULL : "names no directory";
}

/* Of the machine and where things are. */
static const char *apply_machine(struct sweepoptions *options, int val,
				 const char *arg)
{
	struct vm_machine_options *machine = &options->sweep.machine;

	switch (val) {
	case MEMORY:
		return memory(arg, &machine->memory_mib);
	case PROCESSORS:
		return number(arg, 1, MOST_CPUS, &machine->cpus);
	case ACCEL:
		return accel(arg, &machine->accel);
	case APPEND:
		machine->append = arg;
		return NULL;
	case INITRD:
		machine->initrd = arg;
		return NULL;
	case QEMU:
		machine->qemu = arg;
		return NULL;
	case BOOT_TIMEOUT:
		return duration(arg, &machine->boot_ns);
	case SILENCE:
		return duration(arg, &machine->silence_ns);
	case TOTAL_TIMEOUT:
		return duration(arg, &machine->total_ns);
	case REFRESH:
		options->sweep.find.update = true;
		return NULL;
	default:
		options->sweep.find.cache = arg;
		return NULL;
	}
}

/* Return: NULL, or what is wrong with @arg. */
static const char *apply_common(struct sweepoptions *options,
				const struct sweepoptions_row *row,
				const char *arg)
{
	struct sweep_options *sweep = &options->sweep;

	switch (row->option.val) {
	case KERNEL:
	case BUILD_TREE:
		return add(&options->kernels, arg);
	case MODULES:
		sweep->find.modules = arg;
		return NULL;
	case 's':
		return add(&options->scenarios, arg);
	case DANGEROUS:
		options->dangerous = true;
		return hand_on(options, row, arg);
	case OUT:
		return out(options, arg);
	case KEEP_RUNS:
		return number(arg, 0, 1000, &sweep->keep);
	case 'v':
		sweep->verbose = true;
		return NULL;
	case 'q':
		sweep->quiet = true;
		return NULL;
	default:
		return row->option.val < OUT ?
			hand_on(options, row, arg) :
			apply_machine(options, row->option.val, arg);
	}
}

/* ------------------------------------------------------------ the command line */

static const struct sweepoptions_row *find_row(int val)
{
	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (common[i].option.val == val)
			return &common[i];
	return NULL;
}

static int take_common(struct sweepoptions *options, const struct cmd *cmd,
		       int val, const char *arg)
{
	const struct sweepoptions_row *row = find_row(val);
	const char *why = apply_common(options, row, arg);

	if (!why)
		return CMD_OK;
	return cmd_usage(cmd, "--%s=%s: %s", row->option.name, arg ? arg : "",
			 why);
}

int sweepoptions_parse(struct sweepoptions *options, const struct cmd *cmd,
		       int argc, char **argv,
		       const struct sweepoptions_row *rows, size_t count,
		       int (*apply)(void *context, int val, const char *arg),
		       void *context)
{
	struct option longs[ROWS_MAX] = { 0 };
	int c, status = CMD_OK;

	assert(count + ARRAY_SIZE(common) < ROWS_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		longs[i] = common[i].option;
	for (size_t i = 0; i < count; i++)
		longs[ARRAY_SIZE(common) + i] = rows[i].option;
	optind = 0;
	opterr = 0;
	while (!status &&
	       (c = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
		if (c == ':' || c == '?')
			return cmd_bad_option(cmd, c, argv[optind - 1]);
		status = find_row(c) ? take_common(options, cmd, c, optarg) :
				       apply(context, c, optarg);
	}
	return status;
}

static void print_rows(const struct sweepoptions_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct option *option = &rows[i].option;
		char text[48], letter[8] = "   ";

		if (option->val < SWEEPOPTIONS_FIRST)
			snprintf(letter, sizeof(letter), "-%c,", option->val);
		snprintf(text, sizeof(text), "--%s%s%s", option->name,
			 rows[i].value ? "=" : "",
			 rows[i].value ? rows[i].value : "");
		printf("  %s %-24s %s\n", letter, text, rows[i].help);
	}
}

void sweepoptions_print(const struct sweepoptions_row *rows, size_t count)
{
	printf("\n");
	print_rows(rows, count);
	print_rows(common, ARRAY_SIZE(common));
}

static int check_scenarios(const struct sweepoptions *options)
{
	char *const *words = options->scenarios.words;
	size_t count = options->scenarios.count;
	int status = selection_check(words, count);
	const char *word;

	if (status || options->dangerous)
		return status;
	word = selection_only_dangerous(words, count);
	if (!word)
		return CMD_OK;
	log_err("'%s' makes the kernel print a WARNING, on which some kernels "
		"panic: it is run with --dangerous only", word);
	return CMD_USAGE;
}

/*
 * What comes first is overridden by what comes later. An emulated machine on a
 * busy host takes ten times as long for a step, and a scenario that ran out of time
 * has said nothing about a kernel; holds must outlive the steps (client/site.c).
 */
static int add_patience(struct sweepoptions *options)
{
	static const char *const words[] = {
		"--timeout=60s", "--option=hold_max=90s",
	};
	struct sweepoptions_list given = options->run;
	int err = 0;

	options->run = (struct sweepoptions_list){ 0 };
	for (size_t i = 0; !err && i < ARRAY_SIZE(words); i++)
		err = sweepoptions_add(&options->run, words[i]);
	for (size_t i = 0; !err && i < given.count; i++)
		err = sweepoptions_add(&options->run, given.words[i]);
	empty(&given);
	return err;
}

int sweepoptions_complete(struct sweepoptions *options)
{
	int status = check_scenarios(options);
	int err;

	if (status)
		return status;
	err = add_patience(options);
	if (!err && !options->scenarios.count)
		err = sweepoptions_add(&options->scenarios, "@default");
	for (size_t i = 0; !err && i < options->scenarios.count; i++)
		err = sweepoptions_add(&options->run,
				       options->scenarios.words[i]);
	if (err) {
		log_err("%s", strerror(-err));
		return CMD_UNSURE;
	}
	options->sweep.machine.run = options->run.words;
	options->sweep.specs = options->kernels.words;
	options->sweep.count = options->kernels.count;
	return CMD_OK;
}
