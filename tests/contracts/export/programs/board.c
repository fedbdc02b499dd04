// Reads samples and writes answers on an emulated Cortex-M4F, whose host opens the files for it: as much of a C library
// as the program needs, and what the core starts with.

#include <stddef.h>
#include <stdint.h>

typedef struct { uint32_t handle; } FILE;
static FILE in_file, out_file;

static uint32_t host(uint32_t operation, uint32_t argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register uint32_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void exit(int code) {
    host(0x18, code ? 0x20023 : 0x20026);
}

static uint32_t transfer(uint32_t operation, FILE *file, const void *words, uint32_t count) {
    uint32_t block[3] = {file->handle, (uint32_t)words, 4 * count};
    return host(operation, (uint32_t)block);
}

static FILE *file(int number, const char *ending, const char *mode) {
    char name[] = {(char)('0' + number / 10), (char)('0' + number % 10), '.', ending[0], ending[1], ending[2], 0};
    uint32_t skip = number < 10, is_out = mode[0] == 'w';
    uint32_t block[3] = {(uint32_t)(name + skip), is_out ? 5 : 1, (is_out ? 6 : 5) - skip};
    FILE *opened = is_out ? &out_file : &in_file;
    opened->handle = host(1, (uint32_t)block);
    return opened;
}

static void put(FILE *out, const void *words, size_t count) {
    if (transfer(5, out, words, count)) {
        exit(1);
    }
}

static size_t fread(void *words, size_t size, size_t count, FILE *in) {
    return count - transfer(6, in, words, count) / size;
}

static int fclose(FILE *file) {
    return (int)host(2, (uint32_t)&file->handle);
}

static int strcmp(const char *one, const char *other) {
    while (*one && *one == *other) {
        one++, other++;
    }
    return *one - *other;
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

int main(void);
__attribute__((naked)) void reset(void);
void reset(void) {
    __asm__ volatile("movw r0, #0xED88\n movt r0, #0xE000\n mov r1, #0xF00000\n str r1, [r0]\n dsb\n isb\n bl main\n"
                     "movs r0, #0x18\n movw r1, #0x26\n movt r1, #2\n bkpt 0xab");
}
__attribute__((section(".vectors"), used)) static const uint32_t vectors[2];
static const uint32_t vectors[2] = {0x20400000, (uint32_t)reset};
