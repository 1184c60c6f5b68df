/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns nothing: the model as a whole. src/model/check says how it is searched. */
#include "properties.pml"
#include "page.pml"
#include "protocols.pml"
#include "actors.pml"
