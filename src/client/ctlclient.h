/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control connection to a mount: one request line, one JSON object back.
 */
#ifndef PIN_CTLCLIENT_H
#define PIN_CTLCLIENT_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

struct ctlclient;

/**
 * ctlclient_open() - connect to the daemon of a mount
 * @mountpoint: found in /proc/self/mountinfo; the mount is not touched
 * Return: 0; -ENOENT not a mount point, -EMEDIUMTYPE not a pinfs mount,
 * -ECONNREFUSED no daemon answers, -errno. A message has been logged.
 */
int ctlclient_open(const char *mountpoint, struct ctlclient **client_ret)
	MUST_CHECK;
/* The same by the socket's path; no message. */
int ctlclient_open_socket(const char *path, struct ctlclient **client_ret)
	MUST_CHECK;
void ctlclient_close(struct ctlclient *client);		/* NULL is allowed */
/* For poll(2): readable with nothing asked means that the daemon has gone. */
int ctlclient_fd(const struct ctlclient *client);

/**
 * ctlclient_call() - send one request and wait for its reply
 * @reply_ret: the reply's object, a new reference, also when its "ok" is false
 * @fmt:       one line without newline; values as quote_word() makes them
 * Return: 0 a reply came; -ETIMEDOUT (its reply is skipped when it comes),
 * -EPIPE, -EMSGSIZE the request is too long, -EPROTO the reply is no object,
 * -errno.
 */
int ctlclient_call(struct ctlclient *client, uint64_t deadline_ns,
		   json_t **reply_ret, const char *fmt, ...)
	PRINTF(4, 5) MUST_CHECK;
/* Return: 0 when a reply is ok, else the negative errno that it names. */
int ctlclient_reply_error(const json_t *reply);
/**
 * ctlclient_ask() - a call whose answer is one number
 * @key: member of the reply ("id", "held", "released"), or NULL
 * Return: its value, 0 without @key, or -errno (also of a reply that is not ok).
 */
long ctlclient_ask(struct ctlclient *client, uint64_t deadline_ns,
		   const char *key, const char *fmt, ...)
	PRINTF(4, 5) MUST_CHECK;

#endif
