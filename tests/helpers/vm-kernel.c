/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm-kernel find [-m MODULES] SPEC - what a kernel's specification comes to, a line
 * "KEY VALUE" for each thing that is known.
 * vm-kernel available [-u] - the offers, a line each: spec, package, version, suite,
 * bytes. -u: new lists. The cache is $PINFS_VM_CACHE.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "vm/kernel.h"

static void say(const char *key, const char *value)
{
	if (value)
		printf("%s %s\n", key, value);
}

static int find(const char *spec, const struct vm_kernel_options *options)
{
	struct vm_kernel *kernel;
	int error = vm_kernel_find(spec, options, &kernel);

	if (error)
		errx(1, "%s", strerror(-error));
	say("spec", kernel->spec);
	say("name", kernel->name);
	say("release", kernel->release);
	say("package", kernel->package);
	say("version", kernel->version);
	say("image", kernel->image);
	say("modules", kernel->modules);
	vm_kernel_destroy(kernel);
	return 0;
}

static int list(const struct vm_kernel_options *options)
{
	struct vm_kernel_offer *offers;
	ssize_t count = vm_kernel_available(options, &offers);

	if (count < 0)
		errx(1, "%s", strerror((int)-count));
	for (ssize_t i = 0; i < count; i++)
		printf("%s %s %s %s %" PRIu64 "\n", offers[i].spec,
		       offers[i].package, offers[i].version, offers[i].suite,
		       offers[i].bytes);
	vm_kernel_offers_destroy(offers, (size_t)count);
	return 0;
}

int main(int argc, char **argv)
{
	struct vm_kernel_options options = { 0 };
	const char *verb = argc > 1 ? argv[1] : "";
	int option;

	log_setup("vm-kernel", LOG_SINK_STDERR, false);
	optind = 2;
	while ((option = getopt(argc, argv, "m:u")) != -1) {
		if (option == 'm')
			options.modules = optarg;
		else if (option == 'u')
			options.update = true;
		else
			return 2;
	}
	if (strcmp(verb, "find") == 0 && argc == optind + 1)
		return find(argv[optind], &options);
	if (strcmp(verb, "available") == 0 && argc == optind)
		return list(&options);
	errx(2, "usage: vm-kernel find [-m MODULES] SPEC | available [-u]");
}
