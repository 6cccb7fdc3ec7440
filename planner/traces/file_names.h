/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose calls are those that name no function: by NAME=FILE, by the log stream, or by where an
 * export to S3 lies.
 *
 * A stream of a log group that functions share is YYYY/MM/DD/NAME[VERSION]GUID, one of a function's
 * own group YYYY/MM/DD/[VERSION]GUID (AWS Lambda developer guide, "Configuring CloudWatch log
 * groups"). An export has PREFIX/TASK/STREAM/000000.gz, with dashes for the stream's slashes; the
 * prefix is the user's, by default "exportedlogs" (CloudWatch Logs API, CreateExportTask; that
 * files have numbers is recalled). A prefix is taken for the function's name unless it is the
 * default.
 */
#ifndef TRACES_FILE_NAMES_H
#define TRACES_FILE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* "NAME=FILE", unless there is a file of that very name: the FILE in `argument`, and NAME in new
 * memory; NULL: no name is given. */
const char *file_named(const char *argument, char **ret_name);

/* The function in a log stream's name, whose parts `separator` is between; its length in
 * `ret_length`. NULL: none is in it. */
const char *stream_function(const char *stream, size_t size, char separator, size_t *ret_length);

/* The function that a file of an export to S3 is of, in new memory; NULL: it is none, or does not
 * tell. */
char *export_function(const char *path);

#endif
