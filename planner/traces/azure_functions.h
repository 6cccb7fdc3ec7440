/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The public traces of Azure Functions (github.com/Azure/AzurePublicDataset).
 *
 * 2019 (Shahrad et al., "Serverless in the Wild", USENIX ATC 2020): invocations of each function by
 * minute of a day, in one file; averages of its duration and its app's memory in files beside it,
 * whose names have "duration" or "memory" in them (and the same day, "d01", if the first has one).
 * A record is a function's minute: `count` calls of the average duration, spread over 60 s. Times
 * are relative: from midnight of the first day. Records come function by function, each in order.
 * Memory Size is the average allocated, rounded up: a consumption plan bills what is used.
 * The files of durations and memory yield no records themselves.
 *
 * 2021 (Zhang et al., SOSP 2021): a row is an invocation with its end and duration in seconds.
 *
 * Memory: the durations and memory of all functions.
 */
#ifndef TRACES_AZURE_FUNCTIONS_H
#define TRACES_AZURE_FUNCTIONS_H

#include "traces/record.h"

extern const struct trace_format azure_functions_2019_format, azure_functions_2021_format;

#endif
