/* base/base.h — the vocabulary every file includes first: fixed-width integers, ownership and assertion
 * macros.
 *
 * Freestanding: string.h is the only library header behind it, so the runtime's WASM build uses it unchanged.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Runs fn(&var) when `var` leaves its scope. `fn` takes a pointer to the variable: see DEFINE_CLEANUP. */
#define CLEANUP(fn) __attribute__((cleanup(fn##_cleanup)))
#define DEFINE_CLEANUP(type, fn)             \
    static inline void fn##_cleanup(type *p) \
    {                                        \
        fn(*p);                              \
    }

/* Hands ownership over: yields the pointer and leaves NULL behind, which every destructor accepts. */
#define MOVE(p)                     \
    __extension__({                 \
        __typeof__(p) moved_ = (p); \
        (p) = NULL;                 \
        moved_;                     \
    })

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

/* A broken promise of this code: stops the process (or traps in WASM). Never reachable from input. */
_Noreturn void base_abort(const char *file, int line, const char *what);

#define ASSERT(cond) ((cond) ? (void)0 : base_abort(__FILE__, __LINE__, #cond))
#define UNREACHABLE() base_abort(__FILE__, __LINE__, "unreachable")

/* DCHECK states what is too costly to check in release builds. */
#ifdef WETEE_DEBUG_CHECKS
#define DCHECK(cond) ASSERT(cond)
#else
#define DCHECK(cond) ((void)sizeof(cond))
#endif

#endif /* BASE_BASE_H */
