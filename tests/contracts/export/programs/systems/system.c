// What an emulated Cortex-M4F starts with, and as much of a C library as an example needs. It writes to the host's terminal.

#include <stddef.h>
#include <stdint.h>

int main(void);
void reset(void);
void say(const char *text);
void say_number(int number);
void leave(void);

struct vectors {
    uintptr_t stack;
    void (*reset)(void);
};
__attribute__((section(".vectors"), used)) static const struct vectors vectors = {0x20400000, reset};

__attribute__((naked)) void reset(void) {
    __asm__ volatile("movw r0, #0xED88\n movt r0, #0xE000\n mov r1, #0xF00000\n str r1, [r0]\n dsb\n isb\n bl main\n b leave");
}

static void host(uintptr_t operation, uintptr_t argument) {
    register uintptr_t r0 __asm__("r0") = operation;
    register uintptr_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void say(const char *text) {
    host(4, (uintptr_t)text);
}

void say_number(int number) {
    char text[12] = {0};
    int at = 11;
    unsigned left = number < 0 ? 0u - (unsigned)number : (unsigned)number;
    do {
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (number < 0) {
        text[--at] = '-';
    }
    say(text + at);
}

void leave(void) {
    host(0x18, 0x20026);
}

void *memcpy(void *to, const void *from, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ((volatile char *)to)[i] = ((const char *)from)[i];
    }
    return to;
}

void *memset(void *to, int byte, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ((volatile char *)to)[i] = (char)byte;
    }
    return to;
}

int memcmp(const void *one, const void *other, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int difference = ((const volatile unsigned char *)one)[i] - ((const volatile unsigned char *)other)[i];
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}
