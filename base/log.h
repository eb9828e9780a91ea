/* base/log.h — one line of logfmt per event, UTC, on standard error. Native only.
 *
 *     LOG_INFO("node", "block imported", F_U64("number", n), F_HASH("root", &root), F_US("took_us", us));
 *
 * The message is fixed text; everything variable is a typed field. Levels name the reader: error (the
 * operator must act), warn (unusual, handled), info (what an operator wants in a quiet hour), debug, trace.
 * There is no field for secrets. The sink and the level are the process's only mutable globals. Thread-safe:
 * a line is one write. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/bytes.h"
#include "base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE };

enum log_field_kind {
    LOG_FIELD_STR,
    LOG_FIELD_BYTES_TEXT,
    LOG_FIELD_U64,
    LOG_FIELD_I64,
    LOG_FIELD_HEX,
    LOG_FIELD_ERR
};

struct log_field {
    const char *key;
    enum log_field_kind kind;
    uint64_t num;
    const char *str;
    struct bytes bytes;
    const struct err *err;
};

#define F_STR(k, v) ((struct log_field){.key = (k), .kind = LOG_FIELD_STR, .str = (v)})
#define F_TEXT(k, v) ((struct log_field){.key = (k), .kind = LOG_FIELD_BYTES_TEXT, .bytes = (v)})
#define F_U64(k, v) ((struct log_field){.key = (k), .kind = LOG_FIELD_U64, .num = (uint64_t)(v)})
#define F_I64(k, v) ((struct log_field){.key = (k), .kind = LOG_FIELD_I64, .num = (uint64_t)(int64_t)(v)})
#define F_HEX(k, v) ((struct log_field){.key = (k), .kind = LOG_FIELD_HEX, .bytes = (v)})
#define F_HASH(k, v) F_HEX(k, bytes_of((v)->b, sizeof((v)->b)))
#define F_US(k, v) F_U64(k, v)
#define F_ERR(v) ((struct log_field){.key = "err", .kind = LOG_FIELD_ERR, .err = (v)})

#define LOG_AT(level, component, ...)                                                \
    do {                                                                             \
        if (log_enabled(level))                                                      \
            LOG_AT_(level, component, __VA_ARGS__, (struct log_field){.key = NULL}); \
    } while (0)
#define LOG_AT_(level, component, msg, ...) \
    log_write(level, component, msg, (const struct log_field[]){__VA_ARGS__})

#define LOG_ERROR(component, ...) LOG_AT(LOG_LEVEL_ERROR, component, __VA_ARGS__)
#define LOG_WARN(component, ...) LOG_AT(LOG_LEVEL_WARN, component, __VA_ARGS__)
#define LOG_INFO(component, ...) LOG_AT(LOG_LEVEL_INFO, component, __VA_ARGS__)
#define LOG_DEBUG(component, ...) LOG_AT(LOG_LEVEL_DEBUG, component, __VA_ARGS__)
#define LOG_TRACE(component, ...) LOG_AT(LOG_LEVEL_TRACE, component, __VA_ARGS__)

void log_set_level(enum log_level level);
/* "error", "warn", "info", "debug" or "trace"; false when it is none of them. */
MUST_USE bool log_level_parse(const char *text, enum log_level *out);
bool log_enabled(enum log_level level);
/* fields ends with a key of NULL. */
void log_write(enum log_level level, const char *component, const char *msg, const struct log_field *fields);

#endif /* BASE_LOG_H */
