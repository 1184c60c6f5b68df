/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-frames NONCE: the frames among the bytes on standard input, an object
 * for each: "kind", "length" and "text", or "json" of a kind that is an object; at
 * the end how many bytes and lines were none: "foreign", "forged".
 */
#include <stdio.h>
#include <unistd.h>

#include "common/json.h"
#include "vm/channel.h"

enum { STEP = 1 << 16 };

static void print(json_t *object)
{
	if (!object || json_write_line(STDOUT_FILENO, object))
		fprintf(stderr, "guest-frames: cannot write\n");
	json_decref(object);
}

static void print_frame(const struct vm_frame *frame)
{
	static const bool is_object[VM_FRAME_KIND_COUNT] = {
		[VM_FRAME_HELLO] = true,
		[VM_FRAME_RESULT] = true,
		[VM_FRAME_KERNEL] = true,
		[VM_FRAME_END] = true,
	};
	json_t *object = is_object[frame->kind] ?
		json_loadb(frame->payload, frame->length, 0, NULL) : NULL;
	json_t *text = object ? NULL : json_text(frame->payload);

	print(json_pack("{s:s, s:I, s:o*, s:o*}", "kind",
			vm_frame_name(frame->kind), "length",
			(json_int_t)frame->length, "json", object, "text",
			text));
}

int main(int argc, char **argv)
{
	static char bytes[STEP];
	struct vm_reader *reader;
	struct vm_frame frame;
	ssize_t n;

	if (argc != 2) {
		fprintf(stderr, "usage: guest-frames NONCE\n");
		return 2;
	}
	reader = vm_reader_create(argv[1]);
	while (reader && (n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
		if (vm_reader_feed(reader, bytes, (size_t)n))
			return 1;
		while (vm_reader_next(reader, &frame))
			print_frame(&frame);
	}
	if (!reader)
		return 1;
	print(json_pack("{s:I, s:I}", "foreign",
			(json_int_t)vm_reader_foreign(reader), "forged",
			(json_int_t)vm_reader_forged(reader)));
	vm_reader_destroy(reader);
	return 0;
}
