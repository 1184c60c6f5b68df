/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control client against a server that answers in every way that a socket
 * allows: in pieces, at length, late, wrongly, or not at all.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <pinfs/control.h>

#include "client/ctlclient.h"
#include "client/errname.h"
#include "client/quote.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/parse.h"
#include "common/unixsock.h"

enum { LONG_REPLY = 2 << 20 };

/* A server for one connection: for each request, @serve is called. */
struct server {
	char dir[64];
	char path[96];
	int listen_fd;
	pthread_t thread;
	/* Answer @request, the @n-th from 0. Return: false to hang up. */
	bool (*serve)(int fd, const char *request, unsigned int n);
};

static void *server_main(void *arg)
{
	struct server *server = arg;
	struct unixsock_reader reader;
	int fd = accept(server->listen_fd, NULL, NULL);
	bool more = true;

	unixsock_reader_init(&reader, fd, 65536);
	for (unsigned int n = 0; more; n++) {
		char *line = NULL;

		more = unixsock_read_line(&reader, CLOCK_NEVER, &line) == 0 &&
		       server->serve(fd, line, n);
		free(line);
	}
	unixsock_reader_deinit(&reader);
	close(fd);
	return NULL;
}

static void start_server(struct server *server,
			 bool (*serve)(int fd, const char *request,
				       unsigned int n),
			 struct ctlclient **client_ret)
{
	memset(server, 0, sizeof(*server));
	server->serve = serve;
	strcpy(server->dir, "/tmp/pinfs-ctlclient.XXXXXX");
	assert_non_null(mkdtemp(server->dir));
	snprintf(server->path, sizeof(server->path), "%s/sock", server->dir);
	assert_int_equal(ctlclient_open_socket(server->path, client_ret),
			 -ECONNREFUSED);
	server->listen_fd = unixsock_listen(server->path);
	assert_true(server->listen_fd >= 0);
	assert_int_equal(pthread_create(&server->thread, NULL, server_main,
					server), 0);
	assert_int_equal(ctlclient_open_socket(server->path, client_ret), 0);
}

/* The client first: a server in a read ends with the connection. */
static void end_server(struct server *server, struct ctlclient *client)
{
	ctlclient_close(client);
	pthread_join(server->thread, NULL);
	close(server->listen_fd);
	unlink(server->path);
	rmdir(server->dir);
}

static bool say(int fd, const char *text)
{
	return fdio_write(fd, text, strlen(text)) == 0;
}

static uint64_t soon(void)
{
	return clock_deadline_ns(10 * CLOCK_NS_PER_SEC);
}

/* ------------------------------------------------------------ ways to serve */

/* The request comes back as the message. */
static bool echo(int fd, const char *request, unsigned int n)
{
	json_t *reply = json_pack("{s:b, s:I, s:s}", "ok", 1, "id",
				  (json_int_t)n, "message", request);
	int err = json_write_line(fd, reply);

	json_decref(reply);
	return err == 0;
}

static bool pieces(int fd, const char *request UNUSED, unsigned int n UNUSED)
{
	static const char reply[] = "{\"ok\":true,\"held\":12345}\n";

	for (const char *c = reply; *c; c++) {
		if (fdio_write(fd, c, 1))
			return false;
		clock_sleep_ns(CLOCK_NS_PER_MS / 4);
	}
	return true;
}

static bool at_length(int fd, const char *request UNUSED, unsigned int n UNUSED)
{
	char *text = malloc(LONG_REPLY + 64);
	size_t len = (size_t)sprintf(text, "{\"ok\":true,\"pad\":\"");
	bool sent;

	memset(text + len, 'x', LONG_REPLY);
	strcpy(text + len + LONG_REPLY, "\",\"id\":7}\n");
	sent = say(fd, text);
	free(text);
	return sent;
}

/* The first request is answered together with the second. */
static bool late(int fd, const char *request UNUSED, unsigned int n)
{
	if (n == 0)
		return true;
	if (n == 1)
		return say(fd, "{\"ok\":true,\"id\":100}\n"
			       "{\"ok\":true,\"id\":101}\n");
	return say(fd, "{\"ok\":true,\"id\":102}\n");
}

