// What examples take of the C library, which a compiler for boards may come without.
#pragma once
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
int memcmp(const void *one, const void *other, size_t count);
#ifdef __cplusplus
}
#endif
