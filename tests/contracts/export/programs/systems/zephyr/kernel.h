// What an example takes of Zephyr: nothing.
#include <stddef.h>
#include <stdint.h>
