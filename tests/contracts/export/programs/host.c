// Reads samples and writes answers.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *file(int number, const char *ending, const char *mode) {
    char name[32];
    sprintf(name, "%d.%s", number, ending);
    FILE *file = fopen(name, mode);
    if (!file) {
        perror(name);
        exit(1);
    }
    return file;
}

static void put(FILE *out, const void *words, size_t count) {
    if (fwrite(words, 4, count, out) != count) {
        exit(1);
    }
}
