/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/control.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/json.h"

/* QEMU reads these at once, or does not matter any more. */
static void send_text(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

static void take_event(struct vm_control *control, const json_t *object)
{
	const char *event = json_string_value(json_object_get(object, "event"));
	const json_t *data = json_object_get(object, "data");
	const char *reason = json_string_value(json_object_get(data, "reason"));

	if (event && reason && strcmp(event, "SHUTDOWN") == 0)
		snprintf(control->shutdown, sizeof(control->shutdown), "%s",
			 reason);
	if (event && strcmp(event, "GUEST_PANICKED") == 0)
		control->panicked = true;
}

static void take_line(struct vm_control *control, int fd)
{
	json_t *object = json_loadb(control->line, control->len, 0, NULL);

	if (!control->greeted && json_object_get(object, "QMP")) {
		control->greeted = true;
		send_text(fd, "{\"execute\":\"qmp_capabilities\"}\n");
	}
	if (json_object_get(object, "return") ||
	    json_object_get(object, "error"))
		control->answers++;
	take_event(control, object);
	json_decref(object);
}

void vm_control_feed(struct vm_control *control, int fd, const char *bytes,
		     size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n') {
			take_line(control, fd);
			control->len = 0;
		} else if (control->len < sizeof(control->line)) {
			control->line[control->len++] = bytes[i];
		}
	}
}

void vm_control_break(int fd, const char *name)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "{\"execute\":\"chardev-send-break\","
		 "\"arguments\":{\"id\":\"%s\"}}\n", name);
	send_text(fd, command);
}
