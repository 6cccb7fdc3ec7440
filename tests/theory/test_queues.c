/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Textbook queues on sim/core against their closed forms. The tolerance is the run's own: the
 * theory must lie in the 99.9 % interval of Student's t over the replications, and that interval
 * must be narrow enough to mean something. Seeds are fixed. Formulas: Kleinrock, Queueing Systems,
 * volume 1 (1975).
 */
#include "core/distribution.h"
#include "core/event_queue.h"
#include "core/memory.h"
#include "core/random.h"
#include "core/statistics.h"
#include "harness.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#define REPLICATIONS 16
#define UNLIMITED UINT32_MAX

/* Poisson arrivals, `servers` alike, first come first served. The unit of time is the mean service
 * of most cases: one second. */
struct model {
    double rate_per_s;
    const struct distribution *service; /* in ns */
    uint32_t servers;
    bool loss; /* whoever finds all servers busy leaves */
    int64_t warm_up_ns, end_ns;
};

/* What one replication saw after the warm-up. */
struct seen {
    uint64_t arrivals, lost, waited;
    double wait_s;                   /* mean over those who began service */
    double in_system, in_system_sq;  /* time averages of the number and of its square */
    double below[3];                 /* shares of time with at most level[i] in the system */
    int128 sojourn_ns, in_system_ns; /* sums over the whole run, until the system is empty */
};

struct run {
    const struct model *model;
    struct event_queue queue;
    struct random_stream arrivals, services;
    int64_t *waiting; /* arrival times, a ring */
    size_t first, count, capacity;
    uint32_t busy;
    uint64_t started;
    int64_t wait_ns;
    const int64_t *level; /* three, or NULL: the law of the number is not asked for */
    struct time_average in_system, in_system_sq, below[3];
    struct seen seen;
};

static void count_system(struct run *run, int64_t now_ns)
{
    const int64_t number = (int64_t)run->busy + (int64_t)run->count;
    time_average_set(&run->in_system, now_ns, number);
    if (run->level == NULL)
        return;
    time_average_set(&run->in_system_sq, now_ns, number * number);
    for (int i = 0; i < 3; i++)
        time_average_set(&run->below[i], now_ns, number <= run->level[i]);
}

static void on_departure(void *self, int64_t now_ns, uint64_t arrival_ns);

static void begin(struct run *run, int64_t now_ns, int64_t arrival_ns)
{
    run->started++;
    run->wait_ns += now_ns - arrival_ns;
    run->seen.waited += now_ns > arrival_ns;
    const int64_t service_ns = (int64_t)distribution_sample(run->model->service, &run->services);
    event_schedule(&run->queue, now_ns + service_ns, on_departure, run, (uint64_t)arrival_ns);
}

static void on_departure(void *self, int64_t now_ns, uint64_t arrival_ns)
{
    struct run *const run = self;
    run->seen.sojourn_ns += now_ns - (int64_t)arrival_ns;
    if (run->count > 0) {
        const int64_t next_ns = run->waiting[run->first];
        run->first = (run->first + 1) % run->capacity;
        run->count--;
        begin(run, now_ns, next_ns);
    } else {
        run->busy--;
    }
    count_system(run, now_ns);
}

static void join(struct run *run, int64_t now_ns)
{
    if (run->count == run->capacity) {
        int64_t *const larger = mem_alloc(2 * run->capacity, sizeof *larger);
        for (size_t i = 0; i < run->count; i++)
            larger[i] = run->waiting[(run->first + i) % run->capacity];
        free(run->waiting);
        run->waiting = larger;
        run->first = 0;
        run->capacity *= 2;
    }
    run->waiting[(run->first + run->count++) % run->capacity] = now_ns;
}

static void on_arrival(void *self, int64_t now_ns, uint64_t arg)
{
    struct run *const run = self;
    (void)arg;
    const double gap_ns = random_exponential(&run->arrivals) * 1e9 / run->model->rate_per_s;
    const int64_t next_ns = now_ns + (int64_t)gap_ns;
    if (next_ns <= run->model->end_ns)
        event_schedule(&run->queue, next_ns, on_arrival, run, 0);
    run->seen.arrivals++;
    if (run->busy < run->model->servers) {
        run->busy++;
        begin(run, now_ns, now_ns);
    } else if (run->model->loss) {
        run->seen.lost++;
    } else {
        join(run, now_ns);
    }
    count_system(run, now_ns);
}

