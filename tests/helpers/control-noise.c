/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control-noise SOCKET LINES SEED - so many lines of all kinds for a control
 * socket, from a few threads and over many connections: verbs with words that
 * are right and wrong, printable noise, bytes, NUL, lines of any length. Each
 * whole line must get one JSON object with a boolean "ok", in the order of the
 * lines; some lines can be recognised in their replies. Some connections end
 * within a line, some without having read.
 * control-noise --many SOCKET COUNT - so many connections at once: prints how many
 * were served and how many were refused, each by one object.
 *
 * "quit" is never sent, "pause" only with a "resume" after it, and no line can
 * wait or hold for longer than 20 ms.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pinfs/control.h>

#include "common/clock.h"
#include "common/compiler.h"
#include "common/unixsock.h"

enum {
	THREADS = 6,
	MOST_LINES = 40,	/* of a connection */
	MOST_BYTES = 3 * PINFS_CONTROL_REQUEST_MAX,
	REPLY_BYTES = 16 << 20,
	PATIENCE_S = 30,	/* for a reply */
};

struct noise {
	pthread_t thread;
	uint64_t seed;
	uint64_t lines;		/* to be sent */
	char *text;		/* of a connection */
	size_t len;
	size_t count;		/* whole lines in it */
	uint64_t tags[MOST_LINES + 2];	/* 0: a line that no reply names */
};

static const char *socket_path;
static atomic_uint_fast64_t replies, good, last_tag;

static uint64_t below(struct noise *noise, uint64_t limit)
{
	noise->seed = noise->seed * 6364136223846793005ULL +
		      1442695040888963407ULL;
	return (noise->seed >> 33) % limit;
}

static void put(struct noise *noise, const char *text)
{
	size_t len = strlen(text);

	memcpy(noise->text + noise->len, text, len);
	noise->len += len;
}

static void end_line(struct noise *noise, uint64_t tag)
{
	put(noise, "\n");
	noise->tags[noise->count++] = tag;
}

/* ---- lines ---- */

static const char *const verbs[] = {
#define VERB(name, words, help) #name,
	PINFS_CONTROL_VERBS(VERB)
#undef VERB
};

static const char *const keys[] = {
	"op", "at", "path", "ino", "off", "len", "pid", "nth", "count",
	"scope", "id", "held", "n", "byte", "text", "timeout", "deadline",
	"bogus", "op=op", "",
};

static const char *const values[] = {
	"write", "read,write", "any", "lookup,,read", "fsync", "arrive",
	"reply", "/*", "/t*", "/", "mount", "connection", "0", "1", "2", "7",
	"4k", "-1", "18446744073709551615", "99999999999999999999999", "1ms",
	"20ms", "0x10", "\"two words\"", "\"open", "", "\xff\xfe", "[a-", "=",
};

static void put_words(struct noise *noise)
{
	for (uint64_t words = below(noise, 5); words; words--) {
		put(noise, " ");
		put(noise, keys[below(noise, ARRAY_SIZE(keys))]);
		put(noise, below(noise, 20) ? "=" : "");
		put(noise, values[below(noise, ARRAY_SIZE(values))]);
	}
}

static void put_verb(struct noise *noise, bool may_pause)
{
	const char *verb = verbs[below(noise, ARRAY_SIZE(verbs))];

	if (!strcmp(verb, "quit") || (!strcmp(verb, "pause") && !may_pause))
		verb = "list";
	put(noise, verb);
	if (!strcmp(verb, "pause")) {
		end_line(noise, 0);
		put(noise, "resume");
	} else if (!strcmp(verb, "wait") || !strcmp(verb, "audit")) {
		put_words(noise);
		put(noise, " timeout=10ms");
	} else if (!strcmp(verb, "hold")) {
		put(noise, below(noise, 4) ? " op=write deadline=20ms" :
					     " deadline=5ms");
		put_words(noise);
	} else if (below(noise, 2)) {
		put_words(noise);
	}
	end_line(noise, 0);
}

static void put_bytes(struct noise *noise, size_t len, bool printable)
{
	while (len--) {
		char byte = (char)(printable ? ' ' + below(noise, 95) :
					       below(noise, 256));

		noise->text[noise->len++] = byte == '\n' ? ' ' : byte;
	}
}

static void put_tagged(struct noise *noise)
{
	uint64_t tag = atomic_fetch_add(&last_tag, 1) + 1;
	char word[32];

	snprintf(word, sizeof(word), "tag%" PRIu64 "x", tag);
	put(noise, word);
	end_line(noise, tag);
}

/* Not a verb by accident: it begins with '!'. */
static void put_noise(struct noise *noise, size_t most, bool printable)
{
	put(noise, "!");
	put_bytes(noise, below(noise, most), printable);
	end_line(noise, 0);
}

static void put_line(struct noise *noise, bool may_pause)
{
	switch (below(noise, 12)) {
	case 0:
		return put_noise(noise, 80, true);
	case 1:
		return put_noise(noise, 80, false);
	case 2:
		return put_noise(noise, MOST_BYTES, below(noise, 2));
	case 3:
		return end_line(noise, 0);
	case 4:
		put(noise, "clear");
		return end_line(noise, 0);
	case 5:
	case 6:
		return put_tagged(noise);
	default:
		return put_verb(noise, may_pause);
	}
}

/* ---- replies ---- */

