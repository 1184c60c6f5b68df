/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the loading of modules. /lib/modules/list has lines in an order in which
 * they could be loaded:
 *
 *	load NAME NEEDS...	at once, with what it needs
 *	later NAME NEEDS...	when the kernel asks for it, or another needs it
 *	alias ALIAS NAME	how it may ask for it
 *	built-in NAME
 *	absent NAME
 *
 * The kernel asks by starting this program as its modprobe(8). Two of these may
 * load one module at once: the second waits, and finds it there
 * (kernel/module/main.c:add_unformed_module() (6.12)).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "vm/guest/guest.h"

#define DIRECTORY "/lib/modules/"
#define LIST DIRECTORY "list"
#define ASKED_FOR "/run/modules"	/* "loaded NAME", "failed NAME: why" */

enum { NAME_SIZE = 128, DEPTH_MAX = 16 };

/* Of a processor that has these, or they fail. */
static const struct {
	const char *name;
	const char *flag;
} processors[] = {
	{ "kvm_amd", " svm" },
	{ "kvm_intel", " vmx" },
};

/* Return: the line "@word @name ...", behind the name; NULL: there is none. */
static const char *find_line(const char *list, const char *word,
			     const char *name)
{
	size_t len = strlen(word), name_len = strlen(name);

	for (const char *at = list; at; at = strchr(at, '\n'),
	     at = at ? at + 1 : NULL)
		if (strncmp(at, word, len) == 0 && at[len] == ' ' &&
		    strncmp(at + len + 1, name, name_len) == 0 &&
		    strchr(" \n", at[len + 1 + name_len]))
			return at + len + 1 + name_len;
	return NULL;
}

static const char *find_needs(const char *list, const char *name)
{
	const char *needs = find_line(list, "load", name);

	return needs ? needs : find_line(list, "later", name);
}

/* Return: 0; -EEXIST it is there already; -errno. */
static int load_one(const char *name)
{
	char path[sizeof(DIRECTORY) + NAME_SIZE + 8];
	int fd, err;

	snprintf(path, sizeof(path), DIRECTORY "%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

/* Of what it needs the kernel will tell, if it is missing. */
static int load(const char *list, const char *name, unsigned int depth)
{
	const char *needs = find_needs(list, name);

	if (!needs || depth == DEPTH_MAX)
		return -ENOENT;
	while (*needs == ' ') {
		size_t len = strcspn(++needs, " \n");
		char need[NAME_SIZE];

		snprintf(need, sizeof(need), "%.*s", (int)len, needs);
		if (load(list, need, depth + 1) == -ENOMEM)
			return -ENOMEM;
		needs += len;
	}
	return load_one(name);
}

/* ----------------------------------------------------------------- at first */

static void note(json_t *lists, const char *list, const char *name)
{
	json_array_append_new(json_object_get(lists, list), json_string(name));
}

static bool suits_processor(const char *name, const char *cpuinfo)
{
	for (size_t i = 0; i < ARRAY_SIZE(processors); i++)
		if (strcmp(processors[i].name, name) == 0)
			return strstr(cpuinfo, processors[i].flag) != NULL;
	return true;
}

static void load_and_note(json_t *lists, const char *list, const char *name)
{
	int err = load(list, name, 0);
	char text[NAME_SIZE + 64];

	/* There already, and no list said that it is built in. */
	if (err == -EEXIST) {
		note(lists, "built_in", name);
	} else if (err) {
		snprintf(text, sizeof(text), "%s: %s", name, strerror(-err));
		note(lists, "failed", text);
	} else {
		note(lists, "loaded", name);
	}
}

json_t *guest_load_modules(struct guest *guest,
			   void (*loaded)(struct guest *guest))
{
	json_t *lists = json_pack("{s:[], s:[], s:[], s:[], s:[]}", "loaded",
				  "built_in", "absent", "later", "failed");
	autofree char *list = NULL;
	autofree char *cpuinfo = NULL;
	char word[16], name[NAME_SIZE];

	if (fdio_read_file(LIST, &list) ||
	    fdio_read_file("/proc/cpuinfo", &cpuinfo))
		return lists;
	for (const char *at = list; at && *at; at = strchr(at, '\n'),
	     at = at ? at + 1 : NULL) {
		if (sscanf(at, "%15s %127s", word, name) != 2 ||
		    strcmp(word, "alias") == 0)
			continue;
		if (strcmp(word, "load") != 0) {
			note(lists, strcmp(word, "built-in") == 0 ? "built_in" :
			     word, name);
		} else if (suits_processor(name, cpuinfo)) {
			load_and_note(lists, list, name);
			loaded(guest);
		}
	}
	return lists;
}

/* ----------------------------------------------------------------- on demand */

static void say(const char *name, int err)
{
	autoclose int fd = open(ASKED_FOR, O_WRONLY | O_CREAT | O_APPEND |
				O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	if (err)
		dprintf(fd, "failed %s: %s\n", name, strerror(-err));
	else
		dprintf(fd, "loaded %s\n", name);
}

int guest_modprobe(const char *word)
{
	autofree char *list = NULL;
	char name[NAME_SIZE];
	const char *rest;
	int err;

	snprintf(name, sizeof(name), "%s", word);
	if (fdio_read_file(LIST, &list))
		return 1;
	rest = find_line(list, "alias", name);
	if (rest && sscanf(rest, "%127s", name) != 1)
		return 1;
	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	if (!find_needs(list, name))
		return 1;
	err = load(list, name, 0);
	if (err == -EEXIST)
		return 0;
	say(name, err);
	return err != 0;
}

json_t *guest_modules_asked_for(void)
{
	json_t *lists = json_pack("{s:[], s:[]}", "loaded", "failed");
	FILE *file = fopen(ASKED_FOR, "re");
	char line[NAME_SIZE + 64];

	while (file && fgets(line, sizeof(line), file)) {
		char *blank = strchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		if (!blank)
			continue;
		*blank = '\0';
		note(lists, line, blank + 1);
	}
	if (file)
		fclose(file);
	return lists;
}
