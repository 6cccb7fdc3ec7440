/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "studies/jump.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

/* One end of a jump's interval. */
struct end {
    const struct jump *jump;
    bool above;
    double unsure, sure; /* traffics; `sure` NAN: none found yet */
    double step;         /* ratio to the jump's own end, tried next or last */
    double known;        /* sure already, from the curve; NAN: nothing is */
    bool done;
};

static double limit_of(const struct end *end)
{
    return end->above ? end->jump->most : end->jump->least;
}

static double next_of(const struct end *end)
{
    if (!isnan(end->sure))
        return sqrt(end->unsure * end->sure);
    const double traffic = end->above ? end->jump->above * end->step : end->jump->below / end->step;
    return end->above ? fmin(traffic, end->jump->most) : fmax(traffic, end->jump->least);
}

static void learn(struct end *end, const struct curve_question *answer)
{
    const bool sure = answer->sure && answer->serves != end->above;
    const bool back = !isnan(end->sure);
    *(sure ? &end->sure : &end->unsure) = answer->factor;
    end->done =
        back || (sure && end->step <= JUMP_STEP) || (!sure && answer->factor == limit_of(end));
    end->step *= end->step;
}

/* Where the next step would be no nearer than what is known already, that is the answer. */
static void skip_known(struct end *end)
{
    const bool at_once = end->known == end->unsure; /* the jump's own end is sure */
    if (isnan(end->sure) && (at_once || next_of(end) <= end->known)) {
        end->sure = end->known;
        end->done = at_once || end->step <= JUMP_STEP;
    }
}

enum study_status jumps_look_around(struct curve *curve, struct jump *jump, size_t count,
                                    struct diagnostics *diagnostics)
{
    struct end *const end = mem_alloc(2 * count, sizeof *end);
    struct end **const asked = mem_alloc(2 * count, sizeof(struct end *));
    struct curve_question *const question = mem_alloc(2 * count, sizeof *question);
    enum study_status status = STUDY_DONE;
    for (size_t i = 0; i < 2 * count; i++) {
        const struct jump *const j = &jump[i / 2];
        const bool above = i % 2 == 1;
        const double known =
            above ? NAN : curve_sure_below(curve, j->burstiness, j->baseline, j->size, j->below);
        end[i] = (struct end){.jump = j,
                              .above = above,
                              .unsure = above ? j->above : j->below,
                              .sure = NAN,
                              .step = JUMP_STEP,
                              .known = known};
    }
    for (size_t n = 1; n > 0 && status == STUDY_DONE;) {
        n = 0;
        for (size_t i = 0; i < 2 * count; i++) {
            const struct jump *const j = end[i].jump;
            if (!end[i].done)
                skip_known(&end[i]);
            if (end[i].done)
                continue;
            question[n] = (struct curve_question){.burstiness = j->burstiness,
                                                  .factor = next_of(&end[i]),
                                                  .baseline = j->baseline,
                                                  .size = j->size};
            asked[n++] = &end[i];
        }
        if (n > 0)
            status = curve_ask(curve, question, n, diagnostics);
        for (size_t i = 0; i < n && status == STUDY_DONE; i++)
            learn(asked[i], &question[i]);
    }
    for (size_t i = 0; i < count; i++) {
        jump[i].low = isnan(end[2 * i].sure) ? 0 : end[2 * i].sure;
        jump[i].high = isnan(end[2 * i + 1].sure) ? INFINITY : end[2 * i + 1].sure;
    }
    free(question);
    free(asked);
    free(end);
    return status;
}
