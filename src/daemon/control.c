/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket. Verbs may wait, so each connection has a thread; their
 * number is bounded. When a connection ends, the gates that it made for itself
 * (scope=connection) are removed, what they hold is released, and a pause of that
 * kind ends, so that a test that dies leaves nothing held.
 *
 * The path is made from the mount's st_dev, which is unique on the machine; a
 * socket of that name is of a mount that has ended, and is replaced.
 */
#include "daemon/control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <pinfs/control.h>

#include "common/clock.h"
#include "common/fdio.h"
#include "common/json.h"
#include "common/list.h"
#include "common/log.h"
#include "common/mutex.h"
#include "common/unixsock.h"
#include "daemon/audit.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/record.h"
#include "daemon/session.h"
#include "daemon/verbs.h"

enum {
	MAX_CONNECTIONS = 256,
	READ_TRIES = 500,	/* without memory for a line */
	READ_RETRY_MS = 10,
};

struct connection {
	struct list node;	/* in control->connections */
	struct control *control;
	uint64_t id;
	int fd;
};

struct control {
	struct fs *fs;
	struct unixsock_name socket;
	int listen_fd;
	pthread_t thread;
	bool started;
	atomic_bool closing;	/* accept_main() has to end */
	struct mutex lock;
	struct cond ended;	/* a connection has ended */
	struct list connections GUARDED_BY(lock);
	unsigned int count GUARDED_BY(lock);
	uint64_t last_id GUARDED_BY(lock);
};

static json_t *error_reply(const char *error, const char *message)
{
	return json_pack("{s:b, s:s, s:s}", "ok", 0, "error", error,
			 "message", message);
}

/* A reply that needs no memory: each line is answered. */
static int send_no_memory(int fd)
{
	static const char line[] = "{\"ok\":false,\"error\":\"ENOMEM\","
		"\"message\":\"there is no memory for a reply\"}\n";

	return fdio_write(fd, line, strlen(line));
}

/*
 * Takes the reference, NULL when memory was short. Return: 0 or -errno (the peer
 * has gone).
 */
static int send_reply(int fd, json_t *reply)
{
	int err = reply ? json_write_line(fd, reply) : -ENOMEM;

	json_decref(reply);
	return err == -ENOMEM ? send_no_memory(fd) : err;
}

/* A line that there is no memory for now stays in the socket, and is not lost. */
static int read_line(struct unixsock_reader *reader, char **line_ret)
{
	int err = -ENOMEM;

	for (int tries = 0; err == -ENOMEM && tries < READ_TRIES; tries++) {
		if (tries)
			clock_sleep_ns(READ_RETRY_MS * CLOCK_NS_PER_MS);
		err = unixsock_read_line(reader, CLOCK_NEVER, line_ret);
	}
	return err;
}

/* Answer lines until the peer goes away. */
static void serve(struct connection *connection)
{
	struct unixsock_reader reader;
	int err = 0;

	unixsock_reader_init(&reader, connection->fd,
			     PINFS_CONTROL_REQUEST_MAX);
	while (!err) {
		char *line = NULL;

		err = read_line(&reader, &line);
		if (err == -EMSGSIZE)
			err = send_reply(connection->fd, error_reply(
				"EMSGSIZE", "the line is too long"));
		else if (err == -EILSEQ)
			err = send_reply(connection->fd, error_reply(
				"EILSEQ", "the line holds a NUL byte"));
		else if (!err)
			err = send_reply(connection->fd, verbs_run(
				connection->control->fs, connection->id,
				connection->fd, line));
		free(line);
	}
	if (err == -ENOMEM)
		(void)!send_no_memory(connection->fd);
	unixsock_reader_deinit(&reader);
}

static void *connection_main(void *arg)
{
	struct connection *connection = arg;
	struct control *control = connection->control;

	serve(connection);
	gate_clear_owner(control->fs->gates, connection->id);
	session_end_pause(control->fs->session, connection->id);
	audit_end(control->fs, connection->id);
	record_end_owner(control->fs, connection->id);
	mutex_lock(&control->lock);
	list_remove(&connection->node);
	close(connection->fd);
	control->count--;
	mutex_cond_broadcast(&control->ended);
	mutex_unlock(&control->lock);
	free(connection);
	return NULL;
}

