/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/elf.h"

#include <elf.h>
#include <endian.h>
#include <stdint.h>
#include <string.h>

enum {
	NATIVE = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB,
};

/* [off, off + len) of the file; NULL: not all of it is there. */
static const void *part(const struct vm_elf *elf, uint64_t off, uint64_t len)
{
	if (off > elf->len || len > elf->len - off)
		return NULL;
	return (const char *)elf->bytes + off;
}

static bool read_header(const struct vm_elf *elf, Elf64_Ehdr *header_ret)
{
	const void *at = part(elf, 0, sizeof(*header_ret));

	if (!at)
		return false;
	memcpy(header_ret, at, sizeof(*header_ret));
	return memcmp(header_ret->e_ident, ELFMAG, SELFMAG) == 0 &&
	       header_ret->e_ident[EI_CLASS] == ELFCLASS64 &&
	       header_ret->e_ident[EI_DATA] == NATIVE;
}

/* The @index-th of a table's entries, which may be larger than we know. */
static bool read_entry(const struct vm_elf *elf, uint64_t table, uint64_t step,
		       uint64_t index, void *entry, size_t size)
{
	uint64_t off;
	const void *at;

	if (step < size || __builtin_mul_overflow(step, index, &off) ||
	    __builtin_add_overflow(table, off, &off))
		return false;
	at = part(elf, off, size);
	if (at)
		memcpy(entry, at, size);
	return at != NULL;
}

const char *vm_elf_interpreter(const struct vm_elf *elf)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	const char *path;

	if (!read_header(elf, &header))
		return NULL;
	for (unsigned int i = 0; i < header.e_phnum; i++) {
		if (!read_entry(elf, header.e_phoff, header.e_phentsize, i,
				&segment, sizeof(segment)))
			return NULL;
		if (segment.p_type != PT_INTERP)
			continue;
		path = part(elf, segment.p_offset, segment.p_filesz);
		return path && memchr(path, '\0', segment.p_filesz) ? path :
								      NULL;
	}
	return NULL;
}

bool vm_elf_section(const struct vm_elf *elf, const char *name,
		    const char **data_ret, size_t *len_ret)
{
	Elf64_Ehdr header;
	Elf64_Shdr names, section;

	if (!read_header(elf, &header) ||
	    !read_entry(elf, header.e_shoff, header.e_shentsize,
			header.e_shstrndx, &names, sizeof(names)))
		return false;
	for (unsigned int i = 0; i < header.e_shnum; i++) {
		const char *text, *data;

		if (!read_entry(elf, header.e_shoff, header.e_shentsize, i,
				&section, sizeof(section)) ||
		    section.sh_name >= names.sh_size)
			continue;
		text = part(elf, names.sh_offset, names.sh_size);
		data = part(elf, section.sh_offset, section.sh_size);
		if (!text || !data || section.sh_type == SHT_NOBITS ||
		    !memchr(text + section.sh_name, '\0',
			    names.sh_size - section.sh_name) ||
		    strcmp(text + section.sh_name, name) != 0)
			continue;
		*data_ret = data;
		*len_ret = section.sh_size;
		return true;
	}
	return false;
}
