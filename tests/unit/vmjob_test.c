/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A job as text and back, and what is no job. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/compiler.h"
#include "vm/job.h"

#define NONCE "0123456789abcdef0123456789abcdef"

static void there_and_back(void **state UNUSED)
{
	static char *words[] = {
		(char *)"-o", (char *)"cache=through", (char *)"",
		(char *)"a \"b\"\n\\", (char *)"pwrite@*", NULL,
	};
	static char *none[] = { NULL };
	char **const rows[] = { words, none, NULL };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct vm_job job = {
			.nonce = NONCE, .run = rows[i], .evidence_max = 12345,
		};
		struct vm_job got;
		char *text = vm_job_text(&job);
		size_t at = 0;

		assert_non_null(text);
		assert_int_equal(vm_job_parse(text, &got), 0);
		assert_string_equal(got.nonce, NONCE);
		assert_int_equal(got.evidence_max, 12345);
		for (; rows[i] && rows[i][at]; at++)
			assert_string_equal(got.run[at], rows[i][at]);
		assert_null(got.run[at]);
		vm_job_release(&got);
		vm_job_release(&got);
		free(text);
	}
}

static void what_is_no_utf8(void **state UNUSED)
{
	static char *words[] = { (char *)"\xff", NULL };
	struct vm_job job = { .nonce = NONCE, .run = words };

	assert_null(vm_job_text(&job));
}

static void what_is_no_job(void **state UNUSED)
{
	static const char *const rows[] = {
		"", "{", "[]", "\"" NONCE "\"", "{}",
		"{\"nonce\":\"" NONCE "\",\"run\":[]}",
		"{\"nonce\":\"" NONCE "\",\"evidence_max\":1}",
		"{\"run\":[],\"evidence_max\":1}",
		"{\"nonce\":\"" NONCE "\",\"run\":[],\"evidence_max\":-1}",
		"{\"nonce\":\"" NONCE "\",\"run\":[],\"evidence_max\":\"1\"}",
		"{\"nonce\":\"" NONCE "\",\"run\":{},\"evidence_max\":1}",
		"{\"nonce\":\"" NONCE "\",\"run\":\"x\",\"evidence_max\":1}",
		"{\"nonce\":\"" NONCE "\",\"run\":[\"a\",1],"
		"\"evidence_max\":1}",
		/* A nonce that is shorter, longer, of other characters. */
		"{\"nonce\":\"\",\"run\":[],\"evidence_max\":1}",
		"{\"nonce\":\"0123\",\"run\":[],\"evidence_max\":1}",
		"{\"nonce\":\"" NONCE "0\",\"run\":[],\"evidence_max\":1}",
		"{\"nonce\":\"0123456789ABCDEF0123456789abcdef\",\"run\":[],"
		"\"evidence_max\":1}",
		"{\"nonce\":\"0123456789 bcdef0123456789abcdef\",\"run\":[],"
		"\"evidence_max\":1}",
		/* Which of them? */
		"{\"nonce\":\"" NONCE "\",\"nonce\":\"" NONCE "\",\"run\":[],"
		"\"evidence_max\":1}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct vm_job job = { .nonce = "untouched" };

		assert_int_equal(vm_job_parse(rows[i], &job), -EINVAL);
		assert_string_equal(job.nonce, "untouched");
		assert_null(job.run);
	}
}

static void nonces_are_news(void **state UNUSED)
{
	char nonces[64][VM_NONCE_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(nonces); i++) {
		memset(nonces[i], 'x', VM_NONCE_SIZE);
		assert_int_equal(vm_job_new_nonce(nonces[i]), 0);
		assert_int_equal(strlen(nonces[i]), VM_NONCE_SIZE - 1);
		assert_int_equal(strspn(nonces[i], "0123456789abcdef"),
				 VM_NONCE_SIZE - 1);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(nonces[i], nonces[j]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(what_is_no_utf8),
		cmocka_unit_test(what_is_no_job),
		cmocka_unit_test(nonces_are_news),
	};

	return cmocka_run_group_tests_name("vmjob", tests, NULL, NULL);
}
