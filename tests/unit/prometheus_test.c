/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics: their names, labels and numbers, and the file that has them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/prometheus.h"
#include "client/tally.h"
#include "common/fdio.h"

#include <cmocka.h>	/* last: its macros take common names */

static const char reply_text[] =
	"{\"ok\":true,\"pid\":7,\"version\":\"1\",\"mountpoint\":\"/m\\\"\\\\\\n\","
	"\"live\":\"proven\",\"paused\":true,\"waiting\":-1,\"held\":2,"
	"\"uptime_us\":1500001,\"log\":\"/l\",\"loop\":null,"
	"\"held_list\":[{\"held_us\":3000000},{\"held_us\":20}],"
	"\"counters\":{\"unstable_blocks\":9,\"unstable_writes\":8,"
	"\"unstable_pin\":4,\"unstable_unknown\":5,\"lost_blocks\":1,"
	"\"copied_writes\":3,\"odd name\":1}}";

static char *text;

static int set_up(UNUSED void **state)
{
	json_t *reply = json_loads(reply_text, 0, NULL);
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!reply || !out)
		return -1;
	prometheus_print(out, reply);
	json_decref(reply);
	return fclose(out);
}

static int tear_down(UNUSED void **state)
{
	free(text);
	return 0;
}

#define M "{mount=\"/m\\\"\\\\\\n\""

static const char *const there[] = {
	"# TYPE pinfs_info gauge\npinfs_info" M ",version=\"1\",live=\"proven\"} 1\n",
	"# TYPE pinfs_findings_total counter\npinfs_findings_total" M
		",class=\"unstable\"} 9\n",
	"\npinfs_findings_total" M ",class=\"lost\"} 1\n",
	"\npinfs_findings_total" M ",class=\"receipt\"} 0\n",
	"\npinfs_doubts_total" M ",class=\"copied\"} 3\n",
	"# TYPE pinfs_causes_total counter\npinfs_causes_total" M
		",class=\"unstable\",cause=\"pin\"} 4\npinfs_causes_total" M
		",class=\"unstable\",cause=\"unknown\"} 5\n# ",
	"\npinfs_unstable_pin_total" M "} 4\n",
	"\npinfs_unstable_blocks_total" M "} 9\n",
	"\npinfs_paused" M "} 1\n",
	"\npinfs_held" M "} 2\n",
	"# TYPE pinfs_uptime_seconds gauge\npinfs_uptime_seconds" M "} 1.500001\n",
	"\npinfs_oldest_hold_seconds" M "} 3.000000\n",
};

static const char *const not_there[] = {
	"pinfs_ok", "pinfs_pid", "pinfs_waiting", "pinfs_log", "pinfs_loop",
	"odd", "uptime_us{", "class=\"mount\"", "cause=\"blocks\"",
	"cause=\"writes\"",
};

static void numbers_are_metrics(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(there); i++)
		if (!strstr(text, there[i]))
			fail_msg("not there: %s\n%s", there[i], text);
	for (size_t i = 0; i < ARRAY_SIZE(not_there); i++)
		if (strstr(text, not_there[i]))
			fail_msg("there: %s\n%s", not_there[i], text);
}

static void causes_are_told_from_sums(UNUSED void **state)
{
	assert_string_equal(tally_cause("unstable_pin"), "pin");
	assert_string_equal(tally_cause("unstable_overwrite"), "overwrite");
	assert_null(tally_cause("unstable_blocks"));
	assert_null(tally_cause("unstable_writes"));
	assert_null(tally_cause("lost_blocks"));
	assert_null(tally_cause("unstable"));
}

static void a_file_is_replaced_at_once(UNUSED void **state)
{
	char directory[] = "/tmp/pinfs-prometheus-XXXXXX";
	char path[64], bad[80], *got;
	struct stat attr;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/a.prom", directory);
	snprintf(bad, sizeof(bad), "%s/no/a.prom", directory);
	assert_int_equal(prometheus_save(path, "old\n", 4), 0);

	FILE *reader = fopen(path, "r");
	char line[16];

	assert_non_null(reader);
	assert_int_equal(prometheus_save(path, "new\n", 4), 0);
	assert_non_null(fgets(line, sizeof(line), reader));
	assert_string_equal(line, "old\n");
	fclose(reader);
	assert_int_equal(fdio_read_file(path, &got), 0);
	assert_string_equal(got, "new");
	free(got);
	assert_int_equal(stat(path, &attr), 0);
	assert_int_equal(attr.st_mode & 07777, 0644);
	assert_int_equal(prometheus_save(bad, "new\n", 4), -ENOENT);
	/* A directory: the rename is what fails, and leaves nothing. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(prometheus_save(path, "new\n", 4), -EISDIR);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_are_metrics, set_up,
						tear_down),
		cmocka_unit_test(causes_are_told_from_sums),
		cmocka_unit_test(a_file_is_replaced_at_once),
	};

	return cmocka_run_group_tests_name("prometheus", tests, NULL, NULL);
}
