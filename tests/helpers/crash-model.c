/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a crash may leave of a directory: see crash-model.h.
 */
#include "crash-model.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/compiler.h"
#include "common/fdio.h"

const char *const crash_kind_names[CRASH_KINDS] = {
	[CRASH_CREATE] = "create",
	[CRASH_WRITE] = "write",
	[CRASH_DIRECT] = "direct",
	[CRASH_STORE] = "store",
	[CRASH_TRUNCATE] = "truncate",
	[CRASH_PUNCH] = "punch",
	[CRASH_ZERO] = "zero",
	[CRASH_KEEP] = "keep",
	[CRASH_COPY] = "copy",
	[CRASH_RENAME] = "rename",
	[CRASH_UNLINK] = "unlink",
	[CRASH_MSYNC] = "msync",
	[CRASH_FSYNC] = "fsync",
	[CRASH_FDATASYNC] = "fdatasync",
	[CRASH_DIRSYNC] = "dirsync",
	[CRASH_READ] = "read",
};

/* ---- content and log ---- */

/* splitmix64: a bijection of 64 bits. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

void crash_content(uint8_t *buf, uint64_t generation, uint64_t off,
		   uint64_t len)
{
	uint64_t seed = mix(generation);

	for (uint64_t i = 0; i < len; ) {
		uint64_t word = mix(seed ^ (off + i) / sizeof(word));
		uint64_t begin = (off + i) % sizeof(word);
		uint64_t count = MIN(sizeof(word) - begin, len - i);

		memcpy(buf + i, (uint8_t *)&word + begin, count);
		i += count;
	}
}

size_t crash_op_print(char line[CRASH_LINE_SIZE], const struct crash_op *op)
{
	int len = snprintf(line, CRASH_LINE_SIZE,
			   "+ %s %u %u %" PRIu64 " %" PRIu64 " %" PRIu64
			   " %" PRIu64 " %" PRIu64 "\n",
			   crash_kind_names[op->kind], op->slot, op->slot2,
			   op->id, op->off, op->off2, op->len, op->generation);

	assert(len > 0 && len < CRASH_LINE_SIZE);
	return (size_t)len;
}

bool crash_op_parse(const char *line, struct crash_op *op_ret)
{
	char name[32];
	struct crash_op op;

	if (sscanf(line, "+ %31s %u %u %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64, name, &op.slot, &op.slot2, &op.id,
		   &op.off, &op.off2, &op.len, &op.generation) != 8)
		return false;
	for (op.kind = 0; op.kind < CRASH_KINDS; op.kind++) {
		if (!strcmp(name, crash_kind_names[op.kind])) {
			*op_ret = op;
			return true;
		}
	}
	return false;
}

/* ---- files ---- */

static void *allocate(uint64_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		err(2, "calloc");
	return memory;
}

static struct crash_file *file_create(struct crash_model *model, uint64_t id)
{
	struct crash_file *file = allocate(sizeof(*file));

	file->id = id;
	file->size_touched = true;
	file->content = allocate(model->max_size);
	file->promised = allocate(model->max_size);
	file->state = allocate(model->max_size);
	file->next = model->files;
	model->files = file;
	return file;
}

static void file_destroy(struct crash_file *file)
{
	free(file->content);
	free(file->promised);
	free(file->state);
	free(file);
}

struct crash_file *crash_model_find(struct crash_model *model, uint64_t id)
{
	struct crash_file *file = model->files;

	while (file && file->id != id)
		file = file->next;
	return file;
}

const char *crash_model_name(unsigned int slot)
{
	static char names[2][16];
	static unsigned int turn;
	char *name = names[turn++ % ARRAY_SIZE(names)];

	snprintf(name, sizeof(names[0]), "f%u", slot);
	return name;
}

void crash_model_init(struct crash_model *model, unsigned int slots,
		      uint64_t max_size, bool same_boot)
{
	if (!slots || slots > CRASH_MOST_SLOTS)
		errx(2, "1 to %d files", CRASH_MOST_SLOTS);
	*model = (struct crash_model){
		.slot_count = slots,
		.max_size = max_size,
		.same_boot = same_boot,
	};
}

