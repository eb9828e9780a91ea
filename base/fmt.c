#include "base/fmt.h"

struct sink {
    char *p;
    size_t cap, len;
};

static void sink_put(struct sink *s, char c)
{
    if (s->len + 1 < s->cap)
        s->p[s->len++] = c;
}

static void sink_text(struct sink *s, const char *t, size_t len, size_t width)
{
    for (size_t i = len; i < width; i++)
        sink_put(s, ' ');
    for (size_t i = 0; i < len; i++)
        sink_put(s, t[i]);
}

static void sink_num(struct sink *s, uint64_t v, unsigned base, bool minus, bool zero, size_t width)
{
    char digits[24];
    size_t n = 0;
    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0);
    size_t shown = n + (minus ? 1 : 0);
    if (!zero)
        for (size_t i = shown; i < width; i++)
            sink_put(s, ' ');
    if (minus)
        sink_put(s, '-');
    if (zero)
        for (size_t i = shown; i < width; i++)
            sink_put(s, '0');
    while (n > 0)
        sink_put(s, digits[--n]);
}

enum length_mod { MOD_NONE, MOD_L, MOD_LL, MOD_Z };

struct spec {
    bool zero;
    size_t width;
    bool has_precision;
    size_t precision;
    enum length_mod mod;
};

static uint64_t arg_unsigned(va_list *args, enum length_mod mod)
{
    switch (mod) {
    case MOD_L:
        return va_arg(*args, unsigned long);
    case MOD_LL:
        return va_arg(*args, unsigned long long);
    case MOD_Z:
        return va_arg(*args, size_t);
    case MOD_NONE:
        break;
    }
    return va_arg(*args, unsigned);
}

static int64_t arg_signed(va_list *args, enum length_mod mod)
{
    switch (mod) {
    case MOD_L:
        return va_arg(*args, long);
    case MOD_LL:
        return va_arg(*args, long long);
    case MOD_Z:
        return (int64_t)va_arg(*args, size_t);
    case MOD_NONE:
        break;
    }
    return va_arg(*args, int);
}

static const char *parse_spec(struct spec *out, const char *f, va_list *args)
{
    *out = (struct spec){0};
    if (*f == '0') {
        out->zero = true;
        f++;
    }
    while (*f >= '0' && *f <= '9')
        out->width = out->width * 10 + (size_t)(*f++ - '0');
    if (f[0] == '.' && f[1] == '*') {
        int p = va_arg(*args, int);
        out->has_precision = true;
        out->precision = p < 0 ? 0 : (size_t)p;
        f += 2;
    }
    if (f[0] == 'l' && f[1] == 'l') {
        out->mod = MOD_LL;
        f += 2;
    } else if (f[0] == 'l') {
        out->mod = MOD_L;
        f++;
    } else if (f[0] == 'z') {
        out->mod = MOD_Z;
        f++;
    }
    return f;
}

static void sink_string(struct sink *s, const struct spec *sp, const char *t)
{
    size_t len = 0;
    if (t == NULL)
        t = "(null)";
    while ((!sp->has_precision || len < sp->precision) && t[len] != '\0')
        len++;
    sink_text(s, t, len, sp->width);
}

static void sink_conversion(struct sink *s, char conv, const struct spec *sp, va_list *args)
{
    char c;
    int64_t v;

    switch (conv) {
    case 's':
        sink_string(s, sp, va_arg(*args, const char *));
        break;
    case 'c':
        c = (char)va_arg(*args, int);
        sink_text(s, &c, 1, sp->width);
        break;
    case 'd':
    case 'i':
        v = arg_signed(args, sp->mod);
        sink_num(s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0, sp->zero, sp->width);
        break;
    case 'u':
        sink_num(s, arg_unsigned(args, sp->mod), 10, false, sp->zero, sp->width);
        break;
    case 'x':
        sink_num(s, arg_unsigned(args, sp->mod), 16, false, sp->zero, sp->width);
        break;
    case 'p':
        sink_num(s, (uint64_t)(uintptr_t)va_arg(*args, void *), 16, false, true, 0);
        break;
    case '%':
        sink_put(s, '%');
        break;
    default:
        sink_put(s, '%');
        sink_put(s, conv);
        break;
    }
}

size_t fmt_into_v(char *out, size_t cap, const char *fmt, va_list args)
{
    struct sink s = {out, cap, 0};
    va_list ap;

    if (cap == 0)
        return 0;
    va_copy(ap, args);
    for (const char *f = fmt; *f != '\0'; f++) {
        struct spec sp;
        if (*f != '%') {
            sink_put(&s, *f);
            continue;
        }
        f = parse_spec(&sp, f + 1, &ap);
        if (*f == '\0')
            break;
        sink_conversion(&s, *f, &sp, &ap);
    }
    va_end(ap);
    out[s.len] = '\0';
    return s.len;
}

size_t fmt_into(char *out, size_t cap, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    size_t n = fmt_into_v(out, cap, fmt, args);
    va_end(args);
    return n;
}

size_t fmt_u128(char out[40], u128 v)
{
    char digits[40];
    size_t n = 0, len = 0;
    do {
        digits[n++] = (char)('0' + (unsigned)(v % 10));
        v /= 10;
    } while (v != 0);
    while (n > 0)
        out[len++] = digits[--n];
    out[len] = '\0';
    return len;
}
