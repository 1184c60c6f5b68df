/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that have a virtual machine store into memory. The guest is a dozen
 * instructions of 32-bit code without paging. It has the memory as its own,
 * touches a byte of each page, so that the pages are mapped for it, and halts:
 * "kvm-guest". When it goes on it copies the content into them: "kvm-store".
 *
 * The kernel takes the pages from the process's mapping, and gives them back
 * when that is told to (CASE 3 of pin_user_pages.rst): there is no pin. Where
 * the processor does not run such code itself (a machine that is a guest, and
 * has no help for guests of its own), an interpreter of instructions does: it
 * copies as read(2) does (arch/x86/kvm/emulate.c).
 *
 * The guest ends by itself. Should it not, a timer interrupts KVM_RUN.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "common/cleanup.h"

#ifdef __x86_64__
#include <linux/kvm.h>

enum {
	PAGE = 4096,			/* of x86 */
	CODE_AT = 0x1000,		/* addresses of the guest */
	CONTENT_AT = CODE_AT + PAGE,
	RUN_SECONDS = 30,
};

/* What some processors need for a guest without paging. */
#define IDENTITY_MAP_AT 0xfffbc000U
#define TASK_STATE_AT 0xfffbd000U
#define MEMORY_AT 0x80000000U

/* EBX the first page, EDX their number; ESI, EDI, ECX of the copy. */
static const unsigned char code[] = {
	0xf0, 0x80, 0x0b, 0x00,			/* lock or byte [ebx], 0 */
	0x81, 0xc3, 0x00, 0x10, 0x00, 0x00,	/* add ebx, 4096 */
	0x4a,					/* dec edx */
	0x75, 0xf3,				/* jnz to the first */
	0xf4,					/* hlt */
	0xf3, 0xa4,				/* rep movsb */
	0xf4,					/* hlt */
	0xeb, 0xfb,				/* jmp to rep movsb */
};

/* ---------------------------------------------------------------- running */

static _Thread_local struct kvm_run *running;

/* Also ends a KVM_RUN that has not begun when the signal comes. */
static void stop_running(int number UNUSED)
{
	if (running)
		running->immediate_exit = 1;
}

static int start_timer(timer_t *timer_ret)
{
	struct sigaction action = { .sa_handler = stop_running };
	struct itimerspec when = { .it_value.tv_sec = RUN_SECONDS };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGRTMIN,
		._sigev_un._tid = gettid(),
	};

	sigaction(SIGRTMIN, &action, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, timer_ret))
		return -errno;
	timer_settime(*timer_ret, 0, &when, NULL);
	return 0;
}

/*
 * For STEPS_TIMED(): run until it halts. Memory without a page (beyond the end
 * of a file, say) is EFAULT by the processor, and a device to the interpreter.
 */
static int run_guest(int vcpu, struct kvm_run *run)
{
	int ret;

	do
		ret = ioctl(vcpu, KVM_RUN, 0);
	while (ret < 0 && errno == EINTR && !run->immediate_exit);
	if (run->immediate_exit)
		errno = ETIMEDOUT;
	else if (ret == 0 && run->exit_reason == KVM_EXIT_MMIO)
		errno = EFAULT;
	else if (ret == 0 && run->exit_reason != KVM_EXIT_HLT)
		errno = EIO;
	else
		return ret;
	return -1;
}

/*
 * Up to the next halt. What is shared with the kernel is in the first page of
 * the virtual processor's memory.
 */
static long run_to_halt(struct steps_call *call, int vcpu)
{
	struct kvm_run *run = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED, vcpu, 0);
	timer_t timer;
	long ret;

	if (run == MAP_FAILED)
		return -errno;
	running = run;
	ret = start_timer(&timer);
	if (!ret) {
		ret = STEPS_TIMED(call, run_guest(vcpu, run));
		timer_delete(timer);
	}
	if (ret == -EIO)
		steps_say(call, "exit", "%u", run->exit_reason);
	running = NULL;
	munmap(run, PAGE);
	return ret;
}

/* --------------------------------------------------------------- a machine */

struct guest {
	struct steps_mem mem;	/* what it stores into */
	size_t len;
	char *own;		/* its code, and the content behind */
	size_t own_size;
};

/* Pages of the process as memory of the guest. */
static int give_memory(int machine, uint32_t slot, uint64_t at, void *addr,
		       size_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = at,
		.memory_size = size,
		.userspace_addr = (uintptr_t)addr,
	};

	return ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region) ? -errno :
								      0;
}

static size_t in_page(const struct guest *guest)
{
	return (uintptr_t)guest->mem.addr % PAGE;
}

static size_t pages_of(const struct guest *guest)
{
	return (in_page(guest) + guest->len + PAGE - 1) / PAGE;
}

static int give_all_memory(int machine, const struct guest *guest)
{
	int err = give_memory(machine, 0, CODE_AT, guest->own,
			      guest->own_size);

	return err ? err : give_memory(machine, 1, MEMORY_AT,
				       guest->mem.addr - in_page(guest),
				       pages_of(guest) * PAGE);
}

