#include "runtime/capacity.h"

#include "base/int.h"

uint32_t capacity_at(const struct worker_com_cr *c, unsigned field)
{
    switch (field) {
    case 0:
        return c->cpu;
    case 1:
        return c->mem;
    case 2:
        return c->cvm_cpu;
    case 3:
        return c->cvm_mem;
    case 4:
        return c->disk;
    case 5:
        return c->gpu;
    default:
        UNREACHABLE();
    }
}

bool capacity_eq(const struct worker_com_cr *a, const struct worker_com_cr *b)
{
    for (unsigned i = 0; i < CAPACITY_FIELDS; i++) {
        if (capacity_at(a, i) != capacity_at(b, i))
            return false;
    }
    return true;
}

bool capacity_is_zero(const struct worker_com_cr *c)
{
    return capacity_eq(c, &(struct worker_com_cr){0});
}

bool capacity_fits(const struct worker_com_cr *need, const struct worker_com_cr *have)
{
    for (unsigned i = 0; i < CAPACITY_FIELDS; i++) {
        if (capacity_at(need, i) > capacity_at(have, i))
            return false;
    }
    return true;
}

bool capacity_add(struct worker_com_cr *out, const struct worker_com_cr *a, const struct worker_com_cr *b)
{
    struct worker_com_cr sum;
    if (!ck_add(&sum.cpu, a->cpu, b->cpu) || !ck_add(&sum.mem, a->mem, b->mem) ||
        !ck_add(&sum.cvm_cpu, a->cvm_cpu, b->cvm_cpu) || !ck_add(&sum.cvm_mem, a->cvm_mem, b->cvm_mem) ||
        !ck_add(&sum.disk, a->disk, b->disk) || !ck_add(&sum.gpu, a->gpu, b->gpu))
        return false;
    *out = sum;
    return true;
}

bool capacity_sub(struct worker_com_cr *out, const struct worker_com_cr *a, const struct worker_com_cr *b)
{
    if (!capacity_fits(b, a))
        return false;
    *out = (struct worker_com_cr){
        .cpu = a->cpu - b->cpu,
        .mem = a->mem - b->mem,
        .cvm_cpu = a->cvm_cpu - b->cvm_cpu,
        .cvm_mem = a->cvm_mem - b->cvm_mem,
        .disk = a->disk - b->disk,
        .gpu = a->gpu - b->gpu,
    };
    return true;
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

struct worker_com_cr capacity_min(const struct worker_com_cr *a, const struct worker_com_cr *b)
{
    return (struct worker_com_cr){
        .cpu = min_u32(a->cpu, b->cpu),
        .mem = min_u32(a->mem, b->mem),
        .cvm_cpu = min_u32(a->cvm_cpu, b->cvm_cpu),
        .cvm_mem = min_u32(a->cvm_mem, b->cvm_mem),
        .disk = min_u32(a->disk, b->disk),
        .gpu = min_u32(a->gpu, b->gpu),
    };
}

struct balance capacity_price(const struct worker_com_cr *c, const struct worker_price *price)
{
    return balance_of_u128((u128)c->cpu * price->cpu_per + (u128)c->mem * price->memory_per +
                           (u128)c->cvm_cpu * price->cvm_cpu_per + (u128)c->cvm_mem * price->cvm_memory_per +
                           (u128)c->disk * price->disk_per + (u128)c->gpu * price->gpu_per);
}

struct balance capacity_stake(const struct worker_com_cr *c, const struct worker_deposit_price *price)
{
    return balance_of_u128((u128)c->cpu * price->cpu_per + (u128)c->mem * price->memory_per +
                           (u128)c->cvm_cpu * price->cvm_cpu_per + (u128)c->cvm_mem * price->cvm_memory_per +
                           (u128)c->disk * price->disk_per + (u128)c->gpu * price->gpu_per);
}
