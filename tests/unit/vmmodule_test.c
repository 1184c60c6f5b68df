/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of modules, from files that are made here: as little of an ELF file
 * as .modinfo needs. And the reading of such files when they are cut or damaged.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/compiler.h"
#include "common/fdio.h"
#include "vm/elf.h"
#include "vm/module.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

enum { FILE_SIZE = 4096, SECTIONS = 3 };

static char dir[] = "/tmp/vmmodule-XXXXXX";

/* ------------------------------------------------------------------ making it */

static const char names[] = "\0.modinfo\0.shstrtab";

/* @info: "key=value;key=value": a NUL for each ';'. Return: its length. */
static size_t make_elf(const char *info, unsigned char file[FILE_SIZE])
{
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_REL, .e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = SECTIONS, .e_shstrndx = 2,
	};
	size_t info_len = strlen(info) + 1;
	size_t names_at = sizeof(header) + info_len;
	Elf64_Shdr sections[SECTIONS] = {
		[1] = { .sh_name = 1, .sh_type = SHT_PROGBITS,
			.sh_offset = sizeof(header), .sh_size = info_len },
		[2] = { .sh_name = 10, .sh_type = SHT_STRTAB,
			.sh_offset = names_at, .sh_size = sizeof(names) },
	};

	header.e_shoff = names_at + sizeof(names);
	assert_true(header.e_shoff + sizeof(sections) <= FILE_SIZE);
	memcpy(file, &header, sizeof(header));
	memcpy(file + sizeof(header), info, info_len);
	for (size_t i = 0; i < info_len; i++)
		if (file[sizeof(header) + i] == ';')
			file[sizeof(header) + i] = '\0';
	memcpy(file + names_at, names, sizeof(names));
	memcpy(file + header.e_shoff, sections, sizeof(sections));
	return header.e_shoff + sizeof(sections);
}

static void write_bytes(const char *name, const void *bytes, size_t len)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fdio_write(fd, bytes, len), 0);
	close(fd);
}

static void write_module(const char *name, const char *info)
{
	unsigned char file[FILE_SIZE];

	write_bytes(name, file, make_elf(info, file));
}

#ifdef HAVE_LIBARCHIVE
static void write_compressed(const char *name, const char *info)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	unsigned char file[FILE_SIZE];
	size_t len = make_elf(info, file);
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	archive_write_set_format_raw(archive);
	assert_int_equal(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, path),
			 ARCHIVE_OK);
	archive_entry_set_pathname(entry, "module");
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, file, len), len);
	archive_entry_free(entry);
	archive_write_free(archive);
}
#else
static void write_compressed(const char *name, const char *info)
{
	char plain[64];

	snprintf(plain, sizeof(plain), "%.*s", (int)strlen(name) - 3, name);
	write_module(plain, info);
}
#endif

