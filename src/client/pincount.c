/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's pin counters, from /proc/vmstat. */
#include "client/pincount.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/parse.h"

/* The value of "NAME VALUE", a line of its own in @text. */
static int find_counter(const char *text, const char *name, uint64_t *value_ret)
{
	size_t len = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		char digits[24] = "";

		line += *line == '\n';
		if (strncmp(line, name, len) != 0 || line[len] != ' ')
			continue;
		strncpy(digits, line + len + 1, sizeof(digits) - 1);
		digits[strcspn(digits, "\n")] = '\0';
		return parse_u64(digits, value_ret);
	}
	return -ENOENT;
}

int pincount_read(struct pincount *count_ret)
{
	autofree char *text = NULL;
	struct pincount count;
	int err = fdio_write_file("/proc/sys/vm/stat_refresh", "1");

	if (err)
		return err;
	err = fdio_read_file("/proc/vmstat", &text);
	if (!err)
		err = find_counter(text, "nr_foll_pin_acquired",
				   &count.acquired);
	if (!err)
		err = find_counter(text, "nr_foll_pin_released",
				   &count.released);
	if (!err)
		*count_ret = count;
	return err;
}
