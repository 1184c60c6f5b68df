/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the known verdicts: reading known.tsv, and finding the row that fits a
 * scenario on this mount. The rows keep the order of the file, because the
 * first that fits is taken: whoever adds a line decides what it goes before.
 */
#include "client/known.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/program.h"

struct known {
	struct known_row *rows;
	size_t count;
};

enum { FIELDS = 4 };

/* --------------------------------------------------------- finding the file */

/* Places relative to the program. */
static int find_beside(char **path_ret)
{
	static const char *const places[] = {
		"known.tsv",			/* in a build tree */
		"../share/pinfs/known.tsv",	/* installed */
	};
	char dir[PATH_MAX];

	program_dir(dir);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		autofree char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, places[i]) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		if (access(path, R_OK) == 0) {
			*path_ret = steal_ptr(path);
			return 0;
		}
	}
	return -ENOENT;
}

static int find_file(const char *path, char **path_ret)
{
	int err;

	if (!path)
		path = getenv("PINFS_KNOWN");
	if (!path || !*path) {
		err = find_beside(path_ret);
		if (err != -ENOENT)
			return err;
		path = PINFS_PKGDATADIR "/known.tsv";
	}
	*path_ret = strdup(path);
	return *path_ret ? 0 : -ENOMEM;
}

/* ------------------------------------------------------------------ parsing */

