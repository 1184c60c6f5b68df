/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the list of sources: each of the system's that has a suite of Debian gives
 * its addresses and keys, and our suites take the place of its own. What is not
 * on a mirror is found out by asking it.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/cleanup.h"
#include "common/compiler.h"
#include "common/fdio.h"
#include "vm/apt-suites.h"

const struct vm_apt_suite vm_apt_suites[] = {
	{ "bookworm", false, "" },
	{ "bookworm-security", true, "" },
	{ "bookworm-backports", false, "bpo" },
	{ "trixie", false, "" },
	{ "trixie-security", true, "" },
	{ "trixie-backports", false, "bpo" },
	{ "sid", false, "sid" },
};
const size_t vm_apt_suites_count = ARRAY_SIZE(vm_apt_suites);

/* By these the system's sources of Debian itself are told from others. */
static const char *const releases[] = {
	"bullseye", "bookworm", "trixie", "forky", "sid", "oldoldstable",
	"oldstable", "stable", "testing", "unstable",
};

/* What of a source's options goes with its address. */
static const char *const carried[] = {
	"Signed-By", "Trusted", "Check-Valid-Until", "Allow-Insecure",
	"Allow-Weak",
};

/* A source of the system. All are texts of words with blanks between them. */
struct source {
	char *types;
	char *uris;
	char *suites;
	char *components;
	char *enabled;
	char *carried[ARRAY_SIZE(carried)];
};

static void source_reset(struct source *source)
{
	free(source->types);
	free(source->uris);
	free(source->suites);
	free(source->components);
	free(source->enabled);
	for (size_t i = 0; i < ARRAY_SIZE(carried); i++)
		free(source->carried[i]);
	*source = (struct source){ 0 };
}

/* @word: its length. Then the next: behind it. */
static const char *next_word(const char *text, size_t *len)
{
	text += strspn(text, " \t\n");
	*len = strcspn(text, " \t\n");
	return *len ? text : NULL;
}

static bool has_word(const char *text, const char *wanted)
{
	size_t len;

	if (!text)
		return false;
	for (; (text = next_word(text, &len)); text += len)
		if (len == strlen(wanted) && strncmp(text, wanted, len) == 0)
			return true;
	return false;
}

/* Is a suite one of Debian's, and of which archive? */
static bool is_suite(const char *suite, size_t len, bool *security_ret)
{
	static const char *const ends[] = {
		"", "-updates", "-backports", "-proposed-updates", "-security",
		"/updates",
	};

	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		size_t name = strlen(releases[i]);

		if (len < name || strncmp(suite, releases[i], name) != 0)
			continue;
		for (size_t j = 0; j < ARRAY_SIZE(ends); j++)
			if (strlen(ends[j]) == len - name &&
			    strncmp(suite + name, ends[j], len - name) == 0) {
				*security_ret = j >= 4;
				return true;
			}
	}
	return false;
}

static void write_stanza(FILE *out, const struct source *source,
			 const char *uri, size_t uri_len,
			 const struct vm_apt_suite *suite)
{
	fprintf(out,
		"Types: deb\nURIs: %.*s\nSuites: %s\nComponents: main\nArchitectures: amd64\nTargets: Packages\n",
		(int)uri_len, uri, suite->name);
	for (size_t i = 0; i < ARRAY_SIZE(carried); i++)
		if (source->carried[i])
			fprintf(out, "%s: %s\n", carried[i],
				source->carried[i]);
	fputc('\n', out);
}

/* A mirror is often named once for each suite; here each pair comes once. */
static bool is_known(const char *text, const char *uri, size_t uri_len,
		     const char *suite)
{
	autofree char *wanted = NULL;

	if (asprintf(&wanted, "URIs: %.*s\nSuites: %s\n", (int)uri_len, uri,
		     suite) < 0) {
		wanted = NULL;
		return false;
	}
	return text && strstr(text, wanted);
}

struct output {
	FILE *file;
	char *text;
	size_t len;
};

static void take_archive(struct output *output, const struct source *source,
			 bool security)
{
	const char *uri = source->uris;
	size_t len;

	for (; (uri = next_word(uri, &len)); uri += len)
		for (size_t i = 0; i < vm_apt_suites_count; i++) {
			const struct vm_apt_suite *suite = &vm_apt_suites[i];

			fflush(output->file);
			if (suite->security == security &&
			    !is_known(output->text, uri, len, suite->name))
				write_stanza(output->file, source, uri, len,
					     suite);
		}
}

static void take_source(struct output *output, struct source *source)
{
	bool seen[2] = { false, false };
	const char *suite = source->suites;
	size_t len;

	if (has_word(source->types, "deb") && source->uris && suite &&
	    has_word(source->components, "main") &&
	    (!source->enabled || strcasecmp(source->enabled, "no") != 0))
		for (; (suite = next_word(suite, &len)); suite += len) {
			bool security;

			if (!is_suite(suite, len, &security) || seen[security])
				continue;
			seen[security] = true;
			take_archive(output, source, security);
		}
	source_reset(source);
}

