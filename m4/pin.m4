dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl What configure.ac needs and Autoconf does not have.

dnl PIN_TRY_CFLAGS(FLAGS, IF-GOOD, IF-BAD)
dnl Does the compiler take FLAGS, without so much as a warning, and do
dnl programs link with them? (clang only warns of a warning it does not know.)
AC_DEFUN([PIN_TRY_CFLAGS],
[pin_save_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS -Werror $1"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [pin_good=yes], [pin_good=no])
CFLAGS=$pin_save_CFLAGS
AS_IF([test "$pin_good" = yes], [$2], [$3])])

dnl PIN_WARNINGS(FLAGS)
dnl Sets WARN_CFLAGS to those of FLAGS that the compiler knows.
AC_DEFUN([PIN_WARNINGS],
[WARN_CFLAGS=
for pin_flag in $1; do
  AC_MSG_CHECKING([whether $CC knows $pin_flag])
  PIN_TRY_CFLAGS([$pin_flag], [WARN_CFLAGS="$WARN_CFLAGS $pin_flag"])
  AC_MSG_RESULT([$pin_good])
done
WARN_CFLAGS=${WARN_CFLAGS# }
AC_SUBST([WARN_CFLAGS])])

dnl PIN_SANITIZER(LIST)
dnl Sets SAN_CFLAGS; LIST may be "no". What cannot be had is an error: a build
dnl without the sanitizer that was asked for would prove nothing.
AC_DEFUN([PIN_SANITIZER],
[SAN_CFLAGS=
AS_CASE([$1],
  [no|''], [],
  [yes], [AC_MSG_ERROR([--with-sanitizer= wants a list, like address,undefined])],
  [SAN_CFLAGS="-fsanitize=$1 -fno-sanitize-recover=all -fno-omit-frame-pointer -g"
   AC_MSG_CHECKING([whether $CC links with -fsanitize=$1])
   PIN_TRY_CFLAGS([$SAN_CFLAGS], [],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([$CC cannot do -fsanitize=$1])])
   AC_MSG_RESULT([yes])])
AC_SUBST([SAN_CFLAGS])])

dnl PIN_FUZZERS(YES-OR-NO)
dnl Sets FUZZ_LDFLAGS, which make a program of a fuzz target. libFuzzer brings
dnl main(), so the program that is tried has a target instead.
AC_DEFUN([PIN_FUZZERS],
[FUZZ_LDFLAGS=
AS_IF([test "$1" = yes],
  [FUZZ_LDFLAGS=-fsanitize=fuzzer
   AC_MSG_CHECKING([whether $CC links with libFuzzer])
   pin_save_CFLAGS=$CFLAGS
   CFLAGS="$CFLAGS $SAN_CFLAGS $FUZZ_LDFLAGS"
   AC_LINK_IFELSE(
     [AC_LANG_SOURCE([[
int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size);
int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size)
{
	return !data && size;
}]])],
     [AC_MSG_RESULT([yes])],
     [AC_MSG_RESULT([no])
      AC_MSG_ERROR([$CC has no libFuzzer (Debian: libclang-rt-dev)])])
   CFLAGS=$pin_save_CFLAGS])
AC_SUBST([FUZZ_LDFLAGS])])

dnl PIN_THREADS
dnl Sets THREAD_CFLAGS, for compiling and linking.
AC_DEFUN([PIN_THREADS],
[AC_MSG_CHECKING([how to use POSIX threads])
THREAD_CFLAGS=-pthread
pin_save_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS $THREAD_CFLAGS"
AC_LINK_IFELSE(
  [AC_LANG_PROGRAM([[#include <pthread.h>]], [[return pthread_mutex_lock(0);]])],
  [AC_MSG_RESULT([$THREAD_CFLAGS])],
  [AC_MSG_ERROR([this compiler has no POSIX threads])])
CFLAGS=$pin_save_CFLAGS
AC_SUBST([THREAD_CFLAGS])])