static void make_directory(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int make_tree(UNUSED void **state)
{
	char path[256];

	assert_non_null(mkdtemp(dir));
	make_directory("kernel");
	make_directory("kernel/fs");
	make_directory("extra");
	write_module("kernel/fs/top.ko", "license=GPL;depends=middle-a,middle_b;"
		     "alias=fs-top;alias=pci:v*d*;alias=top-filesystem");
	write_compressed("kernel/middle-a.ko.gz", "depends=bottom");
	write_module("kernel/middle_b.ko", "depends=bottom,grown-in,missing");
	write_module("extra/bottom.ko", "depends=");
	write_module("kernel/soft.ko", "softdep=pre: bottom crc-alias loose "
		     "post: later;depends=");
	write_module("kernel/loose.ko",
		     "name=loose;vermagic=6.99.1 SMP mod_unload ");
	write_module("kernel/later.ko", "name=later");
	write_module("kernel/round.ko", "depends=about");
	write_module("kernel/about.ko", "depends=round");
	write_bytes("kernel/broken.ko", "\177ELF and no more", 16);
	write_bytes("kernel/empty.ko", "", 0);
	write_module("kernel/top.ko.txt", "depends=round");
	snprintf(path, sizeof(path), "kernel/fs/grown-in.ko\n"
		 "kernel/fs/also.ko\n");
	write_bytes("modules.builtin", path, strlen(path));
	/* A link that leads back, and has a module's name. */
	snprintf(path, sizeof(path), "%s/build.ko", dir);
	assert_int_equal(symlink(dir, path), 0);
	return 0;
}

static int remove_one(const char *path, UNUSED const struct stat *stat,
		      UNUSED int type, UNUSED struct FTW *where)
{
	return remove(path);
}

static int remove_tree(UNUSED void **state)
{
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ------------------------------------------------------------------ the order */

static const char *const marks[] = {
	[VM_MODULE_THERE] = "",
	[VM_MODULE_BUILT_IN] = "=",
	[VM_MODULE_ABSENT] = "!",
};

/* @names: blanks between them. @expected: as above, in order. */
static void assert_order(const char *place, const char *wanted,
			 const char *expected)
{
	struct vm_modules *modules;
	const struct vm_module *module;
	autofree char *copy = strdup(wanted);
	char got[512] = "";
	char *save = NULL;

	assert_int_equal(vm_module_index(place, &modules), 0);
	for (char *name = strtok_r(copy, " ", &save); name;
	     name = strtok_r(NULL, " ", &save))
		assert_int_equal(vm_module_want(modules, name), 0);
	for (size_t i = 0; (module = vm_module_at(modules, i)) != NULL; i++) {
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
			 "%s%s%s", i ? " " : "", marks[module->state],
			 module->name);
		assert_true((module->state == VM_MODULE_THERE) ==
			    (module->bytes != NULL));
	}
	assert_string_equal(got, expected);
	vm_module_destroy(modules);
}

static void release_is_that_of_a_module(UNUSED void **state)
{
	struct vm_modules *modules;

	assert_int_equal(vm_module_index(dir, &modules), 0);
	assert_int_equal(vm_module_want(modules, "bottom"), 0);
	assert_null(vm_module_release(modules));
	assert_int_equal(vm_module_want(modules, "loose"), 0);
	assert_string_equal(vm_module_release(modules), "6.99.1");
	vm_module_destroy(modules);
}

static void what_is_needed_comes_before(void **state UNUSED)
{
	static const struct {
		const char *wanted;
		const char *expected;
	} rows[] = {
		{ "top", "bottom middle_a =grown_in !missing middle_b top" },
		{ "bottom top bottom",
		  "bottom middle_a =grown_in !missing middle_b top" },
		/* '-' and '_' are the same, asked for or not. */
		{ "middle-a", "bottom middle_a" },
		{ "middle_a", "bottom middle_a" },
		{ "grown-in also", "=grown_in =also" },
		{ "nowhere", "!nowhere" },
		/* Before it, as far as they are modules; not after it. */
		{ "soft", "bottom loose soft" },
		{ "round", "about round" },
		/* Nothing is known of what it needs: the kernel will say. */
		{ "broken empty", "broken empty" },
		{ "build", "!build" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_order(dir, rows[i].wanted, rows[i].expected);
}

static void without_a_directory(void **state UNUSED)
{
	struct vm_modules *modules;
	char path[300];

	assert_order(NULL, "fuse loop", "!fuse !loop");
	snprintf(path, sizeof(path), "%s/nowhere", dir);
	assert_int_equal(vm_module_index(path, &modules), -ENOENT);
}

static void needs_and_aliases_are_told(void **state UNUSED)
{
	struct vm_modules *modules;
	const struct vm_module *top = NULL, *module;
	unsigned char file[FILE_SIZE];
	size_t len;

	assert_int_equal(vm_module_index(dir, &modules), 0);
	assert_int_equal(vm_module_want(modules, "top"), 0);
	for (size_t i = 0; (module = vm_module_at(modules, i)) != NULL; i++) {
		if (strcmp(module->name, "top") == 0)
			top = module;
		if (strcmp(module->name, "middle_a") != 0)
			continue;
		/* Whatever it was packed with. */
		len = make_elf("depends=bottom", file);
		assert_int_equal(module->len, len);
		assert_memory_equal(module->bytes, file, len);
	}
	assert_non_null(top);
	assert_string_equal(top->needs, "middle_a middle_b");
	assert_non_null(top->aliases);
	assert_string_equal(top->aliases[0], "fs-top");
	assert_string_equal(top->aliases[1], "top-filesystem");
	assert_null(top->aliases[2]);
	vm_module_destroy(modules);
	vm_module_destroy(NULL);
}

/* ------------------------------------------------------------------- the files */

/* Exactly so many bytes of heap, so that a read beyond them can be seen. */
static bool find_info(const unsigned char *file, size_t len)
{
	autofree void *bytes = malloc(len ? len : 1);
	struct vm_elf elf = { .bytes = bytes, .len = len };
	const char *data;
	size_t data_len;

	assert_non_null(bytes);
	memcpy(bytes, file, len);
	if (vm_elf_interpreter(&elf))
		return false;
	return vm_elf_section(&elf, ".modinfo", &data, &data_len);
}

static void a_cut_file_has_no_section(void **state UNUSED)
{
	unsigned char file[FILE_SIZE];
	size_t len = make_elf("depends=a,b", file);

	assert_true(find_info(file, len));
	for (size_t i = 0; i < len; i++)
		assert_false(find_info(file, i));
}

/* Any byte, any value: what is found or not, nothing is read outside. */
static void a_damaged_file_is_not_left(void **state UNUSED)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	unsigned char file[FILE_SIZE];
	size_t len = make_elf("depends=a,b", file);
	unsigned int lost = 0;

	for (size_t i = 0; i < len; i++)
		for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
			unsigned char was = file[i];

			file[i] = values[j];
			lost += !find_info(file, len);
			file[i] = was;
		}
	assert_true(lost > 0);
}

static void a_program_names_its_loader(void **state UNUSED)
{
	static const char loader[] = "/lib/ld.so";
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr segments[2];
		char loader[sizeof(loader)];
	} file = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
				     ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_phoff = sizeof(Elf64_Ehdr), .e_phnum = 2,
			.e_phentsize = sizeof(Elf64_Phdr),
		},
		.segments[1] = { .p_type = PT_INTERP,
				 .p_filesz = sizeof(loader) },
	};
	struct vm_elf elf = { .bytes = &file, .len = sizeof(file) };

	file.segments[1].p_offset = offsetof(__typeof__(file), loader);
	memcpy(file.loader, loader, sizeof(loader));
	assert_string_equal(vm_elf_interpreter(&elf), loader);
	/* Without its end it is no string. */
	file.segments[1].p_filesz = sizeof(loader) - 1;
	assert_null(vm_elf_interpreter(&elf));
	file.segments[1].p_filesz = sizeof(loader);
	file.segments[1].p_offset++;
	assert_null(vm_elf_interpreter(&elf) ?
		    strstr(vm_elf_interpreter(&elf), loader) : NULL);
	file.header.e_ident[EI_CLASS] = ELFCLASS32;
	assert_null(vm_elf_interpreter(&elf));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(release_is_that_of_a_module),
		cmocka_unit_test(what_is_needed_comes_before),
		cmocka_unit_test(without_a_directory),
		cmocka_unit_test(needs_and_aliases_are_told),
		cmocka_unit_test(a_cut_file_has_no_section),
		cmocka_unit_test(a_damaged_file_is_not_left),
		cmocka_unit_test(a_program_names_its_loader),
	};

	return cmocka_run_group_tests_name("vmmodule", tests, make_tree,
					   remove_tree);
}
