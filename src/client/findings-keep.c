/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the findings that are kept while a log is read: a ring of so many (the
 * first ones, or the last), and an index of them by inode and block, so that a
 * later line about a block finds the newest finding of it. A "mount" line changes
 * nothing in the index: an inode number is SOURCE's, and stays the file's.
 */
#include "client/findings-internal.h"

#include <errno.h>
#include <stdlib.h>

#include "common/digest.h"

/* An item with its place in the index. */
struct entry {
	struct findings_item item;
	struct htab_node node;
	bool indexed;
	uint64_t ino;
	uint64_t block;
};

static uint64_t block_hash(uint64_t ino, uint64_t block)
{
	uint64_t key[] = { ino, block };

	return digest_bytes(key, sizeof(key));
}

static bool is_block(const struct htab_node *node, const void *key)
{
	const struct entry *entry = container_of(node, struct entry, node);
	const uint64_t *wanted = key;

	return entry->ino == wanted[0] && entry->block == wanted[1];
}

static struct entry *find_block(const struct findings_keep *keep,
				const json_t *event)
{
	uint64_t key[] = { (uint64_t)findings_number(event, "ino"),
			   (uint64_t)findings_number(event, "block") };
	struct htab_node *node = htab_find(&keep->by_block,
					   block_hash(key[0], key[1]),
					   is_block, key);

	return node ? container_of(node, struct entry, node) : NULL;
}

static void unindex(struct findings_keep *keep, struct entry *entry)
{
	if (entry->indexed)
		htab_remove(&keep->by_block, &entry->node);
	entry->indexed = false;
}

static void free_entry(struct entry *entry)
{
	if (!entry)
		return;
	json_decref(entry->item.event);
	json_decref(entry->item.mount);
	json_decref(entry->item.mark);
	json_decref(entry->item.later);
	free(entry);
}

/* The newest finding of a block is the one that later lines belong to. */
static void index_entry(struct findings_keep *keep, struct entry *entry)
{
	struct entry *older = find_block(keep, entry->item.event);

	if (older)
		unindex(keep, older);
	entry->ino = (uint64_t)findings_number(entry->item.event, "ino");
	entry->block = (uint64_t)findings_number(entry->item.event, "block");
	htab_insert(&keep->by_block, &entry->node,
		    block_hash(entry->ino, entry->block));
	entry->indexed = true;
}

static struct entry *make_entry(struct findings_keep *keep,
				enum tally_class class, json_t *event)
{
	struct findings *findings = keep->findings;
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->item = (struct findings_item){
		.number = findings->matched,
		.class = class,
		.event = redact_event(&findings->redact, event),
		.mount = json_incref(keep->mount),
		.mark = json_incref(keep->mark),
	};
	if (!entry->item.event) {
		free_entry(entry);
		return NULL;
	}
	if (json_object_get(event, "block"))
		index_entry(keep, entry);
	return entry;
}

/* The ring's place of the next one; what was there is forgotten. */
int findings_keep_add(struct findings_keep *keep, enum tally_class class,
		      json_t *event)
{
	struct findings *findings = keep->findings;
	size_t at = (findings->matched - 1) % keep->size;
	struct entry *entry;

	if (findings->matched > keep->size && !keep->last)
		return 0;
	entry = make_entry(keep, class, event);
	if (!entry)
		return -ENOMEM;
	if (findings->items[at]) {
		struct entry *old = container_of(findings->items[at],
						 struct entry, item);

		unindex(keep, old);
		free_entry(old);
	} else {
		findings->count++;
	}
	findings->items[at] = &entry->item;
	return 0;
}

/* A line about a block that had a finding before. */
static int add_later(struct findings_keep *keep, struct entry *entry,
		     json_t *event)
{
	struct findings_item *item = &entry->item;
	json_t *shown;

	if (!item->later)
		item->later = json_array();
	if (json_array_size(item->later) >= FINDINGS_LATER) {
		item->later_dropped++;
		return 0;
	}
	shown = redact_event(&keep->findings->redact, event);
	return json_array_append_new(item->later, shown) ? -ENOMEM : 0;
}

int findings_keep_later(struct findings_keep *keep, json_t *event)
{
	struct entry *entry = json_object_get(event, "block") ?
		find_block(keep, event) : NULL;

	return entry ? add_later(keep, entry, event) : 0;
}

/* A ring that has gone round begins at its oldest item. */
int findings_keep_finish(struct findings_keep *keep)
{
	struct findings *findings = keep->findings;
	size_t first = findings->matched % keep->size;
	struct findings_item **items;

	if (!keep->last || findings->matched <= keep->size || !first)
		return 0;
	items = calloc(keep->size, sizeof(struct findings_item *));
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < keep->size; i++)
		items[i] = findings->items[(first + i) % keep->size];
	free(findings->items);
	findings->items = items;
	return 0;
}

/* ------------------------------------------------------------- construction */

int findings_keep_init(struct findings_keep *keep, struct findings *findings,
		       const struct findings_query *query)
{
	keep->findings = findings;
	keep->size = query->keep ? query->keep : FINDINGS_KEEP;
	keep->last = query->last;
	findings->items = calloc(keep->size, sizeof(struct findings_item *));
	return findings->items ? htab_init(&keep->by_block) : -ENOMEM;
}

void findings_keep_deinit(struct findings_keep *keep)
{
	htab_deinit(&keep->by_block);
	json_decref(keep->mark);
	json_decref(keep->mount);
}

void findings_keep_release(struct findings *findings)
{
	for (size_t i = 0; findings->items && i < findings->count; i++)
		free_entry(container_of(findings->items[i], struct entry,
					item));
	free(findings->items);
	findings->items = NULL;
}
