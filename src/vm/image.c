/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what a guest consists of. The archive is not compressed: an emulated
 * processor takes longer to unpack it (1.8 s for 75 MB with gzip, 1 s with zstd)
 * than this machine takes to make it anew for each kernel (half a second), so
 * none is kept, either.
 */
#include "vm/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "vm/image-program.h"
#include "vm/image-tree.h"
#include "vm/module.h"

/* An archive that is not compressed begins at such a multiple of the whole
 * (init/initramfs.c:unpack_to_rootfs() (6.12)), after zeros. */
enum { ARCHIVE_ALIGN = 4, STEP_BYTES = 1 << 20 };

/*
 * The modules of a guest, as far as the kernel has them. Names that one version
 * has and another has not are no error: aes_generic is aes since 7.0, and much is
 * built in. The large ones wait until somebody asks for them, by mounting a
 * filesystem or opening a socket, as on any system: loading xfs takes an emulated
 * processor three seconds.
 */
static const struct {
	const char *name;
	bool later;
} wanted[] = {
	/* The way out comes first. */
	{ "virtio_pci", false }, { "virtio_console", false },
	/* A panic shows outside at once. */
	{ "pvpanic", false }, { "pvpanic_pci", false },
	{ "fuse", false }, { "loop", false },
	/*
	 * Not KVM's: under TCG one run of a dozen ended where a scenario began
	 * a guest of its own: QEMU reported a panic, and the kernel had said
	 * nothing (QEMU 7.2.22, Linux 6.16.12).
	 */
	{ "ext4", true }, { "xfs", true }, { "btrfs", true },
	{ "overlay", true }, { "ublk_drv", true },
	{ "algif_skcipher", true }, { "ctr", true },
	{ "aes_generic", true }, { "aes", true },
	/* By the name of its algorithm filesystems ask for a checksum: btrfs
	 * says ENOENT without; crc32c_generic is the other since 6.16. */
	{ "crc32c_generic", true }, { "crc32c_cryptoapi", true },
	{ "xxhash_generic", true },
	{ "sha256_generic", true }, { "blake2b_generic", true },
};

/* Where the guest mounts something, or keeps it. */
static const char *const directories[] = {
	"/dev", "/etc", "/lib/modules", "/proc", "/root", "/run", "/sys",
	"/tmp", "/var/lock",
};

static int add_places(struct vm_image_tree *tree)
{
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(directories); i++)
		if (!vm_image_tree_has(tree, directories[i]))
			err = vm_image_tree_add(tree, directories[i],
						S_IFDIR | 0755, NULL, 0);
	/* For the first message of the guest's init, before devtmpfs. */
	if (!err)
		err = vm_image_tree_add_device(tree, "/dev/console",
					       S_IFCHR | 0600, makedev(5, 1));
	if (!err)
		err = vm_image_tree_add_device(tree, "/dev/null",
					       S_IFCHR | 0666, makedev(1, 3));
	return err;
}

static int add_module(struct vm_image_tree *tree,
		      const struct vm_module *module)
{
	autofree char *path = NULL;
	char *bytes;

	if (module->state != VM_MODULE_THERE)
		return 0;
	bytes = malloc(module->len);
	if (!bytes || asprintf(&path, "/lib/modules/%s.ko", module->name) < 0) {
		path = NULL;
		free(bytes);
		return -ENOMEM;
	}
	memcpy(bytes, module->bytes, module->len);
	return vm_image_tree_add(tree, path, S_IFREG | 0644, bytes,
				 module->len);
}

static void list_module(FILE *out, const struct vm_module *module)
{
	static const char *const words[] = {
		[VM_MODULE_THERE] = "load",
		[VM_MODULE_BUILT_IN] = "built-in",
		[VM_MODULE_ABSENT] = "absent",
	};
	bool later = module->state == VM_MODULE_THERE;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (strcmp(wanted[i].name, module->name) == 0)
			later &= wanted[i].later;
	fprintf(out, "%s %s%s%s\n", later ? "later" : words[module->state],
		module->name, module->needs ? " " : "",
		module->needs ? module->needs : "");
	for (char **alias = module->aliases; alias && *alias; alias++)
		fprintf(out, "alias %s %s\n", *alias, module->name);
}

/*
 * For the guest's init: "load NAME NEEDS..." at once, with what it needs before
 * it; "later NAME NEEDS..." and "alias ALIAS NAME" for who asks; "built-in NAME",
 * "absent NAME".
 */
