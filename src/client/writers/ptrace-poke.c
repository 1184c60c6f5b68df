/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "ptrace-poke": PTRACE_POKEDATA into a child of the writer
 * that has the same mapping, made by the step and for it alone.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/errname.h"
#include "client/writers/writers.h"

/* What may be traced is decided by Yama, by seccomp, by a container. */
static int probe(struct trial *trial)
{
	pid_t child = fork();
	int err = 0;

	if (child < 0)
		return trial_fail(trial, -errno, "cannot make a child: %s",
				  errname_from(errno));
	while (!child)
		pause();
	if (ptrace(PTRACE_SEIZE, child, NULL, (void *)PTRACE_O_EXITKILL))
		err = errno;
	kill(child, SIGKILL);
	waitpid(child, NULL, __WALL);
	return err ? trial_fail(trial, -EOPNOTSUPP, "a child cannot be traced: "
				"%s", errname_from(err)) : 0;
}

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE, trial->at);
	return trial_start_call(trial, "ptrace-poke %s",
				trial_content_words(trial));
}

const struct scenario_writer ptrace_poke_writer = {
	.part = {
		.name = "ptrace-poke",
		.help = "PTRACE_POKEDATA into a child that has the page mapped",
		.about = "What a debugger does. kernel/ptrace.c, "
			 "generic_ptrace_pokedata() and ptrace_access_vm(), "
			 "ends in mm/memory.c, __access_remote_vm(), as a "
			 "write to /proc/PID/mem does, once for each word; "
			 "here the address space is that of another process. "
			 "BLOCKED for the same reason. The child's end "
			 "writes the file back once more (fs/fuse/file.c, "
			 "fuse_vma_close()).",
		.is = PART_BY_ADDRESS,
		.probe = probe,
	},
	.pin_case = "5/get",
	.no_page = EIO,
	.granule = sizeof(long),
	.write = write_page,
};