static void check_reply(const char *line, uint64_t tag)
{
	json_t *object = json_loads(line, 0, NULL);
	json_t *ok = json_object_get(object, "ok");
	char word[32];

	if (!json_is_boolean(ok))
		errx(1, "this is no reply: %s", line);
	if (json_is_false(ok) &&
	    (!json_is_string(json_object_get(object, "error")) ||
	     !json_is_string(json_object_get(object, "message"))))
		errx(1, "this does not say why: %s", line);
	snprintf(word, sizeof(word), "'tag%" PRIu64 "x'", tag);
	if (tag && !strstr(line, word))
		errx(1, "not the reply to %s: %s", word, line);
	atomic_fetch_add(&replies, 1);
	atomic_fetch_add(&good, json_is_true(ok));
	json_decref(object);
}

static void *send_text(void *arg)
{
	struct noise *noise = arg;
	int fd = (int)noise->tags[MOST_LINES + 1];
	size_t done = 0;

	while (done < noise->len) {
		ssize_t n = send(fd, noise->text + done, noise->len - done,
				 MSG_NOSIGNAL);

		if (n < 0)
			err(1, "send");
		done += (size_t)n;
	}
	shutdown(fd, SHUT_WR);
	return NULL;
}

static int connect_there(void)
{
	int fd = unixsock_connect(socket_path);

	if (fd < 0)
		errx(1, "connect: %s", strerror(-fd));
	return fd;
}

static void converse(struct noise *noise)
{
	int fd = connect_there();
	struct unixsock_reader reader;
	pthread_t sender;
	char *line;
	int ret;

	noise->tags[MOST_LINES + 1] = (uint64_t)fd;
	if (pthread_create(&sender, NULL, send_text, noise))
		errx(1, "threads");
	unixsock_reader_init(&reader, fd, REPLY_BYTES);
	for (size_t i = 0; i <= noise->count; i++) {
		line = NULL;
		ret = unixsock_read_line(&reader, clock_deadline_ns(
			PATIENCE_S * CLOCK_NS_PER_SEC), &line);
		if (ret == -EPIPE && i == noise->count)
			break;
		if (ret || i == noise->count)
			errx(1, "%zu replies to %zu lines, then %s", i,
			     noise->count, ret ? strerror(-ret) : "more");
		check_reply(line, noise->tags[i]);
		free(line);
	}
	pthread_join(sender, NULL);
	unixsock_reader_deinit(&reader);
	close(fd);
}

/* Send what goes, read nothing. */
static void hang_up(const struct noise *noise)
{
	int fd = connect_there();

	(void)!send(fd, noise->text, noise->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void *make_noise(void *arg)
{
	struct noise *noise = arg;

	noise->text = malloc((MOST_LINES + 1) * (MOST_BYTES + 1024));
	if (!noise->text)
		err(1, "memory");
	while (noise->lines) {
		bool rude = !below(noise, 8);
		uint64_t most = MIN(1 + below(noise, MOST_LINES - 1),
				    noise->lines);

		noise->len = noise->count = 0;
		while (noise->count < most)
			put_line(noise, !rude && noise->count + 1 < most);
		if (below(noise, 3) == 0)
			put_bytes(noise, below(noise, 200), false);
		if (rude) {
			hang_up(noise);
			continue;
		}
		converse(noise);
		noise->lines -= MIN(noise->count, noise->lines);
	}
	free(noise->text);
	return NULL;
}

/* ---- many connections ---- */

static int connect_many(int count)
{
	int served = 0, refused = 0;
	int fds[1024];

	for (int i = 0; i < count; i++) {
		fds[i] = connect_there();
		(void)!send(fds[i], "wait held=0\n", 12, MSG_NOSIGNAL);
	}
	for (int i = 0; i < count; i++) {
		struct unixsock_reader reader;
		char *line = NULL;
		int ret;

		unixsock_reader_init(&reader, fds[i], REPLY_BYTES);
		ret = unixsock_read_line(&reader, clock_deadline_ns(
			PATIENCE_S * CLOCK_NS_PER_SEC), &line);
		if (ret)
			errx(1, "connection %d: %s", i, strerror(-ret));
		check_reply(line, 0);
		if (strstr(line, "EMFILE"))
			refused++;
		else
			served++;
		free(line);
		unixsock_reader_deinit(&reader);
	}
	for (int i = 0; i < count; i++)
		close(fds[i]);
	printf("%d %d\n", served, refused);
	return 0;
}

int main(int argc, char **argv)
{
	static struct noise noises[THREADS];

	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && !strcmp(argv[1], "--many")) {
		socket_path = argv[2];
		return connect_many(MIN(atoi(argv[3]), 1024));
	}
	if (argc != 4)
		errx(2, "usage: control-noise SOCKET LINES SEED");
	socket_path = argv[1];
	for (uint64_t i = 0; i < THREADS; i++) {
		noises[i].seed = strtoull(argv[3], NULL, 10) * THREADS + i;
		noises[i].lines = strtoull(argv[2], NULL, 10) / THREADS;
		if (pthread_create(&noises[i].thread, NULL, make_noise,
				   &noises[i]))
			errx(1, "threads");
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(noises[i].thread, NULL);
	printf("%" PRIu64 " replies, %" PRIu64 " ok\n", atomic_load(&replies),
	       atomic_load(&good));
	return 0;
}
