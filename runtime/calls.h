/* runtime/calls.h — what a decoded call weighs and which class it has. */
#ifndef RUNTIME_CALLS_H
#define RUNTIME_CALLS_H

#include "codec/desc.h"
#include "runtime/exec.h"

struct dispatch_info {
    uint64_t weight; /* picoseconds of reference time, without the base weight of an extrinsic */
    enum call_class class;
};

/* As declared; a batch weighs its calls too and is operational only if all of them are, sudo takes the class
 * of its call. */
struct dispatch_info calls_info(const struct call *call);

#endif /* RUNTIME_CALLS_H */
