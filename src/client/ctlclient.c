/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control connection. The daemon answers the requests of a connection in
 * their order, one line each; so when a call gives up at its deadline, its
 * reply is still owed, and the next call reads past it.
 */
#include "client/ctlclient.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pinfs/control.h>

#include "client/errname.h"
#include "client/mountref.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/unixsock.h"

/* A list of 10,000 held requests has about 2 MB. */
enum { REPLY_MAX = 64 << 20 };

struct ctlclient {
	int fd;
	struct unixsock_reader reader;
	unsigned int owed;	/* replies that nobody waits for any more */
	bool torn;		/* a request was sent in part: unusable */
};

int ctlclient_open_socket(const char *path, struct ctlclient **client_ret)
{
	struct ctlclient *client = calloc(1, sizeof(*client));

	if (!client)
		return -ENOMEM;
	client->fd = unixsock_connect(path);
	if (client->fd < 0) {
		int err = client->fd;

		free(client);
		return err == -ENOENT ? -ECONNREFUSED : err;
	}
	unixsock_reader_init(&client->reader, client->fd, REPLY_MAX);
	*client_ret = client;
	return 0;
}

int ctlclient_open(const char *mountpoint, struct ctlclient **client_ret)
{
	struct mountref ref;
	int err = mountref_find(mountpoint, &ref);

	if (err)
		return err;
	if (!ref.socket) {
		log_err("XDG_RUNTIME_DIR is not set: cannot find the control "
			"socket of '%s'", mountpoint);
		err = -ECONNREFUSED;
	} else {
		err = ctlclient_open_socket(ref.socket, client_ret);
		if (err)
			log_err("no daemon answers for '%s' at %s: %s",
				mountpoint, ref.socket, strerror(-err));
	}
	mountref_deinit(&ref);
	return err;
}

void ctlclient_close(struct ctlclient *client)
{
	if (!client)
		return;
	unixsock_reader_deinit(&client->reader);
	close(client->fd);
	free(client);
}

int ctlclient_fd(const struct ctlclient *client)
{
	return client->fd;
}

/* A daemon that does not read must not hang us: never a blocking send. */
static int send_all(struct ctlclient *client, const char *text, size_t len,
		    uint64_t deadline_ns)
{
	size_t sent = 0;

	while (sent < len) {
		struct pollfd pfd = { .fd = client->fd, .events = POLLOUT };
		ssize_t n = send(client->fd, text + sent, len - sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		int ready;

		if (n > 0) {
			sent += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		client->torn = sent > 0;
		if (errno != EAGAIN)
			return errno == ECONNRESET ? -EPIPE : -errno;
		ready = poll(&pfd, 1, clock_left_ms(deadline_ns));
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready == 0 && clock_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
	}
	client->torn = false;
	return 0;
}

static int PRINTF(3, 0) send_request(struct ctlclient *client,
				     uint64_t deadline_ns, const char *fmt,
				     va_list args)
{
	autofree char *line = NULL;
	int len = vasprintf(&line, fmt, args);

	if (len < 0) {
		line = NULL;
		return -ENOMEM;
	}
	if (strchr(line, '\n'))
		return -EINVAL;
	if (len > PINFS_CONTROL_REQUEST_MAX)
		return -EMSGSIZE;
	line[len] = '\n';	/* in the place of the NUL */
	return send_all(client, line, (size_t)len + 1, deadline_ns);
}

/* The reply to the last request, past those that are owed. */
static int read_reply(struct ctlclient *client, uint64_t deadline_ns,
		      json_t **reply_ret)
{
	for (;;) {
		autofree char *line = NULL;
		json_t *reply;
		int err = unixsock_read_line(&client->reader, deadline_ns,
					     &line);

		if (err && err != -EMSGSIZE && err != -EILSEQ)
			return err;
		if (--client->owed > 0)
			continue;
		if (err)
			return err;
		reply = json_loads(line, 0, NULL);
		if (!json_is_object(reply)) {
			json_decref(reply);
			return -EPROTO;
		}
		*reply_ret = reply;
		return 0;
	}
}

static int PRINTF(4, 0) call(struct ctlclient *client, uint64_t deadline_ns,
			     json_t **reply_ret, const char *fmt, va_list args)
{
	int err;

	if (client->torn)
		return -EPIPE;
	err = send_request(client, deadline_ns, fmt, args);
	if (err)
		return err;
	client->owed++;
	return read_reply(client, deadline_ns, reply_ret);
}

int ctlclient_call(struct ctlclient *client, uint64_t deadline_ns,
		   json_t **reply_ret, const char *fmt, ...)
{
	va_list args;
	int err;

	va_start(args, fmt);
	err = call(client, deadline_ns, reply_ret, fmt, args);
	va_end(args);
	return err;
}

int ctlclient_reply_error(const json_t *reply)
{
	const char *name;

	if (json_is_true(json_object_get(reply, "ok")))
		return 0;
	name = json_string_value(json_object_get(reply, "error"));
	return name ? -errname_parse(name) : -EPROTO;
}

long ctlclient_ask(struct ctlclient *client, uint64_t deadline_ns,
		   const char *key, const char *fmt, ...)
{
	json_t *reply = NULL;
	va_list args;
	long value;

	va_start(args, fmt);
	value = call(client, deadline_ns, &reply, fmt, args);
	va_end(args);
	if (value)
		return value;
	value = ctlclient_reply_error(reply);
	if (!value && key) {
		const json_t *number = json_object_get(reply, key);

		value = json_is_integer(number) ?
			(long)json_integer_value(number) : -EPROTO;
	}
	json_decref(reply);
	return value;
}
