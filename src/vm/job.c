/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the text of a job: an object with "nonce", "run" and "evidence_max". */
#include "vm/job.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

enum { NONCE_BYTES = (VM_NONCE_SIZE - 1) / 2 };

int vm_job_new_nonce(char nonce[VM_NONCE_SIZE])
{
	unsigned char bytes[NONCE_BYTES];
	ssize_t n;

	do {
		n = getrandom(bytes, sizeof(bytes), 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n != sizeof(bytes))
		return -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

char *vm_job_text(const struct vm_job *job)
{
	json_t *run = json_array();
	json_t *object = NULL;
	char *text;
	bool ok = run != NULL;

	for (char **word = job->run; ok && word && *word; word++)
		ok = json_array_append_new(run, json_string(*word)) == 0;
	if (ok)
		object = json_pack("{s:s, s:O, s:I}", "nonce", job->nonce,
				   "run", run, "evidence_max",
				   (json_int_t)job->evidence_max);
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	json_decref(run);
	return text;
}

static bool is_nonce(const char *text)
{
	return strlen(text) == VM_NONCE_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == VM_NONCE_SIZE - 1;
}

static int parse_run(const json_t *array, char ***run_ret)
{
	size_t count = json_array_size(array);
	char **run;

	for (size_t i = 0; i < count; i++)
		if (!json_is_string(json_array_get(array, i)))
			return -EINVAL;
	run = calloc(count + 1, sizeof(*run));
	if (!run)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		run[i] = strdup(json_string_value(json_array_get(array, i)));
		if (!run[i]) {
			while (i > 0)
				free(run[--i]);
			free(run);
			return -ENOMEM;
		}
	}
	*run_ret = run;
	return 0;
}

static int parse_object(json_t *object, struct vm_job *job_ret)
{
	const char *nonce = NULL;
	json_t *run = NULL;
	json_int_t most = -1;
	struct vm_job job = { 0 };
	int err;

	if (json_unpack(object, "{s:s, s:o, s:I}", "nonce", &nonce, "run", &run,
			"evidence_max", &most) ||
	    !is_nonce(nonce) || !json_is_array(run) || most < 0)
		return -EINVAL;
	err = parse_run(run, &job.run);
	if (err)
		return err;
	snprintf(job.nonce, sizeof(job.nonce), "%s", nonce);
	job.evidence_max = (size_t)most;
	*job_ret = job;
	return 0;
}

int vm_job_parse(const char *text, struct vm_job *job_ret)
{
	json_error_t where;
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &where);
	int err;

	if (!object) {
		log_err("the job is not JSON: line %d: %s", where.line,
			where.text);
		return -EINVAL;
	}
	err = parse_object(object, job_ret);
	json_decref(object);
	if (err == -EINVAL)
		log_err("the job lacks its nonce, run or evidence_max");
	else if (err)
		log_err("the job cannot be read: %s", strerror(-err));
	return err;
}

void vm_job_release(struct vm_job *job)
{
	for (char **word = job->run; word && *word; word++)
		free(*word);
	free(job->run);
	job->run = NULL;
}
