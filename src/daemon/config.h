/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's options: one table that parsing, --help and the manual's test
 * read, and the struct they fill.
 */
#ifndef PIN_CONFIG_H
#define PIN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "daemon/alert.h"

enum config_cache {
	CONFIG_CACHE_WRITEBACK,	/* dirty pages are written back later */
	CONFIG_CACHE_THROUGH,	/* write(2) sends its WRITE at once */
	CONFIG_CACHE_NONE,	/* FOPEN_DIRECT_IO for every file */
};

enum config_live {
	CONFIG_LIVE_AUTO,	/* look twice where the kernel lets us */
	CONFIG_LIVE_REQUIRE,	/* or refuse to mount where that is blind */
	CONFIG_LIVE_OFF,	/* never look twice */
};

enum config_verify {
	CONFIG_VERIFY_FAIL,	/* a READ of what does not match fails */
	CONFIG_VERIFY_REPORT,	/* it is only reported */
	CONFIG_VERIFY_OFF,	/* nothing is verified on a READ */
};

enum config_csum {
	CONFIG_CSUM_ON,		/* what is written gets checksums */
	CONFIG_CSUM_OFF,	/* it has none afterwards */
};

enum config_policy {
	CONFIG_POLICY_REPORT,	/* SOURCE has what came first */
	CONFIG_POLICY_REWRITE,	/* write again what is there now */
	CONFIG_POLICY_FAIL,	/* EIO to writeback */
	CONFIG_POLICY_ZEROCOPY,	/* the live pages, with the first checksum */
};

enum config_peek {
	CONFIG_PEEK_AUTO,	/* into buffers of WRITEs that took long */
	CONFIG_PEEK_ON,		/* of all O_DIRECT WRITEs */
	CONFIG_PEEK_OFF,
};

enum config_suspects {
	CONFIG_SUSPECTS_ON,	/* look for who has changed what was found */
	CONFIG_SUSPECTS_OFF,
};

enum config_trace {
	CONFIG_TRACE_AUTO,	/* a record of system calls, after a finding */
	CONFIG_TRACE_ON,	/* always, or do not mount */
	CONFIG_TRACE_OFF,
};

struct config {
	char *source;		/* as given; fsname */
	char *mountpoint;	/* absolute, not resolved */
	enum config_cache cache;
	enum config_live live;
	enum config_policy policy;	/* of a block that changed */
	enum config_verify verify;
	enum config_csum csum;
	enum config_peek peek;
	enum config_suspects suspects;
	enum config_trace trace;
	uint64_t window_ns;	/* least time between the two looks */
	char *state;		/* directory, absolute; NULL: SOURCE/.pinfs */
	char *log;		/* absolute; NULL: STATE/events.jsonl */
	char *evidence;		/* absolute; "": none; NULL: STATE/evidence */
	uint64_t evidence_limit;	/* bytes on the disk, of all of it */
	unsigned int evidence_files;	/* for one file of the mount */
	uint64_t alert_events[ALERT_SINKS];	/* said there; 0: off */
	uint64_t hold_max_ns;	/* no hold is longer than this */
	uint64_t lock_wait_ns;	/* how long to wait for the state's lock */
	uint64_t watchdog_ns;	/* no sign of life for so long: stuck; 0: off */
	unsigned int threads;	/* workers; 0: one per CPU, 4 to 16 */
	unsigned int event_limit;	/* full events per file and second */
	bool nosubtype;		/* kernel type "fuse" instead of "fuse.pinfs" */
	bool pins_only;		/* fuseblk on a device with stable writes */
	bool foreground;	/* -f, -d */
	bool debug;		/* -d */
	bool read_only;		/* ro was among the mount words */
	int ready_fd;		/* gets "READY\n" when serving; -1: none */
	char *mount_options;	/* libfuse's words, commas escaped; "": none */
	char *source_path;	/* SOURCE resolved; NULL: it is not there */
};

/* What config_parse() decided. */
enum config_action {
	CONFIG_RUN,
	CONFIG_HELP,		/* help has been asked for */
	CONFIG_VERSION,
	CONFIG_BAD,		/* a message has been printed; exit 2 */
};

/**
 * config_parse() - command line to config
 * @config: overwritten; config_deinit() frees it, also after CONFIG_BAD
 */
enum config_action config_parse(struct config *config, int argc, char **argv);
void config_deinit(struct config *config);
/* The word that an option with words has now ("cache": "writeback"). */
const char *config_word(const struct config *config, const char *option);
/* --help, generated from the option table, to stdout. */
void config_print_help(void);

#endif
