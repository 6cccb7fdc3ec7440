/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Baselines on Fargate: tasks of a given size instead of EC2 instances (Terraform's
 * aws_ecs_task_definition). */
#include "scenario/internal.h"

#include "support/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define B(member) AT(struct baseline_spec, member)
static const struct field task_fields[] = {
    {"cpu", FIELD_INTEGER, B(task_cpu), .minimum = 256, .maximum = 16384, .unit = "CPU units",
     .mandatory = true, .doc = "1024 are one vCPU; 256, 512, 1024, 2048, 4096, 8192 or 16384."},
    {"memory", FIELD_INTEGER, B(task_memory_mb), .minimum = 512, .maximum = 122880, .unit = "MB",
     .mandatory = true, .doc = "Within what the size of cpu allows."},
};
const struct object object_task_definition = {
    .name = "task_definition", .doc = "The size of a Fargate task.", FIELDS(task_fields)};

void checks_task_definition(struct reader *reader, const cJSON *json,
                            struct baseline_spec *baseline)
{
    static const char *const ec2_only[] = {"ebs_gb", "ebs_type", "detailed_monitoring"};
    const cJSON *const at = reader_member(json, "task_definition");
    char key[64], limit[READER_LIMIT_SIZE] = "", first[16];
    if (!reader_exists(reader, "since.fargate"))
        reader_error(reader, at, "task_definition", "Fargate exists since %s",
                     reader_since(reader, "since.fargate", first));
    for (size_t i = 0; i < LENGTH(ec2_only); i++)
        if (reader_member(json, ec2_only[i]) != NULL)
            reader_warning(reader, reader_member(json, ec2_only[i]), ec2_only[i],
                           "has no effect on Fargate tasks");
    if (strcmp(baseline->purchase, "on-demand") != 0)
        reader_error(reader, reader_member(json, "purchase"), "purchase",
                     "Fargate tasks are billed on demand here");
    snprintf(key, sizeof key, "fargate.task.%.0f.memory.min", baseline->task_cpu);
    const double least = reader_limit_or(reader, key, -1);
    if (least < 0 && reader->day_known && reader_exists(reader, "since.fargate")) {
        reader_error(reader, reader_member(at, "cpu"), "task_definition",
                     "there are no tasks of %.0f CPU units then", baseline->task_cpu);
    } else if (least >= 0) {
        snprintf(key, sizeof key, "fargate.task.%.0f.memory.max", baseline->task_cpu);
        const double most = reader_limit_or(reader, key, least);
        if (baseline->task_memory_mb < least || baseline->task_memory_mb > most)
            reader_error(reader, reader_member(at, "memory"), "task_definition",
                         "%.0f MB is not from %.0f to %.0f MB, as %.0f CPU units allow%s",
                         baseline->task_memory_mb, least, most, baseline->task_cpu,
                         reader_limit_text(reader, key, limit));
    }
    free(baseline->instance_type);
    baseline->instance_type = text_format("Fargate %g vCPU %g GB", baseline->task_cpu / 1024,
                                          baseline->task_memory_mb / 1024);
}