static struct seen replicate(const struct model *model, uint64_t replication, const int64_t *level)
{
    struct run run = {.model = model, .capacity = 16, .level = level};
    event_queue_init(&run.queue);
    random_init(&run.arrivals, 20161, replication, "queue", "arrivals");
    random_init(&run.services, 20161, replication, "queue", "services");
    run.waiting = mem_alloc(run.capacity, sizeof *run.waiting);
    count_system(&run, 0);
    event_schedule(&run.queue, 0, on_arrival, &run, 0);
    event_queue_run(&run.queue, model->warm_up_ns);
    run.started = 0;
    run.wait_ns = 0;
    const int128 before_ns =
        run.in_system.integral +
        (int128)run.in_system.level * (model->warm_up_ns - run.in_system.since_ns);
    run.seen = (struct seen){.sojourn_ns = run.seen.sojourn_ns};
    time_average_reset(&run.in_system, model->warm_up_ns);
    time_average_reset(&run.in_system_sq, model->warm_up_ns);
    for (int i = 0; i < 3; i++)
        time_average_reset(&run.below[i], model->warm_up_ns);

    event_queue_run(&run.queue, model->end_ns);
    struct seen ret = run.seen;
    ret.wait_s = (double)run.wait_ns / 1e9 / (double)run.started;
    ret.in_system = time_average_mean(&run.in_system, model->end_ns);
    ret.in_system_sq = time_average_mean(&run.in_system_sq, model->end_ns);
    for (int i = 0; i < 3; i++)
        ret.below[i] = time_average_mean(&run.below[i], model->end_ns);

    event_queue_run(&run.queue, INT64_MAX - 1); /* until the last has gone */
    ck_assert_uint_eq(run.busy + run.count, 0);
    ret.sojourn_ns = run.seen.sojourn_ns;
    ret.in_system_ns = before_ns + run.in_system.integral;
    free(run.waiting);
    event_queue_finish(&run.queue);
    return ret;
}

/* A run of about `customers` after a warm-up of 30 services and 15 relaxation times. */
static struct model model_of(double load, uint32_t servers, bool loss,
                             const struct distribution *service, double customers)
{
    const double rate_per_s = load / (distribution_mean(service) / 1e9);
    const double gap = 1.0 - sqrt(fmin(load / servers, 0.99)); /* M/M/c: 1 / (c gap^2) services */
    const double warm_up_s =
        (30.0 + 15.0 / (servers * gap * gap)) * distribution_mean(service) / 1e9;
    return (struct model){
        .rate_per_s = rate_per_s,
        .service = service,
        .servers = servers,
        .loss = loss,
        .warm_up_ns = (int64_t)(warm_up_s * 1e9),
        .end_ns = (int64_t)((warm_up_s + customers / rate_per_s) * 1e9),
    };
}

/* The theory lies in the 99.9 % interval, and that is within `precision` of the theory. */
static void assert_holds(const char *what, const double *value, double theory, double precision)
{
    const struct estimate estimate = estimate_of(value, REPLICATIONS);
    const double degrees = REPLICATIONS - 1;
    const double wider = gsl_cdf_tdist_Pinv(0.9995, degrees) / gsl_cdf_tdist_Pinv(0.975, degrees);
    const double half_width = estimate.half_width * wider;
    ck_assert_uint_eq(estimate.count, REPLICATIONS);
    ck_assert_msg(fabs(estimate.mean - theory) <= half_width, "%s: %.6g +- %.3g, theory %.6g", what,
                  estimate.mean, half_width, theory);
    ck_assert_msg(half_width <= precision * fabs(theory), "%s: +- %.2g of %.6g says little", what,
                  half_width / theory, theory);
}

static double erlang_b(unsigned servers, double load)
{
    double blocked = 1.0;
    for (unsigned i = 1; i <= servers; i++)
        blocked = load * blocked / (i + load * blocked);
    return blocked;
}

