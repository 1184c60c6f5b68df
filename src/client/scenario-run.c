/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the order of the phases of a scenario. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/eventlog.h"
#include "client/interrupt.h"
#include "client/ondir.h"
#include "client/scenario-internal.h"
#include "common/clock.h"

typedef int phase_fn(struct trial *trial);

static void note_phase(struct trial *trial, const char *name,
		       uint64_t start_ns)
{
	if (trial->phase_count < TRIAL_PHASES_MAX)
		trial->phases[trial->phase_count++] = (struct trial_phase){
			.name = name, .ns = clock_now_ns() - start_ns,
		};
}

/* Run a phase, if the part has it, and note how long it took. */
static int phase(struct trial *trial, const char *name, phase_fn *run)
{
	uint64_t start_ns = clock_now_ns();
	int err;

	if (!run)
		return 0;
	site_trace(trial->site, "phase", name);
	err = run(trial);
	note_phase(trial, name, start_ns);
	return err;
}

/* --------------------------------------------------------- up to the answer */

static int probe(const struct scenario *scenario, struct trial *trial)
{
	const char *cache = scenario->moment->cache;
	int err = 0;

	/* Nobody gets here without having been told; this is for mistakes. */
	if (scenario_dangerous(scenario) && !trial->site->dangerous)
		return trial_fail(trial, -EOPNOTSUPP, "it endangers the "
				  "machine");
	if (cache && strcmp(cache, trial->site->cache) != 0)
		return trial_fail(trial, -EOPNOTSUPP, "the mount has cache=%s, "
				  "not %s", trial->site->cache, cache);
	err = phase(trial, "probe", scenario->target->part.probe);
	if (!err)
		err = phase(trial, "probe", scenario->moment->part.probe);
	return err ? err : phase(trial, "probe", scenario->writer->part.probe);
}

static int make_other_memory(struct trial *trial)
{
	if (!trial_mutated(trial, SITE_ELSEWHERE))
		return 0;
	return trial_step(trial, trial->site->writer, NULL, "anon mem=w len=%llu",
			  (unsigned long long)shape_map_len(trial->shape));
}

/* A page that lies in several pieces of a call is pinned for each of them. */
static struct pinleak_own expect_pins(const struct scenario *scenario)
{
	const struct scenario_writer *writer = scenario->writer;
	uint64_t pages = shape_write_pages(scenario->shape);
	uint64_t held = writer->pins * pages + scenario->shape->segments - 1;

	if (!writer->pins)
		return (struct pinleak_own){ 0 };
	return (struct pinleak_own){
		.pages = pages,
		.held = held,
		.taken = held + writer->pins_beside,
	};
}

static int prepare(const struct scenario *scenario, struct trial *trial)
{
	const struct scenario_target *target = scenario->target;
	int err = eventlog_mark(trial->site->events);

	trial->detail = scenario->writer->detail;
	trial->own = expect_pins(scenario);
	trial->store = target->store;
	trial->left = target->left;
	if (!err)
		err = probe(scenario, trial);
	if (err)
		return err;
	trial->made = true;
	err = phase(trial, "make", target->make);
	if (!err)
		err = make_other_memory(trial);
	return err ? err : phase(trial, "dirty", target->dirty);
}

/* Is a WRITE of the target held, or not received, from enter to leave? */
static bool has_window(const struct scenario *scenario)
{
	return scenario->moment->window &&
	       (scenario->target->part.is & (PART_ON_MOUNT | PART_STOPPABLE));
}

/* Does it last from enter to leave, with something that waits meanwhile? */
static bool lasts(const struct scenario *scenario)
{
	return has_window(scenario) || scenario->moment->freezes;
}

/*
 * Before the writer writes: NOTIFY_STORE waits for the folio's lock, which a
 * store that waits in fuse_page_mkwrite() has (fs/fuse/file.c, 6.18).
 */
static int plant_in_window(const struct scenario *scenario, struct trial *trial)
{
	if (!lasts(scenario) || !trial_mutated(trial, SITE_PLANT))
		return 0;
	return phase(trial, "plant", scenario->target->plant);
}

static int start(const struct scenario *scenario, struct trial *trial)
{
	trial->started = true;
	return phase(trial, "start", scenario->writer->start);
}

static int start_and_enter(const struct scenario *scenario, struct trial *trial)
{
	const struct scenario_moment *moment = scenario->moment;
	int err = 0;

	if (!moment->first)
		err = start(scenario, trial);
	if (!err)
		err = phase(trial, "enter", moment->enter);
	if (!err)
		err = plant_in_window(scenario, trial);
	if (!err && moment->first)
		err = start(scenario, trial);
	return err;
}

