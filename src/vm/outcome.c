/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/outcome.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	const char *help;
	bool stands;
} outcomes[VM_OUTCOME_COUNT] = {
	[VM_COMPLETE] = {
		"complete", "all results have come back", true },
	[VM_WARNED] = {
		"warned", "all results have come back; the kernel has warned",
		true },
	[VM_OOPSED] = {
		"oopsed", "all results have come back; the kernel has had an oops",
		true },
	[VM_NO_RESULT] = {
		"no-result", "the machine ended before all results had come",
		false },
	[VM_HANG] = {
		"hang", "the machine ran on, and nothing came any more", false },
	[VM_PANIC] = {
		"panic", "the kernel panicked", false },
	[VM_BOOT_FAILURE] = {
		"boot-failure", "the kernel did not come to our first program",
		false },
	[VM_HARNESS] = {
		"harness", "no machine could be made", false },
};

const char *vm_outcome_name(enum vm_outcome outcome)
{
	return outcomes[outcome].name;
}

const char *vm_outcome_help(enum vm_outcome outcome)
{
	return outcomes[outcome].help;
}

bool vm_outcome_find(const char *name, enum vm_outcome *outcome_ret)
{
	for (size_t i = 0; i < VM_OUTCOME_COUNT; i++)
		if (strcmp(outcomes[i].name, name) == 0) {
			*outcome_ret = (enum vm_outcome)i;
			return true;
		}
	return false;
}

bool vm_outcome_stands(enum vm_outcome outcome)
{
	return outcomes[outcome].stands;
}