void crash_model_deinit(struct crash_model *model)
{
	while (model->files) {
		struct crash_file *file = model->files;

		model->files = file->next;
		file_destroy(file);
	}
}

/* ---- what is promised, and what is not any more ---- */

/* @len: may reach beyond the largest size. */
static void touch(struct crash_model *model, struct crash_file *file,
		  uint64_t off, uint64_t len)
{
	uint64_t end = MIN(off + len, model->max_size);

	if (off < end)
		memset(file->state + off, CRASH_TOUCHED, end - off);
}

/* A change of the end of the file reaches from the nearer end to the other. */
static void touch_to(struct crash_model *model, struct crash_file *file,
		     uint64_t end)
{
	uint64_t begin = MIN(file->size, end);

	file->size_touched = true;
	touch(model, file, begin, MAX(file->size, end) - begin);
}

static void touch_written(struct crash_model *model, struct crash_file *file,
			  const struct crash_op *op)
{
	touch(model, file, op->off, op->len);
	if (op->off + op->len > file->size)
		touch_to(model, file, op->off + op->len);
}

/*
 * Not beyond the size that is sure: to sync or to zero a range in a hole does not
 * write what lies behind it, and until that is written the file ends before it.
 */
static void promise(struct crash_file *file, uint64_t off, uint64_t end)
{
	end = MIN(end, MIN(file->size, file->sure_size));
	if (off >= end)
		return;
	memcpy(file->promised + off, file->content + off, end - off);
	memset(file->state + off, CRASH_PROMISED, end - off);
}

static void promise_size(struct crash_file *file)
{
	file->promised_size = file->size;
	file->sure_size = file->size;
	file->size_touched = false;
}

static void promise_all(struct crash_model *model, struct crash_file *file)
{
	promise_size(file);
	promise(file, 0, file->size);
	memset(file->state + file->size, CRASH_UNKNOWN,
	       model->max_size - file->size);
}

static void promise_slot(struct crash_slot *slot)
{
	slot->promised = slot->file;
	slot->touched = false;
	if (slot->file)
		slot->file->must_exist = true;
}

/* What has no name for good is nobody's business any more. */
static void bury_dead(struct crash_model *model)
{
	struct crash_file **link = &model->files;

	while (*link) {
		struct crash_file *file = *link;

		if (file->dead) {
			*link = file->next;
			file_destroy(file);
		} else {
			link = &file->next;
		}
	}
}

static void promise_names(struct crash_model *model)
{
	for (unsigned int i = 0; i < model->slot_count; i++)
		promise_slot(&model->slots[i]);
	bury_dead(model);
}

/* ---- operations ---- */

void crash_model_begin(struct crash_model *model, const struct crash_op *op)
{
	struct crash_slot *slot = &model->slots[op->slot];
	struct crash_slot *slot2 = &model->slots[op->slot2];

	switch (op->kind) {
	case CRASH_WRITE:
	case CRASH_DIRECT:
	case CRASH_STORE:
	case CRASH_COPY:
		touch_written(model, slot->file, op);
		break;
	case CRASH_PUNCH:
	case CRASH_ZERO:
		touch(model, slot->file, op->off,
		      MIN(op->len, slot->file->size - op->off));
		break;
	case CRASH_TRUNCATE:
		touch_to(model, slot->file, op->len);
		slot->file->sure_size = MIN(slot->file->sure_size, op->len);
		break;
	case CRASH_RENAME:
		slot2->touched = true;
		if (slot2->file)
			slot2->file->must_exist = false;
		slot->touched = true;
		break;
	case CRASH_UNLINK:
		slot->file->must_exist = false;
		slot->touched = true;
		break;
	case CRASH_CREATE:
		slot->touched = true;
		break;
	default:
		break;
	}
}

