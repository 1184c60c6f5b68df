/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stagemark: the text of marks, and what a name is; stagecopy: copies with holes. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/stagecopy.h"
#include "client/stagemark.h"
#include "common/cleanup.h"
#include "common/compiler.h"

#include <cmocka.h>	/* last: its macros take common names */

static void texts_are_promises_or_text(UNUSED void **state)
{
	static const struct {
		const char *text;
		enum stagemark_promise promise;
		const char *name;
		const char *word;	/* as its user writes it */
	} cases[] = {
		{ "durable f 8192 00000000000000ff a", STAGEMARK_DURABLE, "a",
		  "durable=a" },
		{ "gone - 0 0000000000000000 d/a b", STAGEMARK_GONE, "d/a b",
		  "gone=d/a b" },
		{ "free - 0 0000000000000000 a", STAGEMARK_FREE, "a", "free=a" },
		{ "whole f 1 0000000000000001 a", STAGEMARK_WHOLE, "a",
		  "whole=a" },
		{ "end - 0 0000000000000000 ", STAGEMARK_END, "", "end=" },
		/* What a user could write, or nearly. */
		{ "durable=a", STAGEMARK_TEXT, "durable=a", "durable=a" },
		{ "the end", STAGEMARK_TEXT, "the end", "the end" },
		{ "durable f x 1 a", STAGEMARK_TEXT, "durable f x 1 a",
		  "durable f x 1 a" },
		{ "undurable f 1 1 a", STAGEMARK_TEXT, "undurable f 1 1 a",
		  "undurable f 1 1 a" },
		{ "", STAGEMARK_TEXT, "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stagemark mark;
		char word[64];

		stagemark_parse(cases[i].text, &mark);
		assert_int_equal(mark.promise, cases[i].promise);
		assert_string_equal(mark.name, cases[i].name);
		stagemark_format(&mark, word, sizeof(word));
		assert_string_equal(word, cases[i].word);
	}
}

static void values_of_a_promise_are_read(UNUSED void **state)
{
	struct stagemark mark;

	stagemark_parse("durable f 8192 00000000000000ff a", &mark);
	assert_int_equal(mark.state.type, 'f');
	assert_int_equal(mark.state.size, 8192);
	assert_int_equal(mark.state.digest, 0xff);
}

static void put(int dir, const char *name, const char *text)
{
	autoclose int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static bool same(const struct stagemark_state *a,
		 const struct stagemark_state *b)
{
	return a->type == b->type && a->size == b->size &&
	       a->digest == b->digest;
}

static void a_name_is_its_bytes(UNUSED void **state)
{
	char path[] = "/tmp/stagemark-XXXXXX";
	struct stagemark_state a, b;
	autoclose int dir = -1;

	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	put(dir, "a", "one");
	put(dir, "b", "one");
	assert_int_equal(symlinkat("a", dir, "l"), 0);
	assert_int_equal(stagemark_look(dir, "a", &a), 0);
	assert_int_equal(a.type, 'f');
	assert_int_equal(a.size, 3);
	assert_int_equal(stagemark_look(dir, "b", &b), 0);
	assert_true(same(&a, &b));
	put(dir, "b", "two");
	assert_int_equal(stagemark_look(dir, "b", &b), 0);
	assert_false(same(&a, &b));
	assert_int_equal(stagemark_look(dir, "l", &b), 0);
	assert_int_equal(b.type, 'l');
	assert_int_equal(stagemark_look(dir, ".", &b), 0);
	assert_int_equal(b.type, 'd');
	assert_int_equal(stagemark_look(dir, "nothing", &b), 0);
	assert_int_equal(b.type, '-');
	assert_int_equal(stagemark_look(dir, "a/below", &b), 0);
	assert_int_equal(b.type, '-');
	unlinkat(dir, "a", 0);
	unlinkat(dir, "b", 0);
	unlinkat(dir, "l", 0);
	assert_int_equal(rmdir(path), 0);
}

static void a_copy_has_the_bytes_and_the_holes(UNUSED void **state)
{
	enum { SIZE = 8 << 20, OFF = 5 << 20 };
	autoclose int from = memfd_create("from", MFD_CLOEXEC);
	autoclose int to = memfd_create("to", MFD_CLOEXEC);
	struct stat attr;
	char text[8] = "";

	assert_int_equal(ftruncate(from, SIZE), 0);
	assert_int_equal(pwrite(from, "bytes", 5, OFF), 5);
	assert_int_equal(stagecopy_bytes(from, to), 0);
	assert_int_equal(fstat(to, &attr), 0);
	assert_int_equal(attr.st_size, SIZE);
	assert_true(attr.st_blocks < (4 << 20) / 512);
	assert_int_equal(pread(to, text, 5, OFF), 5);
	assert_string_equal(text, "bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_promises_or_text),
		cmocka_unit_test(values_of_a_promise_are_read),
		cmocka_unit_test(a_name_is_its_bytes),
		cmocka_unit_test(a_copy_has_the_bytes_and_the_holes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