/* While the WRITE is still held: what has become of the bytes? */
static int look(const struct scenario *scenario, struct trial *trial)
{
	uint64_t start_ns = clock_now_ns();
	int err = 0;

	if (lasts(scenario) && trial->call.ended) {
		site_trace(trial->site, "phase", "look");
		err = scenario->target->look(trial, &trial->facts.shown);
		note_phase(trial, "look", start_ns);
	}
	return err ? err : phase(trial, "collect", scenario->writer->collect);
}

int scenario_to_answer(const struct scenario *scenario, struct trial *trial)
{
	const struct scenario_moment *moment = scenario->moment;
	int err = prepare(scenario, trial);

	if (!err)
		err = start_and_enter(scenario, trial);
	if (!err)
		err = phase(trial, "write", scenario->writer->write);
	if (!err)
		err = phase(trial, "watch", trial_watch_call);
	if (!err)
		err = look(scenario, trial);
	if (!err)
		err = phase(trial, "leave", moment->leave);
	return err ? err : phase(trial, "finish", trial_finish_call);
}

/* ---------------------------------------------------------------- the events */

/* What the log says, once the daemon has written all that it knows so far. */
static int read_log(struct trial *trial, const char *path,
		    struct eventlog_unstable *found)
{
	int err = site_settle_events(trial->site);

	if (!err)
		err = eventlog_unstable(trial->site->events, path,
					trial->base / SHAPE_PAGE,
					trial->shape->pages, found);
	return err ? trial_fail(trial, err, "cannot read the event log: %s",
				strerror(-err)) : 0;
}

static int read_events(struct trial *trial)
{
	unsigned long long first = trial->base / SHAPE_PAGE;
	struct eventlog_unstable found;
	char path[TRIAL_NAME_SIZE + 1];
	int err;

	snprintf(path, sizeof(path), "/%s", trial->target);
	err = read_log(trial, path, &found);
	if (err)
		return err;
	if (!found.count && found.suppressed)
		return trial_fail(trial, -ENODATA, "events of '%s' are "
				  "suppressed: event_limit= is too small",
				  path);
	trial->facts.events = found.count;
	if (!found.count)
		return 0;
	trial->cause_block = (unsigned int)(found.block - first);
	trial->facts.arrived = trial_block_bytes(trial, trial->cause_block,
						 found.arrival);
	snprintf(trial->cause, sizeof(trial->cause), "%s", found.cause);
	return 0;
}

/* --------------------------------------------------------------- to the end */

int scenario_undo(const struct scenario *scenario, struct trial *trial)
{
	int err = 0;

	if (trial->started)
		err = phase(trial, "undo", scenario->writer->undo);
	if (!err && trial_mutated(trial, SITE_ELSEWHERE) && !trial->owner_gone)
		err = trial_step(trial, trial->site->writer, NULL,
				 "munmap mem=w");
	return err ? err : phase(trial, "destroy", scenario->target->destroy);
}

/* Bytes beyond the end have made the file longer. */
static void see_more(struct trial *trial)
{
	const struct stepper_result *result = &trial->call.result;
	uint64_t end = shape_write_at(trial->shape) + trial->len;

	if (trial->shape->place == SHAPE_BEYOND_END && result->ok &&
	    !trial->facts.elsewhere)
		trial->seen = (uint32_t)(end - trial->base);
}

/*
 * Once nothing dirties the page any more: a pin's worker may still do so (see
 * file_audit()), and what it has written back would go over the planted change,
 * or beside it, where a filesystem writes nothing twice to the same place.
 */
static int plant_at_end(const struct scenario *scenario, struct trial *trial)
{
	const struct scenario_target *target = scenario->target;
	int err = 0;

	if (lasts(scenario) || !trial_mutated(trial, SITE_PLANT))
		return 0;
	trial_await_unpinned(trial);
	if (target->settle)
		err = target->settle(trial);
	return err ? err : phase(trial, "plant", target->plant);
}

static int run_phases(const struct scenario *scenario, struct trial *trial)
{
	const struct scenario_target *target = scenario->target;
	int err = scenario_to_answer(scenario, trial);

	if (!err)
		err = phase(trial, "again", scenario->moment->again);
	if (!err)
		err = phase(trial, "settle", target->settle);
	if (!err)
		err = plant_at_end(scenario, trial);
	see_more(trial);
	if (!err)
		err = phase(trial, "audit", target->audit);
	if (!err)
		err = read_events(trial);
	return err ? err : scenario_undo(scenario, trial);
}