/* Bytes beyond the size are zero in the model, always. */
static void end_written(struct crash_model *model, const struct crash_op *op)
{
	struct crash_file *file = model->slots[op->slot].file;

	if (op->kind == CRASH_COPY)
		memmove(file->content + op->off,
			model->slots[op->slot2].file->content + op->off2,
			op->len);
	else
		crash_content(file->content + op->off, op->generation, op->off,
			      op->len);
	file->size = MAX(file->size, op->off + op->len);
	if (!model->same_boot || op->kind != CRASH_DIRECT)
		return;
	file->sure_size = MAX(file->sure_size, op->off + op->len);
	promise(file, op->off, op->off + op->len);
}

static void end_zeroed(struct crash_model *model, const struct crash_op *op)
{
	struct crash_file *file = model->slots[op->slot].file;
	uint64_t end = MIN(op->off + op->len, file->size);

	memset(file->content + op->off, 0, end - op->off);
	if (model->same_boot)
		promise(file, op->off, end);
}

static void end_truncated(struct crash_model *model, const struct crash_op *op)
{
	struct crash_file *file = model->slots[op->slot].file;
	uint64_t old = file->size;

	file->size = op->len;
	if (op->len < old)
		memset(file->content + op->len, 0, old - op->len);
	if (!model->same_boot)
		return;
	promise_size(file);
	promise(file, old, op->len);
	memset(file->state + op->len, CRASH_UNKNOWN,
	       model->max_size - op->len);
}

static void end_names(struct crash_model *model, const struct crash_op *op)
{
	struct crash_slot *slot = &model->slots[op->slot];
	struct crash_slot *slot2 = &model->slots[op->slot2];

	if (op->kind == CRASH_CREATE) {
		slot->file = file_create(model, op->id);
	} else if (op->kind == CRASH_UNLINK) {
		slot->file->dead = true;
		slot->file = NULL;
	} else {
		if (slot2->file)
			slot2->file->dead = true;
		slot2->file = slot->file;
		slot->file = NULL;
	}
	if (model->same_boot)
		promise_names(model);
}

void crash_model_end(struct crash_model *model, const struct crash_op *op)
{
	struct crash_slot *slot = &model->slots[op->slot];

	switch (op->kind) {
	case CRASH_WRITE:
	case CRASH_DIRECT:
	case CRASH_STORE:
	case CRASH_COPY:
		end_written(model, op);
		break;
	case CRASH_PUNCH:
	case CRASH_ZERO:
		end_zeroed(model, op);
		break;
	case CRASH_TRUNCATE:
		end_truncated(model, op);
		break;
	case CRASH_CREATE:
	case CRASH_RENAME:
	case CRASH_UNLINK:
		end_names(model, op);
		break;
	case CRASH_MSYNC:
		promise(slot->file, op->off, op->off + op->len);
		break;
	case CRASH_FSYNC:
		promise_slot(slot);
		promise_all(model, slot->file);
		break;
	case CRASH_FDATASYNC:
		promise_all(model, slot->file);
		break;
	case CRASH_DIRSYNC:
		promise_names(model);
		break;
	default:
		break;
	}
}

/* ---- what was there before ---- */

static void adopt_file(struct crash_model *model, unsigned int slot, int fd)
{
	struct crash_file *file;
	struct stat st;
	ssize_t len;

	if (fstat(fd, &st))
		err(2, "fstat");
	if (st.st_gid < CRASH_FIRST_GROUP ||
	    (uint64_t)st.st_size > model->max_size)
		errx(2, "%s is not ours", crash_model_name(slot));
	file = file_create(model, st.st_gid - CRASH_FIRST_GROUP);
	len = fdio_pread(fd, file->content, (size_t)st.st_size, 0);
	if (len != st.st_size)
		errx(2, "%s: cannot be read", crash_model_name(slot));
	file->size = (uint64_t)st.st_size;
	promise_all(model, file);
	model->slots[slot].file = file;
	promise_slot(&model->slots[slot]);
}

void crash_model_adopt(struct crash_model *model, const char *base)
{
	for (unsigned int i = 0; i < model->slot_count; i++) {
		autoclose int fd = -1;
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", base,
			 crash_model_name(i));
		fd = open(path, O_RDONLY);
		if (fd >= 0)
			adopt_file(model, i, fd);
		else if (errno != ENOENT)
			err(2, "%s", path);
	}
}