/* Return: 0, or -errno with the connection still the caller's. */
static int start_connection(struct control *control, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	pthread_t thread;
	int err = connection ? 0 : -ENOMEM;

	if (err)
		return err;
	connection->control = control;
	connection->fd = fd;
	mutex_lock(&control->lock);
	if (control->count >= MAX_CONNECTIONS)
		err = -EMFILE;
	if (!err) {
		connection->id = ++control->last_id;
		err = -pthread_create(&thread, NULL, connection_main, connection);
	}
	if (!err) {
		list_append(&control->connections, &connection->node);
		control->count++;
		pthread_detach(thread);
	}
	mutex_unlock(&control->lock);
	if (err)
		free(connection);
	return err;
}

static void refuse(int fd, const char *error, const char *message)
{
	/* The peer may have gone already: nobody is left to be told. */
	(void)!send_reply(fd, error_reply(error, message));
	close(fd);
}

static void *accept_main(void *arg)
{
	struct control *control = arg;

	for (;;) {
		int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		int err;

		if (atomic_load(&control->closing)) {
			if (fd >= 0)
				close(fd);
			return NULL;
		}
		if (fd < 0) {
			/* Descriptors or memory may be there again later. */
			clock_sleep_ns(10 * CLOCK_NS_PER_MS);
			continue;
		}
		if (unixsock_check_peer(fd)) {
			refuse(fd, "EPERM", "this mount is another user's");
			continue;
		}
		err = start_connection(control, fd);
		if (err == -EMFILE)
			refuse(fd, "EMFILE", "too many connections");
		else if (err)
			refuse(fd, "ENOMEM", "no memory for a connection");
	}
}

/* Make the directories of the socket. */
static int make_runtime(struct control *control)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	char dir[90];
	int len;

	if (geteuid() && !xdg) {
		log_err("XDG_RUNTIME_DIR is not set: no place for the control "
			"socket");
		return -ENOENT;
	}
	len = geteuid() ? snprintf(dir, sizeof(dir), "%s/pinfs", xdg) :
			  snprintf(dir, sizeof(dir), "%s",
				   PINFS_CONTROL_RUNTIME_ROOT);
	if (len >= (int)sizeof(dir)) {
		log_err("XDG_RUNTIME_DIR is too long for a socket's path");
		return -ENAMETOOLONG;
	}
	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		int err = -errno;

		log_err("cannot create '%s': %s", dir, strerror(-err));
		return err;
	}
	snprintf(control->socket.path, sizeof(control->socket.path),
		 "%s/%u:%u.sock", dir, major(control->fs->dev),
		 minor(control->fs->dev));
	return 0;
}

/*
 * The device number is ours, so a socket of that name is of a mount that has
 * ended, although its daemon may still be on its way down.
 */
static int listen_there(struct control *control)
{
	const char *path = control->socket.path;
	struct stat attr;
	int err = 0;

	unlink(path);
	control->listen_fd = unixsock_listen(path);
	if (control->listen_fd < 0)
		err = control->listen_fd;
	else if (lstat(path, &attr) < 0)
		err = -errno;
	else
		control->socket.ino = attr.st_ino;
	if (err)
		log_err("cannot listen on '%s': %s", path, strerror(-err));
	return err;
}

int control_create(struct fs *fs, struct control **control_ret)
{
	struct control *control = calloc(1, sizeof(*control));
	int err;

	if (!control)
		return -ENOMEM;
	control->fs = fs;
	control->listen_fd = -1;
	list_init(&control->connections);
	mutex_init(&control->lock);
	mutex_cond_init(&control->ended);
	err = make_runtime(control);
	if (!err)
		err = listen_there(control);
	if (!err) {
		err = -pthread_create(&control->thread, NULL, accept_main,
				      control);
		control->started = !err;
	}
	if (err) {
		control_destroy(control);
		return err;
	}
	*control_ret = control;
	return 0;
}

const struct unixsock_name *control_socket(const struct control *control)
{
	return &control->socket;
}

void control_destroy(struct control *control)
{
	if (!control)
		return;
	unixsock_unlink(&control->socket);
	atomic_store(&control->closing, true);
	if (control->started) {
		shutdown(control->listen_fd, SHUT_RDWR);
		pthread_join(control->thread, NULL);
	}
	mutex_lock(&control->lock);
	list_for_each(node, &control->connections)
		shutdown(list_entry(node, struct connection, node)->fd,
			 SHUT_RDWR);
	while (control->count)
		mutex_cond_wait(&control->ended, &control->lock);
	mutex_unlock(&control->lock);
	if (control->listen_fd >= 0)
		close(control->listen_fd);
	mutex_cond_deinit(&control->ended);
	mutex_deinit(&control->lock);
	free(control);
}
