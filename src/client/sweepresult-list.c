/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns how the results of kernels come together: where they lie, which of two is
 * taken, what each is called, and their order.
 */
#include "client/sweepresult.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/sweepdir.h"
#include "client/sweepresult-internal.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "vm/kernel.h"

/* -------------------------------------------------------------------- notes */

static int note(struct sweepresult_list *list, const char *fmt, ...)
	PRINTF(2, 3);

static int note(struct sweepresult_list *list, const char *fmt, ...)
{
	char **grown = reallocarray(list->notes, list->note_count + 1,
				    sizeof(*grown));
	va_list args;
	int n;

	if (!grown)
		return -ENOMEM;
	list->notes = grown;
	va_start(args, fmt);
	n = vasprintf(&grown[list->note_count], fmt, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	list->note_count++;
	return 0;
}

/* ---------------------------------------------------------- which are taken */

static bool differ(const char *a, const char *b)
{
	return a && b && strcmp(a, b) != 0;
}

/* Are they places of one sweep? */
static bool side_by_side(const struct sweepresult *a,
			 const struct sweepresult *b)
{
	const char *end = strrchr(a->real, '/');
	const char *other = strrchr(b->real, '/');

	return end && other && end - a->real == other - b->real &&
	       memcmp(a->real, b->real, (size_t)(end - a->real)) == 0;
}

/* Where it is not known which ran last, none may take the other's place. */
static bool same_kernel(const struct sweepresult *a,
			const struct sweepresult *b)
{
	return strcmp(a->name, b->name) == 0 && !side_by_side(a, b) &&
	       a->time && b->time &&
	       !differ(a->release, b->release) &&
	       !differ(a->version, b->version);
}

/* The later one; of the same time, that which was named later. */
static int take_one_of(struct sweepresult_list *list, struct sweepresult *have,
		       struct sweepresult *come)
{
	bool newer = strcmp(come->time, have->time) >= 0;
	struct sweepresult *left = newer ? have : come;
	const struct sweepresult *taken = newer ? come : have;
	int err = note(list, "%s was in several sweeps: taken is %s (%s), left "
		       "out is %s (%s)", have->name, taken->dir, taken->time,
		       left->dir, left->time);
	struct sweepresult kept = *taken;

	sweepresult_deinit(left);
	*have = kept;
	return err;
}

/* Takes what is in @come, also on failure. */
static int take(struct sweepresult_list *list, struct sweepresult *come)
{
	struct sweepresult *grown;

	for (size_t i = 0; i < list->count; i++) {
		struct sweepresult *have = &list->results[i];

		if (strcmp(have->real, come->real) == 0) {
			sweepresult_deinit(come);
			return 0;
		}
		if (same_kernel(have, come))
			return take_one_of(list, have, come);
	}
	grown = reallocarray(list->results, list->count + 1, sizeof(*grown));
	if (!grown) {
		sweepresult_deinit(come);
		return -ENOMEM;
	}
	list->results = grown;
	list->results[list->count++] = *come;
	return 0;
}

static int take_dir(struct sweepresult_list *list, const char *dir)
{
	struct sweepresult result;
	int err = sweepresult_read(dir, &result);

	return err ? err : take(list, &result);
}

/* ----------------------------------------------------------- where they lie */

/* What may not be looked at may be there. */
static bool has_file(const char *dir, const char *name)
{
	autofree char *path = NULL;
	struct stat stat_;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return false;
	}
	return lstat(path, &stat_) == 0 || errno == EACCES;
}

static bool is_place(const char *dir)
{
	return has_file(dir, SWEEPRESULT_FILE) ||
	       has_file(dir, SWEEPRESULT_CONSOLE);
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
	       strcmp(entry->d_name, SWEEPDIR_PREVIOUS) != 0;
}

/* One of a directory's entries. @found: one more, if it is a place. */
static int take_entry(struct sweepresult_list *list, const char *dir,
		      const char *name, size_t *found)
{
	autofree char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (!is_place(path))
		return 0;
	(*found)++;
	return take_dir(list, path);
}

static int take_below(struct sweepresult_list *list, const char *dir)
{
	struct dirent **entries = NULL;
	size_t found = 0;
	int count = scandir(dir, &entries, is_shown, compare_entries);
	int err = count < 0 ? -errno : 0;

	for (int i = 0; i < count; i++) {
		if (!err)
			err = take_entry(list, dir, entries[i]->d_name, &found);
		free(entries[i]);
	}
	free(entries);
	if (err) {
		log_err("%s: %s", dir, strerror(-err));
	} else if (!found) {
		log_err("%s has no %s, nor has a directory in it", dir,
			SWEEPRESULT_FILE);
		err = -ENOENT;
	}
	return err;
}

/* "OUT/" is "OUT". The caller's to free. */
static char *without_slashes(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return strndup(path, len);
}

/* A file: it stands for its directory. */
static int take_file(struct sweepresult_list *list, char *path)
{
	char *slash = strrchr(path, '/');

	if (strcmp(slash ? slash + 1 : path, SWEEPRESULT_FILE) != 0) {
		log_err("%s is neither a directory nor a %s", path,
			SWEEPRESULT_FILE);
		return -ENOTDIR;
	}
	if (!slash)
		return take_dir(list, ".");
	*slash = '\0';
	return take_dir(list, *path ? path : "/");
}

