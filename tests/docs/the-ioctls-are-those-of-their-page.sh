#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Property: the commands of <pinfs/ioctl.h> and the fields of their structs are
#           those of pinfs-ioctl(2).
# Refuted by: a command or field in one of the two only.
# Proof of coverage: the lists come from the header, have what is known to exist,
#                    and a planted difference is found.
. "$srcdir/tests/lib/manual.sh"
plan 4
page=$man/pinfs-ioctl.2
header=$srcdir/include/pinfs/ioctl.h

commands_of_header() {
	sed -n 's/^\t_IOW*R*(PINFS_IOC_MAGIC, [0-9]*, struct pinfs_ioc_\([a-z]*\))$/\1/p' \
		"$header" | tr '[:lower:]' '[:upper:]'
}

# "COMMAND FIELD" for each field of each struct.
fields_of_header() {
	sed -n '/^struct pinfs_ioc_/,/^}/p' "$header" | awk '
		/^struct/ { sub(/^pinfs_ioc_/, "", $2); name = toupper($2) }
		/;$/ && !/^}/ { sub(/[[;].*/, ""); print name, $NF }'
}

fields_of_page() {
	local command
	manual_subsections "$page" COMMANDS | while read -r command; do
		manual_tags "$page" COMMANDS "$command" | sed "s/^/$command /"
	done
}

in_page=$(fields_of_page)
in_header=$(fields_of_header)
agree "commands" "$(manual_subsections "$page" COMMANDS)" \
	"$(commands_of_header)"
agree "fields" "$in_page" "$in_header"
ok "DECLARE has its digest" grep -qx 'DECLARE digest' <<<"$in_header"
planted_is_found "a planted difference is found" "$in_page"