static bool hang_up(int fd UNUSED, const char *request UNUSED,
		    unsigned int n UNUSED)
{
	return false;
}

static bool hang_up_within(int fd, const char *request UNUSED,
			   unsigned int n UNUSED)
{
	say(fd, "{\"ok\":tr");
	return false;
}

static bool oddly(int fd, const char *request UNUSED, unsigned int n)
{
	static const char *const replies[] = {
		"nonsense\n",
		"[1,2]\n",
		"\n",
		"{\"ok\":true}\n",
		"{\"ok\":true,\"id\":\"7\"}\n",
		"{\"id\":7}\n",
		"{\"ok\":false,\"error\":\"ETIMEDOUT\",\"held\":3}\n",
		"{\"ok\":false,\"error\":\"ENOSUCHNAME\"}\n",
		"{\"ok\":true,\"id\":7}\n",
	};

	return n < sizeof(replies) / sizeof(replies[0]) && say(fd, replies[n]);
}

/* -------------------------------------------------------------------- tests */

static void a_request_is_one_line(void **state UNUSED)
{
	char text[PINFS_CONTROL_REQUEST_MAX + 2];
	struct ctlclient *client;
	struct server server;
	json_t *reply;

	start_server(&server, echo, &client);
	assert_int_equal(ctlclient_call(client, soon(), &reply,
					"hold op=%s off=%d", "write", 4096), 0);
	assert_string_equal(json_string_value(json_object_get(reply,
							      "message")),
			    "hold op=write off=4096");
	json_decref(reply);
	assert_int_equal(ctlclient_call(client, soon(), &reply, "a\nb"),
			 -EINVAL);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(ctlclient_call(client, soon(), &reply, "%s", text),
			 -EMSGSIZE);
	text[PINFS_CONTROL_REQUEST_MAX] = '\0';
	/* The second request that was sent: those refused were not. */
	assert_int_equal(ctlclient_ask(client, soon(), "id", "%s", text), 1);
	end_server(&server, client);
}

static void a_reply_comes_in_pieces(void **state UNUSED)
{
	struct ctlclient *client;
	struct server server;

	start_server(&server, pieces, &client);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ctlclient_ask(client, soon(), "held", "x"),
				 12345);
	end_server(&server, client);
}

static void a_reply_has_2_mb(void **state UNUSED)
{
	struct ctlclient *client;
	struct server server;
	json_t *reply;

	start_server(&server, at_length, &client);
	assert_int_equal(ctlclient_call(client, soon(), &reply, "list"), 0);
	assert_int_equal(json_string_length(json_object_get(reply, "pad")),
			 LONG_REPLY);
	json_decref(reply);
	assert_int_equal(ctlclient_ask(client, soon(), "id", "list"), 7);
	end_server(&server, client);
}

static void a_late_reply_is_not_the_next_ones(void **state UNUSED)
{
	struct ctlclient *client;
	struct server server;
	uint64_t start_ns = clock_now_ns();

	start_server(&server, late, &client);
	assert_int_equal(ctlclient_ask(client, clock_deadline_ns(
				30 * CLOCK_NS_PER_MS), "id", "wait"),
			 -ETIMEDOUT);
	assert_true(clock_now_ns() - start_ns >= 30 * CLOCK_NS_PER_MS);
	assert_int_equal(ctlclient_ask(client, soon(), "id", "wait"), 101);
	assert_int_equal(ctlclient_ask(client, soon(), "id", "wait"), 102);
	end_server(&server, client);
}

static void a_closed_connection_is_said(void **state UNUSED)
{
	bool (*const ways[])(int, const char *, unsigned int) = {
		hang_up, hang_up_within,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct ctlclient *client;
		struct server server;
		json_t *reply;

		start_server(&server, ways[i], &client);
		assert_int_equal(ctlclient_call(client, soon(), &reply, "x"),
				 -EPIPE);
		/* Neither a signal nor a wait. */
		assert_int_equal(ctlclient_call(client, soon(), &reply, "x"),
				 -EPIPE);
		end_server(&server, client);
	}
}

