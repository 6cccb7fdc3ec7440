/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory to CPU to duration. Lambda gives CPU in proportion to memory: one vCPU at 1,792 MB (AWS
 * Lambda developer guide, 2019-06 to 2020-12), at 1,769 MB since 2020-12. Work that scales with CPU
 * runs at min(share, threads, vCPUs of the era); the rest of a duration does not depend on memory.
 */
#ifndef AWS_CPU_H
#define AWS_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpu_config {
    double mb_per_vcpu;  /* of the era */
    double max_vcpu;     /* most that a function gets */
    double memory_mb;    /* as configured */
    double reference_mb; /* where durations were stated */
    double cpu_fraction; /* of a duration at the reference memory that scales with CPU */
    double threads;      /* vCPUs that the code can use */
    double period_ms;    /* CPU bandwidth period; 0: a smooth share */
    const double *point_mb, *point_ms; /* measured durations by rising memory, instead of scaling */
    size_t points;
};

/* vCPUs that this code gets at this memory. */
double cpu_speed(const struct cpu_config *config, double memory_mb);

/* Duration at the configured memory over duration at the reference memory, for a smooth share or
 * measured points (between points linear in log memory and log duration; beyond them the nearest
 * point's). */
double cpu_duration_factor(const struct cpu_config *config);

/* One duration with CPU bandwidth control: in each period the code runs for share x period and then
 * waits for the next one, so short work ends in steps of a period. A model of Linux CFS quota with
 * the period seen in measurements of Lambda (about 20 ms); an inference, off unless asked for. */
double cpu_quota_duration_ns(const struct cpu_config *config, double duration_ns);

/* CPU time (vCPU-ns) and waiting time of one duration at the reference memory. */
double cpu_work_ns(const struct cpu_config *config, double duration_ns);
double cpu_wait_ns(const struct cpu_config *config, double duration_ns);

#endif