static int take_path(struct sweepresult_list *list, const char *given)
{
	autofree char *path = without_slashes(given);
	struct stat stat_;

	if (!path)
		return -ENOMEM;
	if (stat(path, &stat_)) {
		int err = -errno;

		log_err("%s: %s", path, strerror(errno));
		return err;
	}
	if (!S_ISDIR(stat_.st_mode))
		return take_file(list, path);
	return is_place(path) ? take_dir(list, path) : take_below(list, path);
}

/* -------------------------------------------------------------------- names */

static bool is_taken(const struct sweepresult_list *list, const char *name,
		     const struct sweepresult *but)
{
	for (size_t i = 0; i < list->count; i++)
		if (&list->results[i] != but &&
		    strcmp(list->results[i].name, name) == 0)
			return true;
	return false;
}

/* Takes the place of its name. */
static int rename_apart(struct sweepresult_list *list,
			struct sweepresult *result)
{
	const char *what = sweepresult_version(result);
	const char *dir = strrchr(result->real, '/');
	const char *const ways[] = {
		what == result->name ? NULL : what,
		dir ? dir + 1 : NULL, result->real,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		char *name;

		if (!ways[i] || strcmp(ways[i], result->name) == 0)
			continue;
		if (asprintf(&name, "%s (%s)", result->name, ways[i]) < 0)
			return -ENOMEM;
		if (!is_taken(list, name, result) || i == ARRAY_SIZE(ways) - 1) {
			free(result->name);
			result->name = name;
			return 0;
		}
		free(name);
	}
	return 0;
}

/* All that have the name of this one. */
static int name_apart(struct sweepresult_list *list, size_t first)
{
	autofree char *name = strdup(list->results[first].name);
	size_t count = 0;
	int err = 0;

	if (!name)
		return -ENOMEM;
	for (size_t i = 0; !err && i < list->count; i++) {
		if (strcmp(list->results[i].name, name) != 0)
			continue;
		err = rename_apart(list, &list->results[i]);
		count++;
	}
	return err ? err : note(list, "%zu kernels are called %s: they are named "
				"apart", count, name);
}

static int name_all(struct sweepresult_list *list)
{
	int err = 0;

	for (size_t i = 0; !err && i < list->count; i++)
		if (is_taken(list, list->results[i].name, &list->results[i]))
			err = name_apart(list, i);
	return err;
}

/* ------------------------------------------------------------------- labels */

/* How much of a version is the kernel's own: "6.12.95", "7.1-rc3"; 0: nothing. */
static size_t upstream(const char *version)
{
	size_t len = strspn(version, "0123456789.");

	while (len && version[len - 1] == '.')
		len--;
	if (!memchr(version, '.', len))
		return 0;
	if ((version[len] == '-' || version[len] == '~') &&
	    strncmp(version + len + 1, "rc", 2) == 0)
		len += 3 + strspn(version + len + 3, "0123456789");
	return len;
}

/* The version without what the distribution puts before and behind it. */
static char *short_version(const struct sweepresult *result)
{
	const char *version = sweepresult_version(result);
	const char *colon = strchr(version, ':');
	size_t len = upstream(colon ? colon + 1 : version);
	char *label = strndup(colon ? colon + 1 : version, len);

	/* As upstream writes it: a '~' is what packages sort before the rest. */
	for (char *at = label; at && *at; at++)
		if (*at == '~')
			*at = '-';
	return label;
}

static bool is_clear(const struct sweepresult_list *list, char *const *labels,
		     size_t index)
{
	for (size_t i = 0; i < list->count; i++)
		if (i != index &&
		    (strcmp(labels[i], labels[index]) == 0 ||
		     strcmp(list->results[i].name, labels[index]) == 0))
			return false;
	return *labels[index];
}

static int label_all(struct sweepresult_list *list)
{
	char **labels = calloc(list->count + 1, sizeof(*labels));
	bool failed = !labels;

	for (size_t i = 0; !failed && i < list->count; i++) {
		labels[i] = short_version(&list->results[i]);
		failed = !labels[i];
	}
	for (size_t i = 0; !failed && i < list->count; i++) {
		struct sweepresult *result = &list->results[i];

		result->label = strdup(is_clear(list, labels, i) ? labels[i] :
								   result->name);
		failed = !result->label;
	}
	for (size_t i = 0; labels && i < list->count; i++)
		free(labels[i]);
	free(labels);
	return failed ? -ENOMEM : 0;
}

/* ---------------------------------------------------------------- the whole */

static int compare_results(const void *a, const void *b)
{
	const struct sweepresult *one = a, *other = b;
	int order = vm_version_compare(sweepresult_version(one),
				       sweepresult_version(other));

	return order ? order : strcmp(one->name, other->name);
}

int sweepresult_load(char *const *paths, size_t count,
		     struct sweepresult_list **list_ret)
{
	struct sweepresult_list *list = calloc(1, sizeof(*list));
	int err = list ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++)
		err = take_path(list, paths[i]);
	if (!err)
		err = name_all(list);
	if (!err) {
		if (list->count)
			qsort(list->results, list->count,
			      sizeof(*list->results), compare_results);
		err = label_all(list);
	}
	if (err)
		sweepresult_destroy(list);
	else
		*list_ret = list;
	return err;
}

void sweepresult_destroy(struct sweepresult_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		sweepresult_deinit(&list->results[i]);
	for (size_t i = 0; i < list->note_count; i++)
		free(list->notes[i]);
	free(list->results);
	free(list->notes);
	free(list);
}
