/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's answer line (steps.h) as a value. */
#ifndef PIN_STEPPER_ANSWER_H
#define PIN_STEPPER_ANSWER_H

#include "client/stepper.h"
#include "common/list.h"

enum stepper_kind {
	STEPPER_DONE,		/* ok or fail: @result */
	STEPPER_STARTED,	/* @tid */
	STEPPER_BAD,		/* result.text is the message */
};

struct stepper_answer {
	struct list node;
	unsigned int step;
	enum stepper_kind kind;
	pid_t tid;
	struct stepper_result result;
};

/**
 * stepper_answer_parse() - read an answer line
 * @answer_ret: malloc'ed; caller frees
 * Return: 0; -EPROTO it is no answer; -ENOMEM.
 */
int stepper_answer_parse(const char *line, struct stepper_answer **answer_ret)
	MUST_CHECK;

#endif