static void odd_replies_are_errors(void **state UNUSED)
{
	static const long answers[] = {
		-EPROTO, -EPROTO, -EPROTO, -EPROTO, -EPROTO, -EPROTO,
		-ETIMEDOUT, -EIO, 7,
	};
	struct ctlclient *client;
	struct server server;

	start_server(&server, oddly, &client);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		assert_int_equal(ctlclient_ask(client, soon(), "id", "x"),
				 answers[i]);
	end_server(&server, client);
}

/* Nobody reads at all: the socket fills, and no call waits for ever. */
static void a_full_socket_does_not_hang(void **state UNUSED)
{
	char text[PINFS_CONTROL_REQUEST_MAX + 1];
	struct ctlclient *client = NULL;
	uint64_t start_ns = clock_now_ns();
	char path[64];
	json_t *reply;
	int listen_fd;

	snprintf(path, sizeof(path), "/tmp/pinfs-ctlclient.%d", getpid());
	listen_fd = unixsock_listen(path);
	assert_true(listen_fd >= 0);
	assert_int_equal(ctlclient_open_socket(path, &client), 0);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 1000; i++) {
		int err = ctlclient_call(client, clock_now_ns(), &reply, "%s",
					 text);

		assert_true(err == -ETIMEDOUT || err == -EPIPE);
	}
	assert_true(clock_now_ns() - start_ns < 60 * CLOCK_NS_PER_SEC);
	ctlclient_close(client);
	close(listen_fd);
	unlink(path);
}

static void other_mounts_are_refused(void **state UNUSED)
{
	struct ctlclient *client;

	assert_int_equal(ctlclient_open("/proc", &client), -EMEDIUMTYPE);
	assert_int_equal(ctlclient_open("/proc/self", &client), -ENOENT);
	assert_true(ctlclient_open("/nowhere/at/all", &client) < 0);
}

static void quoted_words_are_read_as_they_were(void **state UNUSED)
{
	static const char *const words[] = {
		"plain", "/a/b-c_d.e", "two words", "tab\there", "\"", "\\",
		"\\\"", "a=b", "#x", "&", "", " ", "a\\b\"c d", "\xff\xfe",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct parse_line parsed;
		char line[128], *word, *pair;

		snprintf(line, sizeof(line), "text=%s", words[i]);
		assert_int_equal(quote_pair(line, &pair), 0);
		assert_int_equal(quote_word(words[i], &word), 0);
		snprintf(line, sizeof(line), "mark %s other=%s last", pair,
			 word);
		assert_int_equal(parse_line_init(&parsed, line), 0);
		assert_int_equal(parsed.nwords, 3);
		assert_string_equal(parse_line_get(&parsed, "text"), words[i]);
		assert_string_equal(parse_line_get(&parsed, "other"),
				    words[i]);
		parse_line_deinit(&parsed);
		free(word);
		free(pair);
	}
}

static void control_characters_cannot_be_quoted(void **state UNUSED)
{
	char *word;

	assert_int_equal(quote_word("a\nb", &word), -EINVAL);
	assert_int_equal(quote_word("\x7f", &word), -EINVAL);
	assert_int_equal(quote_pair("a\nb=c", &word), -EINVAL);
}

static void errors_have_names(void **state UNUSED)
{
	assert_string_equal(errname_from(EIO), "EIO");
	assert_string_equal(errname_from(100000), "EUNKNOWN");
	for (int err = 1; err < 134; err++)
		if (strcmp(errname_from(err), "EUNKNOWN") != 0)
			assert_int_equal(errname_parse(errname_from(err)),
					 err);
	assert_int_equal(errname_parse("EUNKNOWN"), EIO);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_one_line),
		cmocka_unit_test(a_reply_comes_in_pieces),
		cmocka_unit_test(a_reply_has_2_mb),
		cmocka_unit_test(a_late_reply_is_not_the_next_ones),
		cmocka_unit_test(a_closed_connection_is_said),
		cmocka_unit_test(odd_replies_are_errors),
		cmocka_unit_test(a_full_socket_does_not_hang),
		cmocka_unit_test(other_mounts_are_refused),
		cmocka_unit_test(quoted_words_are_read_as_they_were),
		cmocka_unit_test(control_characters_cannot_be_quoted),
		cmocka_unit_test(errors_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
