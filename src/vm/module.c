/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the index of a kernel's modules and their order.
 *
 * "depends=" of .modinfo is what modpost has found out by symbols: names of
 * modules. "softdep=" is by hand, and may name an alias ("crc32c") that is no
 * file's name: such are left out. What a module needs is loaded before it, by
 * depth first; a circle, which there is none of in a kernel that works, ends
 * where it began.
 */
#include "vm/module.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "common/htab.h"
#include "common/log.h"
#include "vm/elf.h"
#include "vm/unpack.h"

struct file {
	struct htab_node node;
	char *name;
	char *path;		/* NULL: built in */
};

struct vm_modules {
	struct htab files;	/* by name */
	struct vm_module *wanted;
	size_t count;
	size_t size;
	char *release;		/* see vm_module_release() */
};

/* ---------------------------------------------------------------- the index */

static uint64_t hash_name(const char *name)
{
	return digest_bytes(name, strlen(name));
}

static bool has_name(const struct htab_node *node, const void *key)
{
	return strcmp(container_of(node, struct file, node)->name, key) == 0;
}

static struct file *find(const struct vm_modules *modules, const char *name)
{
	struct htab_node *node = htab_find(&modules->files, hash_name(name),
					   has_name, name);

	return node ? container_of(node, struct file, node) : NULL;
}

static void to_name(char *text)
{
	for (; *text; text++)
		if (*text == '-')
			*text = '_';
}

/* "af-packet.ko.xz" to "af_packet". Return: NULL: no memory, or no module. */
static char *module_name(const char *base)
{
	const char *end = strstr(base, ".ko");
	char *name;

	if (!end || end == base || (end[3] && end[3] != '.'))
		return NULL;
	name = strndup(base, (size_t)(end - base));
	if (name)
		to_name(name);
	return name;
}

/* The first of a name stays. @path: NULL: built in */
static int add_file(struct vm_modules *modules, const char *base,
		    const char *path)
{
	autofree char *name = module_name(base);
	struct file *file;

	if (!name || find(modules, name))
		return 0;
	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->path = path ? strdup(path) : NULL;
	if (path && !file->path) {
		free(file);
		return -ENOMEM;
	}
	file->name = steal_ptr(name);
	htab_insert(&modules->files, &file->node, hash_name(file->name));
	return 0;
}

static bool is_module_file(const FTSENT *entry)
{
	static const char *const ends[] = { ".ko", ".ko.xz", ".ko.zst",
					    ".ko.gz" };

	for (size_t i = 0; entry->fts_info == FTS_F && i < ARRAY_SIZE(ends);
	     i++) {
		size_t len = strlen(ends[i]);

		if (entry->fts_namelen > len &&
		    strcmp(entry->fts_name + entry->fts_namelen - len,
			   ends[i]) == 0)
			return true;
	}
	return false;
}

/* Links ("build", "source") lead out of it, and are not followed. */
static int look_for_files(struct vm_modules *modules, const char *dir)
{
	autofree char *copy = strdup(dir);
	char *roots[] = { copy, NULL };
	FTS *walk = copy ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) :
			   NULL;
	FTSENT *entry;
	int err = 0;

	if (!walk)
		return copy ? -errno : -ENOMEM;
	while (!err && (errno = 0, entry = fts_read(walk)) != NULL)
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
		    (entry->fts_info == FTS_NS && entry->fts_level == 0))
			err = -entry->fts_errno;
		else if (is_module_file(entry))
			err = add_file(modules, entry->fts_name,
				       entry->fts_path);
	if (!err && errno)
		err = -errno;
	fts_close(walk);
	return err;
}