/* Flat segments of 4 GiB, no paging. */
static int set_mode(int vcpu)
{
	struct kvm_segment all = {
		.limit = UINT32_MAX,
		.selector = 16,
		.type = 3,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
	struct kvm_sregs regs;

	if (ioctl(vcpu, KVM_GET_SREGS, &regs))
		return -errno;
	regs.cr0 |= 1;
	regs.ds = regs.es = regs.fs = regs.gs = regs.ss = all;
	all.selector = 8;
	all.type = 11;
	regs.cs = all;
	return ioctl(vcpu, KVM_SET_SREGS, &regs) ? -errno : 0;
}

static int set_registers(int vcpu, const struct guest *guest)
{
	struct kvm_regs regs = {
		.rip = CODE_AT,
		.rflags = 2,
		.rbx = MEMORY_AT,
		.rdx = pages_of(guest),
		.rsi = CONTENT_AT,
		.rdi = MEMORY_AT + in_page(guest),
		.rcx = guest->len,
	};

	return ioctl(vcpu, KVM_SET_REGS, &regs) ? -errno : 0;
}

/* Return: a virtual processor, which keeps its machine, or -errno. */
static int make_machine(int *machine_ret)
{
	uint64_t identity = IDENTITY_MAP_AT;
	autoclose int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	autoclose int machine = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	int vcpu;

	if (machine < 0 ||
	    ioctl(machine, KVM_SET_IDENTITY_MAP_ADDR, &identity) ||
	    ioctl(machine, KVM_SET_TSS_ADDR, (unsigned long)TASK_STATE_AT))
		return -errno;
	vcpu = ioctl(machine, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		return -errno;
	*machine_ret = steal_fd(&machine);
	return vcpu;
}

/*
 * Until the guest has touched the pages. A machine that cannot be had, or does
 * not run such code, is one that the step cannot run on.
 */
static long start_guest(struct steps_call *call, const struct guest *guest,
			int *vcpu_ret)
{
	autoclose int machine = -1;
	autoclose int vcpu = make_machine(&machine);
	long ret = vcpu < 0 ? vcpu : set_mode(vcpu);

	if (ret) {
		steps_say(call, "refused", "kvm");
		return ret;
	}
	ret = give_all_memory(machine, guest);
	if (!ret)
		ret = set_registers(vcpu, guest);
	if (!ret)
		ret = run_to_halt(call, vcpu);
	if (ret == -EIO || ret == -ETIMEDOUT)
		steps_say(call, "refused", "kvm");
	if (!ret)
		*vcpu_ret = steal_fd(&vcpu);
	return ret;
}

/* Go on to the second halt. Return: bytes stored or -errno. */
static long go_on(struct steps_call *call, int vcpu)
{
	struct kvm_regs before, after;
	long ret = ioctl(vcpu, KVM_GET_REGS, &before) ? -errno : 0;

	if (!ret)
		ret = run_to_halt(call, vcpu);
	if (!ret)
		ret = ioctl(vcpu, KVM_GET_REGS, &after) ? -errno : 0;
	return ret ? ret : (long)(before.rcx - after.rcx);
}

static void load(const struct guest *guest, const struct content_id *id,
		 uint64_t file_off)
{
	memcpy(guest->own, code, sizeof(code));
	content_fill(guest->own + PAGE, guest->len, file_off, id);
}

#else /* another architecture: another code */

enum { PAGE = 4096 };

struct guest {
	struct steps_mem mem;
	size_t len;
	char *own;
	size_t own_size;
};

static void load(UNUSED const struct guest *guest,
		 UNUSED const struct content_id *id,
		 UNUSED uint64_t file_off)
{
}

static long start_guest(struct steps_call *call,
			UNUSED const struct guest *guest,
			UNUSED int *vcpu_ret)
{
	steps_say(call, "refused", "kvm");
	return -EOPNOTSUPP;
}

static long go_on(UNUSED struct steps_call *call, UNUSED int vcpu)
{
	return -EOPNOTSUPP;
}
#endif

/* ---------------------------------------------------------------- the steps */

static int map_own(struct guest *guest)
{
	guest->own_size = (guest->len + PAGE - 1) / PAGE * PAGE + PAGE;
	guest->own = mmap(NULL, guest->own_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return guest->own == MAP_FAILED ? -errno : 0;
}

/* The names of what has come of it: a descriptor, and the guest's memory. */
static long name_guest(struct steps_call *call, const char *name, int vcpu,
		       const struct guest *guest)
{
	uint16_t file = guest->mem.file;
	int err = steps_add_fd(call->steps, name, file, vcpu, false);

	if (err) {
		close(vcpu);
		return err;
	}
	return steps_add_mem(call->steps, name, file, guest->own,
			     guest->own_size, 0);
}

long steps_do_kvm_guest(struct steps_call *call)
{
	const char *name = steps_new_fd(call, "fd");
	uint64_t at = steps_size_or(call, "at", 0);
	struct guest guest = { .len = steps_len(call) };
	struct content_id id;
	uint64_t file_off;
	int vcpu = -1;
	long ret;

	steps_new_mem(call, "fd");
	guest.mem = steps_mem(call, "into", at, guest.len);
	file_off = guest.mem.off;
	id = steps_content(call, guest.mem.file, CONTENT_WRITER_STORE,
			   &file_off);
	if (!steps_begin(call))
		return 0;
	ret = map_own(&guest);
	if (ret)
		return ret;
	load(&guest, &id, file_off);
	ret = start_guest(call, &guest, &vcpu);
	if (!ret)
		ret = name_guest(call, name, vcpu, &guest);
	if (ret)
		munmap(guest.own, guest.own_size);
	return ret;
}

/* A descriptor that is not a guest's is ENOTTY: nothing of it is mapped. */
long steps_do_kvm_store(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");

	if (!steps_begin(call))
		return 0;
	return go_on(call, fd.fd);
}