static double erlang_c(unsigned servers, double load)
{
    const double blocked = erlang_b(servers, load);
    return servers * blocked / (servers - load * (1.0 - blocked));
}

static const struct distribution exponential = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1e9};
static const struct distribution constant = {.kind = DISTRIBUTION_CONSTANT, .a = 1e9};
/* Mean 1 s, squared coefficient of variation e - 1: mu = ln 1e9 - 1/2. */
static const struct distribution lognormal = {
    .kind = DISTRIBUTION_LOGNORMAL, .a = 20.72326583694641 - 0.5, .b = 1.0};

static const struct {
    unsigned servers;
    double load, b, c; /* published tables, eight digits */
} erlang[] = {
    {5, 1.0, 0.00306748, 0.00383142},
    {15, 10.0, 0.03649695, 0.10204237},
    {64, 50.0, 0.00843943, 0.03745142},
    {117, 100.0, 0.00979007, 0.06370977},
};
#define ERLANG (sizeof erlang / sizeof *erlang)

START_TEST(erlang_formulas_give_the_tables)
{
    for (size_t i = 0; i < ERLANG; i++) {
        ck_assert_double_eq_tol(erlang_b(erlang[i].servers, erlang[i].load), erlang[i].b, 6e-9);
        ck_assert_double_eq_tol(erlang_c(erlang[i].servers, erlang[i].load), erlang[i].c, 6e-9);
    }
}
END_TEST

START_TEST(mm1_wait)
{
    static const double loads[] = {0.3, 0.5, 0.7, 0.9};
    for (size_t k = 0; k < sizeof loads / sizeof *loads; k++) {
        const double load = loads[k];
        const struct model model =
            model_of(load, 1, false, &exponential, load > 0.8 ? 60000 : 15000);
        double wait[REPLICATIONS], waited[REPLICATIONS], number[REPLICATIONS];
        for (uint64_t r = 0; r < REPLICATIONS; r++) {
            const struct seen seen = replicate(&model, r, NULL);
            wait[r] = seen.wait_s;
            waited[r] = (double)seen.waited / (double)seen.arrivals;
            number[r] = seen.in_system;
        }
        assert_holds("M/M/1 wait", wait, load / (1.0 - load), 0.1);
        assert_holds("M/M/1 number", number, load / (1.0 - load), 0.1);
        assert_holds("M/M/1 share that waits", waited, load, 0.02);
    }
}
END_TEST

START_TEST(mmc_wait)
{
    for (size_t k = 0; k < ERLANG; k++) {
        const unsigned servers = erlang[k].servers;
        const double load = erlang[k].load;
        const struct model model = model_of(load, servers, false, &exponential, 70000);
        double wait[REPLICATIONS], waited[REPLICATIONS];
        for (uint64_t r = 0; r < REPLICATIONS; r++) {
            const struct seen seen = replicate(&model, r, NULL);
            wait[r] = seen.wait_s;
            waited[r] = (double)seen.waited / (double)seen.arrivals;
        }
        const double c = erlang_c(servers, load);
        assert_holds("M/M/c share that waits", waited, c, 0.25);
        assert_holds("M/M/c wait", wait, c / (servers - load), 0.4);
    }
}
END_TEST

/* Pollaczek and Khinchine: load (1 + squared variation) / 2 / (1 - load). */
static void assert_mg1(const struct distribution *service, double variation_sq, double load,
                       double precision)
{
    const struct model model = model_of(load, 1, false, service, 60000);
    double wait[REPLICATIONS];
    for (uint64_t r = 0; r < REPLICATIONS; r++)
        wait[r] = replicate(&model, r, NULL).wait_s;
    const double mean_s = distribution_mean(service) / 1e9;
    assert_holds("M/G/1 wait", wait, mean_s * load * (1.0 + variation_sq) / 2.0 / (1.0 - load),
                 precision);
}

START_TEST(md1_wait)
{
    assert_mg1(&constant, 0.0, 0.3, 0.05);
    assert_mg1(&constant, 0.0, 0.6, 0.05);
    assert_mg1(&constant, 0.0, 0.9, 0.1);
}
END_TEST

