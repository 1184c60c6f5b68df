/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl policies: what each of the daemon's policies makes of a page that
 * changes under writeback, as a table.
 *
 * The scenario is dio-read@writeback, on a temporary mount for each policy, up to
 * the answer of the WRITE. Then SOURCE is looked at, before anything else is
 * written. Once the story goes on: fsync(2), which brings the page's new bytes.
 * Once it does not: the connection is aborted, as a crash would, and the file is
 * read on a new mount of the same SOURCE.
 *
 * Below it, what only a kernel without the write(2) path into pages under
 * writeback would show: two scenarios on a pins-only mount.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "client/ctlclient.h"
#include "client/errname.h"
#include "client/interrupt.h"
#include "client/scenario.h"
#include "client/site.h"
#include "client/stepper.h"
#include "client/tempmount.h"
#include "client/trial.h"
#include "client/verdict.h"
#include "common/clock.h"
#include "common/log.h"

enum { STEP_S = 10 };

/* What was seen, or is expected. */
struct sight {
	enum judge_bytes answered;	/* SOURCE when the WRITE was answered */
	int sync_err;			/* errno of fsync(2) */
	enum judge_bytes synced;	/* SOURCE after it */
	int read_err;			/* after a crash: errno of read(2) */
	enum judge_bytes read;		/* its bytes */
	bool media;			/* and was there a "media" event? */
};

struct policy {
	const char *name;
	struct sight expected;
};

static const struct policy policies[] = {
	{ "report", { JUDGE_OLD, 0, JUDGE_NEW, 0, JUDGE_OLD, false } },
	{ "rewrite", { JUDGE_NEW, 0, JUDGE_NEW, 0, JUDGE_NEW, false } },
	{ "fail", { JUDGE_OLD, EIO, JUDGE_NEW, 0, JUDGE_OLD, false } },
	{ "zerocopy", { JUDGE_NEW, 0, JUDGE_NEW, EIO, JUDGE_UNSEEN, true } },
};

static const struct site_options site_options = {
	.step_ns = STEP_S * CLOCK_NS_PER_SEC,
};

static const struct scenario *scenario(void)
{
	return scenario_find("dio-read@writeback");
}

/* ---- looking ---- */

static int look_at_source(struct trial *trial, enum judge_bytes *bytes_ret)
{
	char digests[TRIAL_DIGESTS_SIZE];
	int err = trial_store_digest(trial, digests);

	if (!err)
		*bytes_ret = trial_bytes(trial, digests);
	return err;
}

/* The story goes on. */
static int look_at_sync(struct site *site, struct sight *sight)
{
	struct stepper_result result;
	struct trial trial;
	int err;

	trial_init(&trial, site, shape_at(0));
	err = scenario_to_answer(scenario(), &trial);
	if (!err)
		err = look_at_source(&trial, &sight->answered);
	if (!err)
		err = trial_try(&trial, site->observer, &result, "fsync fd=t");
	if (!err)
		sight->sync_err = result.ok ? 0 : result.err;
	if (!err)
		err = look_at_source(&trial, &sight->synced);
	if (!err)
		err = scenario_undo(scenario(), &trial);
	if (err)
		log_err("%s", *trial.trouble ? trial.trouble : strerror(-err));
	return err;
}

static int count_media(struct site *site, bool *media_ret)
{
	json_t *reply = NULL;
	int err = ctlclient_call(site->control, clock_deadline_ns(site->step_ns),
				 &reply, "status");

	if (!err)
		*media_ret = json_integer_value(json_object_get(
			json_object_get(reply, "counters"), "media_blocks"));
	json_decref(reply);
	return err;
}

/* On the new mount: read what the crash has left. */
static int look_after_crash(struct site *site, struct trial *trial,
			    struct sight *sight)
{
	char digests[TRIAL_DIGESTS_SIZE];
	struct stepper_result result;
	int err;

	trial->site = site;
	err = trial_step(trial, site->observer, NULL, "open fd=t path=%s",
			 trial->target);
	if (!err)
		err = trial_try(trial, site->observer, &result, "digest fd=t "
				"off=0 len=%d", SHAPE_PAGE);
	if (err)
		return err;
	sight->read_err = result.ok ? 0 : result.err;
	if (result.ok && trial_word(&result, "digest", digests, sizeof(digests)))
		sight->read = trial_bytes(trial, digests);
	return count_media(site, &sight->media);
}

static int read_after_crash(const struct tempmount *crashed,
			    struct trial *trial, struct sight *sight)
{
	struct tempmount *mount;
	struct site *site;
	int err = tempmount_create_over(tempmount_source(crashed), NULL,
					&mount);

	if (err)
		return err;
	err = site_open(tempmount_point(mount), &site_options, &site);
	if (!err) {
		err = look_after_crash(site, trial, sight);
		if (err)
			log_err("%s", *trial->trouble ? trial->trouble :
				strerror(-err));
		site_close(site);
	}
	tempmount_destroy(mount);
	return err;
}

/* The story ends when the WRITE has been answered. */
static int look_at_crash(struct tempmount *mount, struct site *site,
			 struct sight *sight)
{
	struct trial trial;
	int err;

