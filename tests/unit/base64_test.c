/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 against RFC 4648's answers, and what is no base64. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base64.h"
#include "common/compiler.h"

static const struct {
	const char *bytes;
	const char *text;
} answers[] = {
	/* Section 10. */
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	/* The last two characters of the alphabet. */
	{ "\xff\xef\xbe", "/+++" },
};

static const char *const malformed[] = {
	"Z", "Zg", "Zg=",		/* a group is four characters */
	"Zg==Zg==",			/* an end in the middle */
	"Zh==", "Zm9=",			/* bits that no byte has */
	"Z===", "====", "=Zm9", "Zm=v",	/* padding elsewhere */
	"Zm 9", "Zm9-", "Zm9\n",	/* not of the alphabet */
};

static void known_answers(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		size_t len = strlen(answers[i].bytes);
		char text[32], bytes[32];

		base64_encode(answers[i].bytes, len, text);
		assert_string_equal(text, answers[i].text);
		assert_int_equal(strlen(text) + 1, BASE64_SIZE(len));
		assert_int_equal(base64_decode(text, bytes, len), len);
		assert_memory_equal(bytes, answers[i].bytes, len);
		if (len)
			assert_int_equal(base64_decode(text, bytes, len - 1),
					 -EFBIG);
	}
}

static void others_are_refused(void **state UNUSED)
{
	char bytes[32];

	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++)
		assert_int_equal(base64_decode(malformed[i], bytes,
					       sizeof(bytes)), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
