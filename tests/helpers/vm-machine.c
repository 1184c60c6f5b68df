/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One kernel's machine, by hand:
 *
 *	vm-machine [KEY=VALUE...] IMAGE DIR [-- ARGUMENT...]
 *
 * A text that is empty is as if it were not given. DIR is made; ARGUMENTs are
 * those of "pinctl run" in the guest. Prints the outcome. Exit status: 0 there is a
 * result.json, 1 there is none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/compiler.h"
#include "common/log.h"
#include "common/parse.h"
#include "vm/machine.h"

static const char usage[] =
	"usage: vm-machine [KEY=VALUE...] IMAGE DIR [-- ARGUMENT...]\n"
	"keys: qemu accel append initrd modules name cpus memory boot silence "
	"total\n";

struct words {
	struct vm_kernel kernel;
	struct vm_machine_options options;
	const char *modules;
	const char *name;
};

static bool set_number(struct words *words, const char *key, const char *value)
{
	struct vm_machine_options *options = &words->options;
	const struct {
		const char *key;
		uint64_t *ns;
		unsigned int *number;
	} rows[] = {
		{ "cpus", NULL, &options->cpus },
		{ "memory", NULL, &options->memory_mib },
		{ "boot", &options->boot_ns, NULL },
		{ "silence", &options->silence_ns, NULL },
		{ "total", &options->total_ns, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t number;

		if (strcmp(rows[i].key, key) != 0)
			continue;
		if (rows[i].ns)
			return parse_duration(value, rows[i].ns) == 0;
		if (parse_u64(value, &number))
			return false;
		*rows[i].number = (unsigned int)number;
		return true;
	}
	return false;
}

static bool set(struct words *words, char *word)
{
	char *equals = strchr(word, '=');
	const struct {
		const char *key;
		const char **text;
	} rows[] = {
		{ "qemu", &words->options.qemu },
		{ "accel", &words->options.accel },
		{ "append", &words->options.append },
		{ "initrd", &words->options.initrd },
		{ "modules", &words->modules },
		{ "name", &words->name },
	};

	*equals = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].key, word) == 0) {
			*rows[i].text = equals[1] ? equals + 1 : NULL;
			return true;
		}
	return set_number(words, word, equals + 1);
}

int main(int argc, char **argv)
{
	struct words words = { .name = "kernel" };
	enum vm_outcome outcome;
	int i = 1;

	log_setup("vm-machine", LOG_SINK_STDERR, true);
	while (i < argc && strchr(argv[i], '=') && set(&words, argv[i]))
		i++;
	if (argc < i + 2 || (argc > i + 2 && strcmp(argv[i + 2], "--") != 0)) {
		fputs(usage, stderr);
		return EXIT_FAILURE;
	}
	words.kernel.image = words.kernel.spec = argv[i];
	words.kernel.name = (char *)words.name;
	words.kernel.modules = (char *)words.modules;
	words.options.run = argc > i + 2 ? argv + i + 3 : argv + argc;
	if (mkdir(argv[i + 1], 0755) && errno != EEXIST) {
		perror(argv[i + 1]);
		return EXIT_FAILURE;
	}
	if (vm_machine_run(&words.kernel, &words.options, argv[i + 1],
			   &outcome))
		return EXIT_FAILURE;
	puts(vm_outcome_name(outcome));
	return EXIT_SUCCESS;
}