	trial_init(&trial, site, shape_at(0));
	err = scenario_to_answer(scenario(), &trial);
	if (err)
		log_err("%s", *trial.trouble ? trial.trouble : strerror(-err));
	if (!err)
		err = site_abort(tempmount_point(mount));
	site_close(site);
	return err ? err : read_after_crash(mount, &trial, sight);
}

/* ---- one policy ---- */

static int try_policy(const struct policy *policy, struct sight *sight_ret)
{
	struct tempmount *mount;
	struct site *site = NULL;
	char options[64];
	int err;

	snprintf(options, sizeof(options), "policy=%s", policy->name);
	err = tempmount_create(options, &mount);
	if (err)
		return err;
	err = site_open(tempmount_point(mount), &site_options, &site);
	if (!err && !site->is_live) {
		log_err("%s", site->live_reason);
		err = -EOPNOTSUPP;
	}
	if (!err)
		err = look_at_sync(site, sight_ret);
	if (err)
		site_close(site);
	else
		err = look_at_crash(mount, site, sight_ret);
	tempmount_kill(mount);
	return err;
}

/* ---- the table ---- */

static const char *bytes_name(enum judge_bytes bytes)
{
	static const char *const names[] = {
		[JUDGE_UNSEEN] = "?",
		[JUDGE_OLD] = "the first look's",
		[JUDGE_NEW] = "the page's",
		[JUDGE_MIXED] = "mixed",
	};

	return names[bytes];
}

static const char *read_name(const struct sight *sight)
{
	return sight->read_err ? errname_from(sight->read_err) :
				 bytes_name(sight->read);
}

static bool is_expected(const struct sight *a, const struct sight *b)
{
	return a->answered == b->answered && a->sync_err == b->sync_err &&
	       a->synced == b->synced && a->read_err == b->read_err &&
	       a->read == b->read && a->media == b->media;
}

static void print_heading(void)
{
	printf("%-10s %-18s %-7s %-12s %-18s %s\n", "policy",
	       "bytes in SOURCE", "fsync", "bytes then",
	       "read after a crash", "media event");
}

static void print_row(const struct policy *policy, const struct sight *sight)
{
	printf("%-10s %-18s %-7s %-12s %-18s %s%s\n", policy->name,
	       bytes_name(sight->answered),
	       sight->sync_err ? errname_from(sight->sync_err) : "0",
	       bytes_name(sight->synced), read_name(sight),
	       sight->media ? "yes" : "no",
	       is_expected(sight, &policy->expected) ? "" : "  UNEXPECTED");
}

/* Return: a CMD_ status. */
static int run_policy(const struct policy *policy)
{
	struct sight sight = { .read = JUDGE_UNSEEN };
	int err = try_policy(policy, &sight);

	if (err == -EOPNOTSUPP)
		return CMD_SKIP;
	if (err)
		return CMD_UNSURE;
	print_row(policy, &sight);
	fflush(stdout);
	return is_expected(&sight, &policy->expected) ? CMD_OK : CMD_FOUND;
}

/* ---- pins-only ---- */

static const struct {
	const char *scenario;
	enum verdict expected;
} pins_only[] = {
	{ "pwrite@writeback", VERDICT_BLOCKED },
	{ "dio-read@writeback", VERDICT_UNSTABLE },
};

static int run_pins_only(struct site *site)
{
	int worst = CMD_OK;

	printf("\n%-10s %-19s %s\n", "mode", "scenario", "verdict");
	for (size_t i = 0; i < ARRAY_SIZE(pins_only); i++) {
		struct scenario_outcome outcome;
		enum verdict verdict;

		scenario_run(scenario_find(pins_only[i].scenario), site,
			     &outcome);
		verdict = verdict_worst(outcome.verdicts);
		printf("%-10s %-19s %s%s\n", "pins-only",
		       pins_only[i].scenario, verdict_name(verdict),
		       verdict == pins_only[i].expected ? "" :
							  "  UNEXPECTED");
		if (verdict != pins_only[i].expected)
			worst = CMD_FOUND;
		if (outcome.spoiled)
			return CMD_UNSURE;
	}
	return worst;
}

/* Where it cannot be mounted (not root, no loop device) that is said. */
static int try_pins_only(void)
{
	struct tempmount *mount;
	struct site *site;
	int status = CMD_UNSURE;

	if (tempmount_create("pins-only", &mount))
		return CMD_OK;
	if (!site_open(tempmount_point(mount), &site_options, &site)) {
		status = run_pins_only(site);
		site_close(site);
	}
	tempmount_destroy(mount);
	return status;
}

static int run_policies(int argc, UNUSED char **argv)
{
	int worst = CMD_OK;
	int status;

	if (argc != 1)
		return cmd_usage(&cmd_policies, "it takes no arguments");
	interrupt_setup();
	print_heading();
	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		status = run_policy(&policies[i]);

		if (status == CMD_SKIP || status == CMD_UNSURE)
			return status;
		worst = MAX(worst, status);
	}
	status = try_pins_only();
	return MAX(worst, status);
}

const struct cmd cmd_policies = {
	.name = "policies",
	.args = "",
	.help = "what each policy makes of a page that changes, as a table",
	.run = run_policies,
};
