/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open files and directories: what fuse_file_info.fh stands for. */
#ifndef PIN_HANDLE_H
#define PIN_HANDLE_H

#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "common/list.h"

struct inode;

/* An open file. fh is its address; it lives from OPEN's to RELEASE's reply. */
struct handle {
	int fd;			/* of SOURCE; opened O_RDWR for O_WRONLY */
	struct inode *inode;
	bool writable;		/* what the caller may do with it */
	bool readable;
	bool direct;		/* opened with O_DIRECT; fcntl(2) may take it off */
	bool directory;		/* it is a struct handle_dir */
	struct list siblings;	/* the inode's open files; the inode table's */
};

/*
 * An open directory, with the stream's position. The kernel sends one READDIR
 * at a time for an open file: getdents(2) holds its f_pos_lock (fs/readdir.c:
 * fdget_pos()). The flag makes sure of it.
 */
struct handle_dir {
	struct handle base;	/* fd is the stream's */
	DIR *stream;
	atomic_flag busy;	/* a READDIR is at work */
	off_t offset;		/* where the stream is */
	struct dirent *pending;	/* read, did not fit the last reply */
};

struct handle *handle_from_fh(uint64_t fh);
struct handle_dir *handle_dir_from_fh(uint64_t fh);

/**
 * handle_create() - an open file
 * @fd: the handle's from now on, also when this fails
 *
 * Return: the handle, NULL without memory.
 */
struct handle *handle_create(struct inode *inode, int fd, bool writable);
/* As handle_create(), for a directory. Return: NULL with errno set. */
struct handle_dir *handle_create_dir(struct inode *inode, int fd);
/* Close and free an open file or directory; NULL is allowed. */
void handle_destroy(struct handle *handle);

#endif