START_TEST(mg1_wait)
{
    const struct distribution gamma = {.kind = DISTRIBUTION_GAMMA, .a = 4.0, .b = 0.5e9};
    assert_mg1(&gamma, 0.25, 0.7, 0.05);
    assert_mg1(&lognormal, exp(1.0) - 1.0, 0.5, 0.1);
}
END_TEST

/* Loss does not depend on the shape of service, only on its mean. */
static void assert_loss(const struct distribution *service)
{
    for (size_t k = 0; k < ERLANG; k++) {
        const unsigned servers = erlang[k].servers;
        const struct model model = model_of(erlang[k].load, servers, true, service, 36000);
        double lost[REPLICATIONS], busy[REPLICATIONS];
        for (uint64_t r = 0; r < REPLICATIONS; r++) {
            const struct seen seen = replicate(&model, r, NULL);
            lost[r] = (double)seen.lost / (double)seen.arrivals;
            busy[r] = seen.in_system;
            ck_assert_uint_eq(seen.waited, 0);
        }
        const double b = erlang_b(servers, erlang[k].load);
        assert_holds("loss", lost, b, 0.3);
        assert_holds("busy servers", busy, erlang[k].load * (1.0 - b), 0.01);
    }
}

START_TEST(loss_with_exponential_service)
{
    assert_loss(&exponential);
}
END_TEST

START_TEST(loss_with_constant_service)
{
    assert_loss(&constant);
}
END_TEST

START_TEST(loss_with_lognormal_service)
{
    assert_loss(&lognormal);
}
END_TEST

/* The number in service is Poisson, whatever the service. */
START_TEST(mginf_number_is_poisson)
{
    static const double loads[] = {1.8, 20.0};
    const struct distribution *const services[] = {&exponential, &constant, &lognormal};
    for (size_t k = 0; k < 2; k++) {
        const double load = loads[k];
        const int64_t level[3] = {(int64_t)(load - sqrt(load)), (int64_t)load,
                                  (int64_t)(load + 1.5 * sqrt(load))};
        for (size_t s = 0; s < 3; s++) {
            const struct model model = model_of(load, UNLIMITED, false, services[s], 30000);
            double mean[REPLICATIONS], variance[REPLICATIONS], below[3][REPLICATIONS];
            for (uint64_t r = 0; r < REPLICATIONS; r++) {
                const struct seen seen = replicate(&model, r, level);
                mean[r] = seen.in_system;
                variance[r] = seen.in_system_sq - 2.0 * load * seen.in_system + load * load;
                for (int i = 0; i < 3; i++)
                    below[i][r] = seen.below[i];
            }
            assert_holds("M/G/inf mean", mean, load, 0.02);
            assert_holds("M/G/inf variance", variance, load, 0.06);
            for (int i = 0; i < 3; i++)
                assert_holds("M/G/inf law", below[i], gsl_cdf_poisson_P((unsigned)level[i], load),
                             0.1);
        }
    }
}
END_TEST

/* Little: over a run that begins and ends empty the sum of sojourns is the integral of the number,
 * to the nanosecond; over a stationary piece L = lambda W in the mean. */
START_TEST(littles_law)
{
    const struct distribution *const services[] = {&exponential, &constant, &lognormal};
    for (size_t s = 0; s < 3; s++) {
        const struct model model = model_of(3.0, 4, false, services[s], 30000);
        double ratio[REPLICATIONS];
        for (uint64_t r = 0; r < REPLICATIONS; r++) {
            const struct seen seen = replicate(&model, r, NULL);
            ck_assert(seen.sojourn_ns == seen.in_system_ns);
            ck_assert(seen.sojourn_ns > 0);
            const double sojourn_s = seen.wait_s + distribution_mean(services[s]) / 1e9;
            ratio[r] = seen.in_system / (model.rate_per_s * sojourn_s);
        }
        assert_holds("L / (lambda W)", ratio, 1.0, 0.02);
    }
}
END_TEST

TEST_MAIN("queues", erlang_formulas_give_the_tables, mm1_wait, mmc_wait, md1_wait, mg1_wait,
          loss_with_exponential_service, loss_with_constant_service, loss_with_lognormal_service,
          mginf_number_is_poisson, littles_law)
