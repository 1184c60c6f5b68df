/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the apt of our own. All that apt-get is told stands in one file, which it
 * reads behind the system's: proxies and credentials stay, while directories are
 * ours and hooks are cleared, since some empty the system's cache.
 *
 * A mirror that lacks a suite makes apt-get update fail, though the others' lists
 * are there then. So it is asked once more, for what it has. One that does not
 * answer is no failure to apt-get, unless it is told that it is (Error-Mode): it
 * would be taken for one that has no kernels.
 */
#include "vm/apt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/tool.h"
#include "vm/apt-suites.h"
#include "vm/cache.h"
#include "vm/child.h"

enum {
	UPDATE_S = 300,
	DOWNLOAD_S = 900,
	LOOK_S = 60,
	FRESH_S = 24 * 60 * 60,
	AGAIN_S = 10 * 60,
	LOG_MAX_BYTES = 1 << 20,
	LISTS_MIB = 200,
};

/* %1$s: our directory. */
static const char config_text[] =
	"#clear APT::Update::Pre-Invoke;\n"
	"#clear APT::Update::Post-Invoke;\n"
	"#clear APT::Update::Post-Invoke-Success;\n"
	"#clear APT::Architectures;\n"
	"APT::Architecture \"amd64\";\n"
	"APT::Architectures { \"amd64\"; };\n"
	"APT::Sandbox::User \"root\";\n"
	"APT::Update::Error-Mode \"any\";\n"
	"Acquire::Languages \"none\";\n"
	"Acquire::PDiffs \"false\";\n"
	"Acquire::Retries \"2\";\n"
	"Acquire::http::Timeout \"20\";\n"
	"Acquire::https::Timeout \"20\";\n"
	"Acquire::GzipIndexes \"true\";\n"
	"Dir::Etc::sourcelist \"%1$s/debian.sources\";\n"
	"Dir::Etc::sourceparts \"/dev/null\";\n"
	"Dir::Etc::preferences \"/dev/null\";\n"
	"Dir::Etc::preferencesparts \"/dev/null\";\n"
	"Dir::State \"%1$s\";\n"
	"Dir::State::lists \"%1$s/lists\";\n"
	"Dir::State::status \"%1$s/status\";\n"
	"Dir::State::extended_states \"%1$s/extended_states\";\n"
	"Dir::Cache \"%1$s\";\n"
	"Dir::Cache::archives \"%1$s/archives\";\n"
	"Dir::Cache::pkgcache \"%1$s/pkgcache.bin\";\n"
	"Dir::Cache::srcpkgcache \"\";\n"
	"Dir::Log \"%1$s\";\n";

static char *in_dir(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

int vm_apt_save(const struct vm_apt *apt, const char *name, const char *text)
{
	autofree char *path = in_dir(apt->dir, name);
	autofree char *fresh = NULL;
	autoclose int fd = -1;
	int err;

	if (!path || asprintf(&fresh, "%s~", path) < 0) {
		fresh = NULL;
		return -ENOMEM;
	}
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = fdio_write(fd, text, strlen(text));
	if (!err && rename(fresh, path) < 0)
		err = -errno;
	return err;
}

static bool is_same(const char *dir, const char *name, const char *text)
{
	autofree char *path = in_dir(dir, name);
	autofree char *there = NULL;
	size_t len = strlen(text);

	/* What reads files leaves out a final newline. */
	while (len && text[len - 1] == '\n')
		len--;
	if (!path || fdio_read_file(path, &there))
		return false;
	return strncmp(there, text, len) == 0 &&
	       there[len + strspn(there + len, "\n")] == '\0';
}

static int open_log(const char *dir)
{
	autofree char *path = in_dir(dir, "log");
	struct stat st;
	int fd;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && st.st_size > LOG_MAX_BYTES &&
	    ftruncate(fd, 0) < 0)
		log_debug("the log of apt grows on");
	return fd;
}

/* The first error of what apt has said since @off. */
static void tell_why(int log, off_t off, const char *what, int status)
{
	char text[4096];
	ssize_t n = fdio_pread(log, text, sizeof(text) - 1, off);
	char *error;

	text[n > 0 ? n : 0] = '\0';
	error = strncmp(text, "E: ", 3) == 0 ? text : strstr(text, "\nE: ");
	if (error)
		error += *error == '\n' ? 4 : 3;
	if (status == -ETIMEDOUT)
		error = NULL;
	if (error)
		error[strcspn(error, "\n")] = '\0';
	if (error)
		log_warn("%s: %s", what, error);
	else if (status < 0)
		log_warn("%s: %s", what, strerror(-status));
	else
		log_warn("%s: apt-get ended with %d", what, status);
}

