/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings that are a difference between two looks at the bytes of a WRITE. */
#include "daemon/finding.h"

#include <limits.h>

#include "common/digest.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/livepage.h"
#include "daemon/request.h"

static json_t *keys_json(struct fs *fs, const struct request *request,
			 const struct livepage_diff *diff,
			 const struct finding_look *look)
{
	struct inode *inode = request->write.inode;
	char arrival[DIGEST_HEX_SIZE];
	char later[DIGEST_HEX_SIZE];
	char path[PATH_MAX];

	inode_path(fs->inodes, inode, NULL, path, sizeof(path));
	digest_hex(diff->arrival_digest, arrival);
	digest_hex(diff->recheck_digest, later);
	return json_pack(
		"{s:o, s:I, s:I, s:I, s:I, s:s, s:s, s:o, s:I}",
		"path", json_text(path),
		"ino", (json_int_t)inode_ino(inode),
		"block", (json_int_t)diff->block,
		"offset", (json_int_t)diff->off,
		"length", (json_int_t)diff->len,
		"arrival", arrival, look->name, later,
		"changed", event_changed(diff),
		"window_us", (json_int_t)((look->now_ns -
					   request->arrival_ns) / 1000));
}

void finding_report_diff(struct fs *fs, const struct request *request,
			 const struct livepage_diff *diff,
			 const struct finding_look *look,
			 enum finding_known known, json_t *more)
{
	json_t *keys = more ? keys_json(fs, request, diff, look) : NULL;

	if (keys && json_object_update(keys, more)) {
		json_decref(keys);
		keys = NULL;
	}
	json_decref(more);
	finding_report(fs, &(struct finding){
		.event = look->event,
		.inode = request->write.inode,
		.block = diff->block,
		.off = diff->off,
		.len = diff->len,
		.images = {
			{ "arrival", diff->arrival, diff->arrival_digest },
			{ look->name, diff->recheck, diff->recheck_digest },
		},
		.request = request,
		.to_ns = look->now_ns,
		.known = known,
		.keys = keys,
	});
}