/* What the call says about itself. -EIO: it did less than it was asked to. */
static int judge_result(const struct scenario *scenario, struct trial *trial)
{
	const struct stepper_result *result = &trial->call.result;
	struct judge_facts *facts = &trial->facts;

	facts->window = has_window(scenario);
	facts->frozen = scenario->moment->freezes;
	/* Who had the result has taken it along. */
	if (!facts->called || (trial->owner_gone && !trial->call.ended))
		return 0;
	facts->err = result->ok ? 0 : result->err;
	if (facts->err && facts->err == scenario->writer->no_page)
		facts->err = EFAULT;
	facts->in_window = lasts(scenario) &&
			   result->end_ns < trial->let_go_ns;
	if (result->ok && result->ret != trial->len + trial->beside)
		return trial_fail(trial, -EIO, "the call did %ld of %u bytes",
				  result->ret, trial->len + trial->beside);
	return 0;
}

/* ------------------------------------------------------------------ the runs */

enum { TRIES = 10 };	/* while the kernel is faster, or slow to let go */

/* Before anything is made: where the target will be. */
static void find_home(const struct scenario *scenario, struct trial *trial)
{
	const struct ondir *ondir;

	if ((scenario->target->part.is & PART_IN_DIR) &&
	    ondir_get(trial->site, &ondir) == 0)
		trial->home = ondir->path;
}

static const char *home_of(const struct trial *trial)
{
	return trial->home ? trial->home : trial->site->source;
}

/* What a signal would have to remove. */
static void name_files(const struct trial *trial)
{
	static char target[PATH_MAX], source[PATH_MAX];

	interrupt_set_files(NULL, NULL);
	if (trial->site->keep)
		return;
	snprintf(target, sizeof(target), "%s/%s", home_of(trial),
		 trial->target);
	snprintf(source, sizeof(source), "%s/%s", trial->site->source,
		 trial->source);
	interrupt_set_files(target, source);
}

static int run_once(const struct scenario *scenario, struct trial *trial,
		    struct site *site)
{
	int err;

	trial_init(trial, site, scenario->shape);
	find_home(scenario, trial);
	name_files(trial);
	err = run_phases(scenario, trial);
	interrupt_set_files(NULL, NULL);
	return err ? err : judge_result(scenario, trial);
}

/* Leave the site as it was, after a trial that the kernel was too fast for. */
static int abandon(const struct scenario *scenario, struct trial *trial)
{
	struct stepper_result aside;
	int err = trial_drop_gates(trial);

	if (!err)
		err = trial_finish_call(trial);
	if (!err)
		err = trial_finish_aside(trial, &aside);
	if (!err)
		err = trial_end_leg(trial);
	return err ? err : scenario_undo(scenario, trial);
}

static void remove_file(const char *dir, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
}

/*
 * Of a trial that ended early. In SOURCE: the mount may not answer. Nor may
 * another filesystem, when something did not come.
 */
static void remove_files(const struct trial *trial, int err)
{
	if (!trial->home || err != -ETIMEDOUT)
		remove_file(home_of(trial), trial->target);
	remove_file(trial->site->source, trial->source);
}

/*
 * How many pages have its calls pinned, by now? Of a call that was refused or
 * was never made none: should it have pinned some, nothing is said of them.
 */
static unsigned int pinned(const struct scenario *scenario,
			   const struct trial *trial)
{
	const struct scenario_writer *writer = scenario->writer;
	const struct trial_call *call = &trial->call;

	if (call->ended ? !call->result.ok : !trial->held)
		return 0;
	return writer->pins * shape_write_pages(scenario->shape) +
	       writer->pins_beside;
}

bool scenario_lack(const struct scenario *scenario, struct site *site,
		   char why_ret[TRIAL_NOTE_SIZE])
{
	struct trial trial;
	int err;

	trial_init(&trial, site, scenario->shape);
	find_home(scenario, &trial);
	trial.detail = scenario->writer->detail;
	err = probe(scenario, &trial);
	memcpy(why_ret, trial.trouble, TRIAL_NOTE_SIZE);
	return err;
}

void scenario_run(const struct scenario *scenario, struct site *site,
		  struct scenario_outcome *outcome_ret)
{
	struct scenario_outcome outcome = { .pins = -1 };
	struct trial trial;
	int err = run_once(scenario, &trial, site);

	for (int again = 1; err == -EAGAIN && again < TRIES; again++) {
		if (abandon(scenario, &trial))
			break;
		/* What is kept is of runs, and this was none. */
		if (trial.made && site->keep)
			remove_files(&trial, err);
		outcome.pinned += pinned(scenario, &trial);
		err = run_once(scenario, &trial, site);
	}
	outcome.pinned += pinned(scenario, &trial);
	if (err && trial.made && !site->keep)
		remove_files(&trial, err);
	scenario_judge(&trial, err, &outcome);
	*outcome_ret = outcome;
}