/* Calls @check for each capability of "a,!b" until one returns false. */
static bool each_capability(const char *list,
			    bool (*check)(const char *name, bool wanted,
					  void *context),
			    void *context)
{
	autofree char *copy = strdup(list);
	char *save = NULL;

	if (!copy)
		return false;
	if (strcmp(list, "-") == 0)
		return true;
	for (char *word = strtok_r(copy, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		bool wanted = *word != '!';

		if (!check(wanted ? word : word + 1, wanted, context))
			return false;
	}
	return true;
}

struct name_check {
	bool (*is_capability)(const char *name);
	char unknown[64];
};

static bool check_name(const char *name, UNUSED bool wanted, void *context)
{
	struct name_check *check = context;

	if (check->is_capability(name))
		return true;
	snprintf(check->unknown, sizeof(check->unknown), "%s", name);
	return false;
}

/* Cut @line at its tabs. Return: number of fields found. */
static size_t cut(char *line, char *fields[FIELDS])
{
	size_t n = 0;

	for (char *at = line; n < FIELDS; n++) {
		char *tab = strchr(at, '\t');

		fields[n] = at;
		if (!tab)
			return n + 1;
		if (n + 1 == FIELDS)
			return FIELDS + 1;
		*tab = '\0';
		at = tab + 1 + strspn(tab + 1, "\t");
	}
	return n;
}

static void row_deinit(struct known_row *row)
{
	free(row->scenario);
	free(row->capabilities);
	free(row->ground);
}

static int append(struct known *known, char *fields[FIELDS],
		  enum verdict verdict)
{
	struct known_row row = {
		.scenario = strdup(fields[0]),
		.capabilities = strdup(fields[1]),
		.verdict = verdict,
		.ground = strdup(fields[3]),
	};
	struct known_row *rows = reallocarray(known->rows, known->count + 1,
					      sizeof(*rows));

	if (rows)
		known->rows = rows;
	if (!rows || !row.scenario || !row.capabilities || !row.ground) {
		row_deinit(&row);
		return -ENOMEM;
	}
	known->rows[known->count++] = row;
	return 0;
}

static int parse_row(struct known *known, char *line, const char *path,
		     unsigned int number, struct name_check *check)
{
	char *fields[FIELDS];
	enum verdict verdict;

	if (cut(line, fields) != FIELDS) {
		log_err("%s:%u: not four fields with tabs between them: "
			"scenario, capabilities, verdict, ground",
			path, number);
		return -EINVAL;
	}
	if (!each_capability(fields[1], check_name, check)) {
		log_err("%s:%u: no capability is called '%s'; 'pinctl list "
			"capabilities' shows them", path, number,
			check->unknown);
		return -EINVAL;
	}
	if (verdict_parse(fields[2], &verdict)) {
		log_err("%s:%u: no verdict is called '%s'", path, number,
			fields[2]);
		return -EINVAL;
	}
	return append(known, fields, verdict);
}

static int parse_file(struct known *known, char *text, const char *path,
		      struct name_check *check)
{
	unsigned int number = 0;
	int err = 0;

	for (char *line = text, *next; line && !err; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		if (*line && *line != '#')
			err = parse_row(known, line, path, number, check);
	}
	return err;
}

int known_load(const char *path, bool (*is_capability)(const char *name),
	       struct known **known_ret)
{
	struct name_check check = { .is_capability = is_capability };
	autofree char *found = NULL;
	autofree char *text = NULL;
	struct known *known;
	int err;

	err = find_file(path, &found);
	if (!err)
		err = fdio_read_file(found, &text);
	if (err) {
		log_err("cannot read the known verdicts '%s': %s",
			found ? found : "known.tsv", strerror(-err));
		return err;
	}
	known = calloc(1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	err = parse_file(known, text, found, &check);
	if (err) {
		known_destroy(known);
		return err;
	}
	*known_ret = known;
	return 0;
}

void known_destroy(struct known *known)
{
	if (!known)
		return;
	for (size_t i = 0; i < known->count; i++)
		row_deinit(&known->rows[i]);
	free(known->rows);
	free(known);
}

/* ------------------------------------------------------------------ finding */

size_t known_count(const struct known *known)
{
	return known->count;
}

const struct known_row *known_row(const struct known *known, size_t index)
{
	return &known->rows[index];
}

enum { NAME_SIZE = 128 };	/* of a scenario, and of patterns */

/* One pattern of a row. */
static bool matches(const char *pattern, size_t len, const char *scenario)
{
	char text[NAME_SIZE];

	if (len >= sizeof(text))
		return false;
	memcpy(text, pattern, len);
	text[len] = '\0';
	return fnmatch(text, scenario, 0) == 0;
}

static bool any_matches(const char *patterns, const char *scenario)
{
	while (*patterns) {
		size_t len = strcspn(patterns, "|");

		if (matches(patterns, len, scenario))
			return true;
		patterns += len + (patterns[len] == '|');
	}
	return false;
}

/*
 * Does the row speak of this scenario, whatever the capabilities? A row without
 * a shape speaks of all shapes; an exception for one comes before it.
 */
static bool names(const struct known_row *row, const char *scenario)
{
	size_t len = strcspn(scenario, "+");
	char plain[NAME_SIZE];

	if (any_matches(row->scenario, scenario))
		return true;
	if (!scenario[len] || len >= sizeof(plain))
		return false;
	memcpy(plain, scenario, len);
	plain[len] = '\0';
	return any_matches(row->scenario, plain);
}

bool known_always(const struct known_row *row)
{
	return strcmp(row->capabilities, "-") == 0;
}

const struct known_row *known_next(const struct known *known,
				   const char *scenario,
				   const struct known_row *last)
{
	if (last && known_always(last))
		return NULL;
	for (size_t i = last ? (size_t)(last - known->rows) + 1 : 0;
	     i < known->count; i++)
		if (names(&known->rows[i], scenario))
			return &known->rows[i];
	return NULL;
}

struct has_check {
	known_has_fn *has;
	void *context;
	int err;
};

static bool check_has(const char *name, bool wanted, void *context)
{
	struct has_check *check = context;
	int has = check->has(check->context, name);

	if (has < 0) {
		check->err = has;
		return false;
	}
	return (has > 0) == wanted;
}

int known_find(const struct known *known, const char *scenario,
	       known_has_fn *has, void *context,
	       const struct known_row **row_ret)
{
	struct has_check check = { .has = has, .context = context };
	const struct known_row *row = NULL;

	while ((row = known_next(known, scenario, row))) {
		bool fits = each_capability(row->capabilities, check_has,
					    &check);

		if (check.err)
			return check.err;
		if (fits) {
			*row_ret = row;
			return 0;
		}
	}
	*row_ret = NULL;
	return 0;
}