static void set(char **to, const char *text, size_t len)
{
	free(*to);
	*to = strndup(text, len);
}

static char **field_of(struct source *source, const char *name, size_t len)
{
	const struct {
		const char *name;
		char **value;
	} fields[] = {
		{ "Types", &source->types },
		{ "URIs", &source->uris },
		{ "Suites", &source->suites },
		{ "Components", &source->components },
		{ "Enabled", &source->enabled },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strlen(fields[i].name) == len &&
		    strncasecmp(fields[i].name, name, len) == 0)
			return fields[i].value;
	for (size_t i = 0; i < ARRAY_SIZE(carried); i++)
		if (strlen(carried[i]) == len &&
		    strncasecmp(carried[i], name, len) == 0)
			return &source->carried[i];
	return NULL;
}

/* Lines of a value after its first begin with a blank; a key may be there. */
static void append_line(char **value, const char *line)
{
	char *joined;

	if (!value || !*value)
		return;
	if (asprintf(&joined, "%s\n%s", *value, line) < 0)
		return;
	free(*value);
	*value = joined;
}

/* deb822: stanzas of "Field: value", an empty line between them. */
static void take_stanzas(struct output *output, char *text)
{
	struct source source = { 0 };
	char **value = NULL;

	for (char *line; (line = strsep(&text, "\n"));) {
		size_t len = strcspn(line, ":");
		const char *rest;

		if (line[0] == '#')
			continue;
		if (line[strspn(line, " \t\r")] == '\0') {
			take_source(output, &source);
			value = NULL;
		} else if (isspace((unsigned char)line[0])) {
			append_line(value, line);
		} else if (line[len] == ':') {
			rest = line + len + 1;
			rest += strspn(rest, " \t");
			value = field_of(&source, line, len);
			if (value)
				set(value, rest, strcspn(rest, "\r"));
		}
	}
	take_source(output, &source);
}

/* [signed-by=A,B trusted=yes] */
static void take_options(struct source *source, char *options)
{
	for (char *word; (word = strsep(&options, " \t"));) {
		size_t len = strcspn(word, "=");
		char **value = word[len] ? field_of(source, word, len) : NULL;

		if (!value)
			continue;
		set(value, word + len + 1, strlen(word + len + 1));
		for (char *at = *value; at && (at = strchr(at, ','));)
			*at = ' ';
	}
}

/* deb [OPTIONS] URI SUITE COMPONENT... */
static void take_line(struct output *output, char *line)
{
	struct source source = { 0 };
	const char *word;
	size_t len;

	line[strcspn(line, "#\r")] = '\0';
	word = next_word(line, &len);
	if (!word)
		return;
	set(&source.types, word, len);
	word += len;
	word += strspn(word, " \t");
	if (*word == '[') {
		size_t inside = strcspn(word, "]");
		autofree char *options = strndup(word + 1, inside - 1);

		if (options)
			take_options(&source, options);
		word += inside + (word[inside] == ']');
	}
	word = next_word(word, &len);
	if (word) {
		set(&source.uris, word, len);
		word = next_word(word + len, &len);
	}
	if (word) {
		set(&source.suites, word, len);
		set(&source.components, word + len, strlen(word + len));
	}
	take_source(output, &source);
}

static void take_text(struct output *output, char *text, bool stanzas)
{
	if (stanzas)
		take_stanzas(output, text);
	else
		for (char *line; (line = strsep(&text, "\n"));)
			take_line(output, line);
}

static void take_file(struct output *output, const char *path)
{
	const char *end = strrchr(path, '.');
	bool stanzas = end && strcmp(end, ".sources") == 0;
	autofree char *text = NULL;

	if (!end || (!stanzas && strcmp(end, ".list") != 0) ||
	    fdio_read_file(path, &text))
		return;
	take_text(output, text, stanzas);
}

static void take_dir(struct output *output, const char *dir)
{
	struct dirent **names;
	int count = scandir(dir, &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		autofree char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, names[i]->d_name) < 0)
			path = NULL;
		else
			take_file(output, path);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static char *finish(struct output *output)
{
	if (fclose(output->file) == 0)
		return output->text;
	free(output->text);
	return NULL;
}

char *vm_apt_sources(const char *dir)
{
	struct output output = { 0 };
	autofree char *list = NULL;
	autofree char *parts = NULL;

	if (asprintf(&list, "%s/sources.list", dir) < 0)
		list = NULL;
	if (asprintf(&parts, "%s/sources.list.d", dir) < 0)
		parts = NULL;
	if (!list || !parts)
		return NULL;
	output.file = open_memstream(&output.text, &output.len);
	if (!output.file)
		return NULL;
	take_file(&output, list);
	take_dir(&output, parts);
	return finish(&output);
}

char *vm_apt_sources_of(char *text, bool stanzas)
{
	struct output output = { 0 };

	output.file = open_memstream(&output.text, &output.len);
	if (!output.file)
		return NULL;
	take_text(&output, text, stanzas);
	return finish(&output);
}