/* Return: its status or -errno; not 0: @what has been logged. */
static int run(const struct vm_apt *apt, const char *what,
	       const char *const *words, const char *dir, unsigned int limit_s)
{
	autofree char *config = in_dir(apt->dir, "apt.conf");
	autoclose int log = open_log(apt->dir);
	const char *argv[32] = { "apt-get", "-c", config, "-q", "-y" };
	size_t count = 5;
	off_t off;
	int status;

	if (!config || log < 0)
		return config ? log : -ENOMEM;
	while (*words && count < ARRAY_SIZE(argv) - 1)
		argv[count++] = *words++;
	argv[count] = NULL;
	off = lseek(log, 0, SEEK_END);
	status = vm_child_run(argv, dir, log, limit_s * CLOCK_NS_PER_SEC);
	if (status)
		tell_why(log, off, what, status);
	return status;
}

int vm_apt_download(const struct vm_apt *apt, const char *const *words,
		    const char *dir)
{
	const char *argv[16] = { "download" };
	size_t count = 1;
	int status;

	while (*words && count < ARRAY_SIZE(argv) - 1)
		argv[count++] = *words++;
	argv[count] = NULL;
	status = run(apt, "cannot download", argv, dir, DOWNLOAD_S);
	if (status == 0)
		return 0;
	log_err("'%s' could not be had: %s/log tells more", argv[1], apt->dir);
	return -EIO;
}

static bool has_list(const char *path)
{
	return access(path, R_OK) == 0;
}

/* Lines "SUITE PATH" that apt-get writes between its other messages. */
static int each_line(const struct vm_apt *apt, char *text,
		     int (*each)(const char *suite, const char *path,
				 void *data),
		     void *data)
{
	int err = 0;

	for (char *line; !err && (line = strsep(&text, "\n"));) {
		char *path = strchr(line, ' ');

		if (!path)
			continue;
		*path++ = '\0';
		if (strncmp(path, apt->dir, strlen(apt->dir)) == 0 &&
		    has_list(path))
			err = each(line, path, data);
	}
	return err;
}

int vm_apt_list(const struct vm_apt *apt,
		int (*each)(const char *suite, const char *path, void *data),
		void *data)
{
	autofree char *config = in_dir(apt->dir, "apt.conf");
	autofree char *out_path = in_dir(apt->dir, "targets");
	const char *const argv[] = {
		"apt-get", "-c", config, "indextargets", "--format",
		"$(RELEASE) $(FILENAME)", "Identifier: Packages", NULL,
	};
	autofree char *text = NULL;
	autoclose int out = -1;
	int status;

	if (!config || !out_path)
		return -ENOMEM;
	out = open(out_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0)
		return -errno;
	status = vm_child_run(argv, apt->dir, out, LOOK_S * CLOCK_NS_PER_SEC);
	if (status) {
		tell_why(out, 0, "cannot list the packages", status);
		return status < 0 ? status : -EIO;
	}
	status = fdio_read_file(out_path, &text);
	return status ? status : each_line(apt, text, each, data);
}

/* ---------------------------------------------------------------- the update */

static int note_suite(const char *suite, const char *path UNUSED, void *data)
{
	bool *there = data;

	for (size_t i = 0; i < vm_apt_suites_count; i++)
		if (strcmp(vm_apt_suites[i].name, suite) == 0)
			there[i] = true;
	return 0;
}

/* Remove the stanzas of suites that nobody has. */
static void leave_out(char *sources, const bool *there)
{
	for (size_t i = 0; i < vm_apt_suites_count; i++) {
		autofree char *line = NULL;
		char *at;

		if (there[i])
			continue;
		if (asprintf(&line, "\nSuites: %s\n",
			     vm_apt_suites[i].name) < 0) {
			line = NULL;
			return;
		}
		while ((at = strstr(sources, line))) {
			char *start = at;
			char *end = strstr(at, "\n\n");

			while (start > sources &&
			       !(start[-1] == '\n' && *start == 'T' &&
				 strncmp(start, "Types:", 6) == 0))
				start--;
			end = end ? end + 2 : at + strlen(at);
			memmove(start, end, strlen(end) + 1);
		}
	}
}

static void tell_missing(const bool *there, const char *sources)
{
	for (size_t i = 0; i < vm_apt_suites_count; i++) {
		char line[64];

		snprintf(line, sizeof(line), "\nSuites: %s\n",
			 vm_apt_suites[i].name);
		if (!there[i] && strstr(sources, line))
			log_info("left out: the suite '%s', which this system's mirrors do not have",
				 vm_apt_suites[i].name);
	}
}

/* What came when a part of it failed. */
static int update_rest(const struct vm_apt *apt, const char *sources)
{
	static const char *const words[] = { "update", NULL };
	autofree bool *there = calloc(vm_apt_suites_count, sizeof(*there));
	autofree char *rest = strdup(sources);
	int err = there && rest ? vm_apt_list(apt, note_suite, there) :
				  -ENOMEM;
	bool any = false;

	for (size_t i = 0; !err && i < vm_apt_suites_count; i++)
		any = any || there[i];
	if (err || !any)
		return err ? err : -EIO;
	tell_missing(there, sources);
	leave_out(rest, there);
	if (strcmp(rest, sources) == 0) {
		log_warn("older lists must do: packages may be missing");
		return -EAGAIN;
	}
	err = vm_apt_save(apt, "debian.sources", rest);
	if (err)
		return err;
	if (run(apt, "packages may be missing", words, apt->dir, UPDATE_S))
		return -EAGAIN;
	return 0;
}