static int add_module_list(struct vm_image_tree *tree,
			   const struct vm_modules *modules)
{
	const struct vm_module *module;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; (module = vm_module_at(modules, i)) != NULL; i++)
		list_module(out, module);
	if (fclose(out) == 0)
		return vm_image_tree_add(tree, "/lib/modules/list",
					 S_IFREG | 0644, text, len);
	free(text);
	return -ENOMEM;
}

static bool has_any(const struct vm_modules *modules)
{
	const struct vm_module *module;

	for (size_t i = 0; (module = vm_module_at(modules, i)) != NULL; i++)
		if (module->state != VM_MODULE_ABSENT)
			return true;
	return false;
}

/* The guest would only say that it has no /dev/fuse. */
static void check_modules(const struct vm_kernel *kernel,
			  const struct vm_modules *modules)
{
	const char *release = vm_module_release(modules);

	if (kernel->modules && !has_any(modules))
		log_warn("in '%s' there are neither modules nor a list of those that are built in",
			 kernel->modules);
	if (release && kernel->release && strcmp(release, kernel->release) != 0)
		log_warn("the modules in '%s' are of %s, which a kernel %s may not load: --modules names its own",
			 kernel->modules, release, kernel->release);
}

static int add_modules(struct vm_image_tree *tree,
		       const struct vm_kernel *kernel)
{
	struct vm_modules *modules = NULL;
	int err = vm_module_index(kernel->modules, &modules);

	for (size_t i = 0; !err && i < ARRAY_SIZE(wanted); i++)
		err = vm_module_want(modules, wanted[i].name);
	if (!err)
		check_modules(kernel, modules);
	for (size_t i = 0; !err && vm_module_at(modules, i); i++)
		err = add_module(tree, vm_module_at(modules, i));
	if (!err)
		err = add_module_list(tree, modules);
	vm_module_destroy(modules);
	return err;
}

/* Return: a descriptor, or -errno (message logged). */
static int create(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	fd = -errno;
	log_err("cannot make '%s': %s", path, strerror(-fd));
	return fd;
}

static int tell(const char *path, int err)
{
	if (err == -EOPNOTSUPP)
		log_err("pinctl was built without libarchive, which makes "
			"a guest's files");
	else if (err)
		log_err("cannot write '%s': %s", path, strerror(-err));
	return err;
}

int vm_image_build(const struct vm_kernel *kernel, const char *path)
{
	struct vm_image_tree tree = { 0 };
	autoclose int fd = create(path);
	int err = fd < 0 ? fd : add_places(&tree);

	if (!err)
		err = vm_image_program_add_all(&tree);
	if (!err)
		err = add_modules(&tree, kernel);
	if (!err)
		err = tell(path, vm_image_tree_write(&tree, fd));
	vm_image_tree_deinit(&tree);
	if (err && fd >= 0)
		unlink(path);
	return err;
}

static int copy(int from, int to)
{
	autofree char *bytes = malloc(STEP_BYTES);
	ssize_t n;
	int err = 0;

	if (!bytes)
		return -ENOMEM;
	while (!err && (n = fdio_read(from, bytes, STEP_BYTES)) != 0)
		err = n < 0 ? (int)n : fdio_write(to, bytes, (size_t)n);
	return err;
}

static int append_job(const struct vm_job *job, int fd)
{
	static const char zeros[ARCHIVE_ALIGN];
	struct vm_image_tree tree = { 0 };
	autofree char *text = vm_job_text(job);
	off_t end = lseek(fd, 0, SEEK_END);
	int err;

	if (!text || end < 0)
		return text ? -errno : -ENOMEM;
	err = fdio_write(fd, zeros, (size_t)(-end & (ARCHIVE_ALIGN - 1)));
	if (!err)
		err = vm_image_tree_add_text(&tree, VM_JOB_FILE, S_IFREG | 0600,
					     text);
	if (!err)
		err = vm_image_tree_write(&tree, fd);
	vm_image_tree_deinit(&tree);
	return err;
}

int vm_image_add_job(const char *image, const struct vm_job *job,
		     const char *path)
{
	autoclose int from = open(image, O_RDONLY | O_CLOEXEC);
	autoclose int fd = -1;
	int err = from < 0 ? -errno : 0;

	if (err) {
		log_err("cannot open '%s': %s", image, strerror(-err));
		return err;
	}
	fd = create(path);
	if (fd < 0)
		return fd;
	err = copy(from, fd);
	if (!err)
		err = append_job(job, fd);
	if (err)
		unlink(path);
	return tell(path, err);
}
