/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hidden file that is not in SOURCE: a name in the root, which only a lookup
 * finds. Its inode has a descriptor of its own and an identity that nothing in
 * SOURCE has (a handle of type -1 with a running number).
 */
#include "daemon/inode-table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

int inode_plant(struct inode_table *table, const char *name, int fd)
{
	autofree char *new_name = name ? strdup(name) : NULL;
	autoclose int new_fd = name ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	struct inode_plant *plant = &table->plant;
	char *old_name;
	int old_fd;

	if (name && !new_name)
		return -ENOMEM;
	if (name && new_fd < 0)
		return -errno;
	mutex_lock(&table->lock);
	old_name = plant->name;
	old_fd = plant->fd;
	plant->name = steal_ptr(new_name);
	plant->fd = steal_fd(&new_fd);
	plant->number++;
	plant->inode = NULL;
	mutex_unlock(&table->lock);
	free(old_name);
	if (old_fd >= 0)
		close(old_fd);
	return 0;
}

struct inode *inode_planted(struct inode_table *table)
{
	struct inode *inode;

	mutex_lock(&table->lock);
	inode = table->plant.inode;
	mutex_unlock(&table->lock);
	return inode;
}

/* Is @name planted? Then a descriptor of the file. */
static bool take_planted(struct inode_table *table, const char *name,
			 int *fd_ret, uint64_t *number_ret)
{
	struct inode_plant *plant = &table->plant;
	bool is_it;

	mutex_lock(&table->lock);
	is_it = plant->name && !strcmp(plant->name, name);
	if (is_it) {
		*fd_ret = fcntl(plant->fd, F_DUPFD_CLOEXEC, 0);
		*number_ret = plant->number;
	}
	mutex_unlock(&table->lock);
	return is_it;
}

static int identify(int fd, uint64_t number, struct inode_identity *id)
{
	if (fd < 0 || fstat(fd, &id->attr) < 0)
		return -errno;
	id->handle.handle_type = -1;
	id->handle.handle_bytes = sizeof(number);
	memcpy(id->handle.f_handle, &number, sizeof(number));
	return 0;
}

bool inode_plant_lookup(struct inode_table *table, struct inode *parent,
			const char *name, struct inode **inode_ret,
			struct stat *attr_ret, int *err_ret)
{
	struct inode_identity id;
	autoclose int fd = -1;
	uint64_t number;

	if (parent != table->root || !take_planted(table, name, &fd, &number))
		return false;
	*err_ret = identify(fd, number, &id);
	if (!*err_ret)
		*err_ret = inode_count(table, &id, parent, name, &fd,
				       inode_ret);
	if (*err_ret)
		return true;
	mutex_lock(&table->lock);
	if (table->plant.number == number)
		table->plant.inode = *inode_ret;
	mutex_unlock(&table->lock);
	*attr_ret = id.attr;
	return true;
}

bool inode_is_planted(const struct inode *inode)
{
	return inode->handle.handle_type < 0;
}