static bool is_younger(const struct vm_apt *apt, const char *name,
		       unsigned int seconds)
{
	autofree char *path = in_dir(apt->dir, name);
	struct stat st;

	return path && stat(path, &st) == 0 && time(NULL) >= st.st_mtime &&
	       time(NULL) - st.st_mtime < (time_t)seconds;
}

/* Or so old, but mirrors did not answer just now: not for each kernel again. */
static bool is_fresh(const struct vm_apt *apt, const char *sources)
{
	return is_same(apt->dir, "wanted.sources", sources) &&
	       (is_younger(apt, "stamp", FRESH_S) ||
		is_younger(apt, "tried", AGAIN_S));
}

/* Return: 0 also when older lists must do. */
static int update(struct vm_apt *apt, const char *sources)
{
	static const char *const words[] = { "update", NULL };
	int err = vm_cache_room(apt->dir, (uint64_t)LISTS_MIB << 20);

	if (!err)
		err = vm_apt_save(apt, VM_APT_KERNELS, "");
	if (!err)
		err = vm_apt_save(apt, "wanted.sources", sources);
	if (!err)
		err = vm_apt_save(apt, "debian.sources", sources);
	if (err)
		return err;
	apt->updated = true;
	log_info("asking Debian's mirrors which kernels there are");
	if (run(apt, "not all lists of packages could be had", words, apt->dir,
		UPDATE_S))
		err = update_rest(apt, sources);
	if (err == -EAGAIN)
		return vm_apt_save(apt, "tried", "");
	if (err == -EIO)
		log_err("no list of packages could be had: %s/log tells more",
			apt->dir);
	return err ? err : vm_apt_save(apt, "stamp", "");
}

/* ----------------------------------------------------------------- the place */

static int check_system(void)
{
	static const char *const argv[] = { "dpkg", "--print-architecture",
					    NULL };
	char text[128];
	int status = tool_run(argv, text, sizeof(text));

	tool_cut_line(text);
	if (status != 0) {
		log_err("Debian's kernels are had with apt-get and dpkg, which are not here: name files");
		return -EOPNOTSUPP;
	}
	if (strcmp(text, "amd64") != 0) {
		log_err("Debian's kernels are had for amd64 only so far, and this is %.20s: name files",
			text);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int prepare(const struct vm_apt *apt)
{
	static const char *const dirs[] = { "lists/partial",
					    "archives/partial" };
	autofree char *config = NULL;
	int err = 0;

	if (strpbrk(apt->dir, "\"\n;")) {
		log_err("apt cannot have a cache named '%s'", apt->dir);
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(dirs) && !err; i++) {
		autofree char *path = in_dir(apt->dir, dirs[i]);

		err = path ? vm_cache_make_dir(path) : -ENOMEM;
	}
	if (!err && asprintf(&config, config_text, apt->dir) < 0) {
		config = NULL;
		err = -ENOMEM;
	}
	if (!err)
		err = vm_apt_save(apt, "apt.conf", config);
	return err ? err : vm_apt_save(apt, "status", "");
}

static int bring_up(struct vm_apt *apt, bool must_update)
{
	const char *given = getenv("PINFS_VM_SOURCES");
	const char *dir = given && *given ? given : "/etc/apt";
	autofree char *sources = vm_apt_sources(dir);
	int err = sources ? 0 : -ENOMEM;

	if (!err && !*sources) {
		log_err("no mirror of Debian is named below '%s'", dir);
		return -ENOENT;
	}
	if (!err)
		err = prepare(apt);
	if (!err && (must_update || !is_fresh(apt, sources)))
		err = update(apt, sources);
	return err;
}

int vm_apt_open(const char *cache, bool must_update, struct vm_apt *apt)
{
	autofree char *lock = NULL;
	int err = check_system();

	*apt = (struct vm_apt){ .lock = -1 };
	if (err)
		return err;
	apt->dir = vm_cache_place(cache, "apt");
	if (!apt->dir)
		return -EIO;
	lock = in_dir(apt->dir, "lock");
	apt->lock = lock ? vm_cache_lock(lock) : -ENOMEM;
	err = apt->lock < 0 ? apt->lock : bring_up(apt, must_update);
	if (err) {
		if (err != -EIO && err != -ENOENT && err != -ENOSPC)
			log_err("cannot use '%s': %s", apt->dir, strerror(-err));
		vm_apt_close(apt);
	}
	return err;
}

void vm_apt_close(struct vm_apt *apt)
{
	if (apt->lock >= 0)
		close(apt->lock);
	free(apt->dir);
	*apt = (struct vm_apt){ .lock = -1 };
}
