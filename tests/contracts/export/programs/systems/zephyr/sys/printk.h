// What an example takes of Zephyr: %d and %s.
#pragma once
#include <stdarg.h>

void say(const char *text);
void say_number(int number);

__attribute__((format(printf, 1, 2))) static inline void printk(const char *format, ...) {
    va_list values;
    va_start(values, format);
    for (; *format; format++) {
        const char letter[] = {*format, 0};
        if (*format != '%') {
            say(letter);
        } else if (*++format == 's') {
            say(va_arg(values, const char *));
        } else {
            say_number(va_arg(values, int));
        }
    }
    va_end(values);
}
