/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of gates and held requests. Only the columns are known here; whatever
 * else the daemon says of a gate stands behind them, so that what is new there
 * shows by itself.
 */
#include "client/gatetable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/compiler.h"

enum { MOST_ROWS = 20, CELL_SIZE = 256 };

struct column {
	const char *key;	/* of the member */
	const char *title;
	int width;		/* negative: to the left, as printf() has it */
};

static const struct column gate_columns[] = {
	{ "id", "GATE", 6 },
	{ "ops", "OPS", -20 },
	{ "at", "AT", -7 },
	{ "seen", "SEEN", 6 },
	{ "hits", "HITS", 6 },
	{ "held", "HELD", 6 },
	{ "deadline_us", "DEADLINE", 11 },
	{ 0 },
};

static const struct column held_columns[] = {
	{ "id", "HOLD", 6 },
	{ "gate", "GATE", 6 },
	{ "op", "OP", -12 },
	{ "at", "AT", -7 },
	{ "held_us", "SINCE", 11 },
	{ "left_us", "LEFT", 11 },
	{ "pid", "PID", 7 },
	{ "off", "OFF", 10 },
	{ "len", "LEN", 8 },
	{ "path", "PATH", -1 },
	{ 0 },
};

static void print_text(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' :
			*text);
}

void gatetable_value(const json_t *value)
{
	const char *text = json_string_value(value);
	autofree char *dump = NULL;

	if (!text) {
		dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		text = dump ? dump : "?";
	}
	print_text(text);
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && !strcmp(text + len - end_len, end);
}

/* Strings of an array behind each other: "read,write". */
static void join(const json_t *array, char cell[CELL_SIZE])
{
	const json_t *value;
	size_t i, used = 0;

	cell[0] = '\0';
	json_array_foreach(array, i, value) {
		const char *text = json_string_value(value);
		int added = snprintf(cell + used, CELL_SIZE - used, "%s%s",
				     i ? "," : "", text ? text : "?");

		used = MIN(used + (size_t)MAX(added, 0), (size_t)CELL_SIZE - 1);
	}
}

static void fill_cell(const char *key, const json_t *value,
		      char cell[CELL_SIZE])
{
	if (json_is_array(value))
		join(value, cell);
	else if (json_is_integer(value) && ends_in(key, "_us"))
		snprintf(cell, CELL_SIZE, "%.3fs",
			 (double)json_integer_value(value) / 1e6);
	else if (json_is_integer(value))
		snprintf(cell, CELL_SIZE, "%lld",
			 (long long)json_integer_value(value));
	else
		snprintf(cell, CELL_SIZE, "%s", json_is_string(value) ?
			 json_string_value(value) : "-");
	for (char *at = cell; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
}

static bool is_column(const struct column *columns, const char *key)
{
	for (; columns->key; columns++)
		if (!strcmp(columns->key, key))
			return true;
	return false;
}

static bool says_something(const json_t *value)
{
	if (json_is_integer(value))
		return json_integer_value(value) != 0;
	if (json_is_string(value))
		return *json_string_value(value);
	if (json_is_array(value))
		return json_array_size(value) > 0;
	return !json_is_null(value) && !json_is_false(value);
}

static void print_row(const struct column *columns, json_t *row)
{
	char cell[CELL_SIZE];
	const char *key;
	json_t *value;

	for (const struct column *column = columns; column->key; column++) {
		fill_cell(column->key, json_object_get(row, column->key), cell);
		printf(" %*s", column->width, cell);
	}
	json_object_foreach(row, key, value) {
		if (is_column(columns, key) || !says_something(value))
			continue;
		printf(" %s=", key);
		gatetable_value(value);
	}
	putchar('\n');
}

static void print_table(const char *title, const struct column *columns,
			json_t *rows)
{
	size_t count = json_array_size(rows);
	const struct column *column;
	json_t *row;
	size_t i;

	if (!count)
		return;
	printf("%s:\n", title);
	for (column = columns; column->key; column++)
		printf(" %*s", column->width, column->title);
	putchar('\n');
	json_array_foreach(rows, i, row) {
		if (i == MOST_ROWS)
			break;
		print_row(columns, row);
	}
	if (count > MOST_ROWS)
		printf(" and %zu more\n", count - MOST_ROWS);
}

void gatetable_gates(json_t *gates)
{
	print_table("armed", gate_columns, gates);
}

void gatetable_held(json_t *held)
{
	print_table("held requests", held_columns, held);
}
