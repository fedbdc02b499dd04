// What an example takes of Arduino. The program ends at the first delay.
#pragma once
#include <stdint.h>

extern "C" {
void say(const char *text);
void say_number(int number);
void leave(void);
}

struct Stream {
    void begin(unsigned long) {}
    void print(const char *text) { say(text); }
    void print(int number) { say_number(number); }
    void println() { say("\n"); }
    void println(const char *text) { say(text), say("\n"); }
};
static Stream Serial;

static inline void delay(unsigned long) { leave(); }

void setup();
void loop();

#ifndef NO_MAIN
int main() {
    setup();
    for (;;) {
        loop();
    }
}
#endif