/* Lines as "kernel/fs/ext4/ext4.ko". That there is no such file is no error. */
static int read_built_in(struct vm_modules *modules, const char *dir)
{
	autofree char *path = NULL;
	autofree char *line = NULL;
	size_t size = 0;
	FILE *file;
	int err = 0;

	if (asprintf(&path, "%s/modules.builtin", dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!err && getline(&line, &size, file) > 0) {
		char *slash = strrchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		err = add_file(modules, slash ? slash + 1 : line, NULL);
	}
	fclose(file);
	return err;
}

int vm_module_index(const char *dir, struct vm_modules **modules_ret)
{
	struct vm_modules *modules = calloc(1, sizeof(*modules));
	int err = modules ? htab_init(&modules->files) : -ENOMEM;

	if (err) {
		free(modules);
		log_err("cannot look for modules: %s", strerror(-err));
		return err;
	}
	if (dir)
		err = read_built_in(modules, dir);
	if (!err && dir)
		err = look_for_files(modules, dir);
	if (err) {
		log_err("cannot look for modules in '%s': %s", dir,
			strerror(-err));
		vm_module_destroy(modules);
		return err;
	}
	*modules_ret = modules;
	return 0;
}

static void release(struct vm_module *module)
{
	for (char **alias = module->aliases; alias && *alias; alias++)
		free(*alias);
	free(module->aliases);
	free(module->needs);
	free(module->name);
	free(module->bytes);
}

void vm_module_destroy(struct vm_modules *modules)
{
	struct htab_node *node;

	if (!modules)
		return;
	while ((node = htab_next(&modules->files, NULL)) != NULL) {
		struct file *file = container_of(node, struct file, node);

		htab_remove(&modules->files, node);
		free(file->name);
		free(file->path);
		free(file);
	}
	htab_deinit(&modules->files);
	for (size_t i = 0; i < modules->count; i++)
		release(&modules->wanted[i]);
	free(modules->wanted);
	free(modules->release);
	free(modules);
}

/* ---------------------------------------------------------------- the order */

/* One whose needs are being looked for, inside of another's. */
struct reading {
	const struct reading *outer;
	const char *name;
	FILE *needs;		/* their names */
};

static int want(struct vm_modules *modules, const char *word,
		const struct reading *outer);

static bool is_known(const struct vm_modules *modules, const char *name,
		     const struct reading *outer)
{
	for (; outer; outer = outer->outer)
		if (strcmp(outer->name, name) == 0)
			return true;
	for (size_t i = 0; i < modules->count; i++)
		if (strcmp(modules->wanted[i].name, name) == 0)
			return true;
	return false;
}

/*
 * @words: separated by commas or blanks, [@words, @end)
 * @soft:  what is not there may be no module's name
 */
static int want_words(struct vm_modules *modules, const char *words,
		      const char *end, const struct reading *reading, bool soft)
{
	int err = 0;

	while (!err && words < end) {
		size_t len = strcspn(words, ", ");
		char name[128];

		if (len > 0 && len < sizeof(name)) {
			memcpy(name, words, len);
			name[len] = '\0';
			to_name(name);
			if (!soft || find(modules, name)) {
				fprintf(reading->needs, "%s%s",
					ftell(reading->needs) ? " " : "", name);
				err = want(modules, name, reading);
			}
		}
		words += len + 1;
	}
	return err;
}

/* "pre: a b post: c": of these the first. */
static int want_soft(struct vm_modules *modules, const char *words,
		     const struct reading *reading)
{
	const char *pre = strstr(words, "pre:");
	const char *post = strstr(words, "post:");

	if (!pre || (post && post < pre))
		return 0;
	return want_words(modules, pre + strlen("pre:"),
			  post ? post : words + strlen(words), reading, true);
}

static int add_alias(struct vm_module *module, const char *alias)
{
	char **larger;
	size_t count = 0;

	if (alias[strcspn(alias, "*?[ ")])
		return 0;
	while (module->aliases && module->aliases[count])
		count++;
	larger = reallocarray(module->aliases, count + 2, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	module->aliases = larger;
	larger[count] = strdup(alias);
	larger[count + 1] = NULL;
	return larger[count] ? 0 : -ENOMEM;
}

/* "6.18.0 SMP preempt mod_unload " */
static int set_release(struct vm_modules *modules, const char *magic)
{
	if (modules->release)
		return 0;
	modules->release = strndup(magic, strcspn(magic, " "));
	return modules->release ? 0 : -ENOMEM;
}

/* .modinfo is text as "key=value", a NUL after each. */
static int read_info(struct vm_modules *modules, struct vm_module *module,
		     const struct reading *reading)
{
	static const char alias[] = "alias=", depends[] = "depends=",
			  soft[] = "softdep=", magic[] = "vermagic=";
	const struct vm_elf elf = { .bytes = module->bytes,
				    .len = module->len };
	const char *text;
	size_t len;
	int err = 0;

	if (!vm_elf_section(&elf, ".modinfo", &text, &len) || len == 0 ||
	    text[len - 1] != '\0')
		return 0;
	for (const char *end = text + len; !err && text < end;
	     text += strlen(text) + 1)
		if (strncmp(text, depends, strlen(depends)) == 0)
			err = want_words(modules, text + strlen(depends),
					 text + strlen(text), reading, false);
		else if (strncmp(text, soft, strlen(soft)) == 0)
			err = want_soft(modules, text + strlen(soft), reading);
		else if (strncmp(text, alias, strlen(alias)) == 0)
			err = add_alias(module, text + strlen(alias));
		else if (strncmp(text, magic, strlen(magic)) == 0)
			err = set_release(modules, text + strlen(magic));
	return err;
}

static int read_file(struct vm_modules *modules, struct vm_module *module,
		     const char *path, const struct reading *outer)
{
	struct reading reading = { .outer = outer, .name = module->name };
	size_t len;
	int err;

	reading.needs = open_memstream(&module->needs, &len);
	if (!reading.needs)
		return -ENOMEM;
	err = vm_unpack_file(path, &module->bytes, &module->len);
	if (!err)
		err = read_info(modules, module, &reading);
	return fclose(reading.needs) && !err ? -ENOMEM : err;
}

/* Takes what is in @module. */
static int append(struct vm_modules *modules, struct vm_module *module)
{
	if (modules->count == modules->size) {
		size_t size = MAX(2 * modules->size, (size_t)32);
		struct vm_module *larger = reallocarray(
			modules->wanted, size, sizeof(*larger));

		if (!larger) {
			release(module);
			return -ENOMEM;
		}
		modules->wanted = larger;
		modules->size = size;
	}
	modules->wanted[modules->count++] = *module;
	return 0;
}

static int want(struct vm_modules *modules, const char *name,
		const struct reading *outer)
{
	struct vm_module module = { .state = VM_MODULE_ABSENT };
	struct file *file;
	int err = 0;

	if (is_known(modules, name, outer))
		return 0;
	module.name = strdup(name);
	if (!module.name)
		return -ENOMEM;
	file = find(modules, name);
	if (file)
		module.state = file->path ? VM_MODULE_THERE :
					    VM_MODULE_BUILT_IN;
	if (module.state == VM_MODULE_THERE)
		err = read_file(modules, &module, file->path, outer);
	if (!err)
		return append(modules, &module);
	release(&module);
	return err;
}

int vm_module_want(struct vm_modules *modules, const char *name)
{
	autofree char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	to_name(copy);
	return want(modules, copy, NULL);
}

const char *vm_module_release(const struct vm_modules *modules)
{
	return modules->release;
}

const struct vm_module *vm_module_at(const struct vm_modules *modules,
				     size_t index)
{
	return index < modules->count ? &modules->wanted[index] : NULL;
}
