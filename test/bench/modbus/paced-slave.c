/* A Modbus RTU slave on a pseudo-terminal, which knows no baud rate: it spends the time that the
 * characters and the silence between the frames take on a real line.
 *
 * Usage: paced-slave PATH BAUD BITS
 *   BITS  of one character: 11 with parity or a second stop bit
 *
 * Unit 1, input registers 0…999 with their address as value. Counts requests that came before 3.5 characters of silence had
 * passed after its reply. Prints "ready", and for each line on its standard input the count, until that ends. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { request_bytes = 8, fast_baud = 19200 };

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec + at.tv_nsec * 1e-9;
}

static void sleep_until(double at) {
  struct timespec until = {.tv_sec = (time_t)at, .tv_nsec = (long)((at - (time_t)at) * 1e9)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL)) continue;
}

static unsigned crc(const unsigned char *bytes, int length) {
  unsigned crc = 0xffff;
  for (int n = 0; n < length; n++) {
    crc ^= bytes[n];
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
  }
  return crc;
}

int main(int count_of_words, char **words) {
  if (count_of_words != 4) return 64;
  int line = open(words[1], O_RDWR | O_NOCTTY);
  int baud = atoi(words[2]);
  double character = (double)atoi(words[3]) / baud;
  double gap = baud > fast_baud ? 1.75e-3 : 3.5 * character;
  struct termios raw;
  if (line < 0 || tcgetattr(line, &raw)) {
    perror("paced-slave");
    return 1;
  }
  cfmakeraw(&raw);
  tcsetattr(line, TCSANOW, &raw);
  puts("ready");
  fflush(stdout);
  unsigned char request[request_bytes], reply[256];
  int held = 0;
  long hasty = 0;
  double began = 0, free_at = 0;
  struct pollfd sources[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = line, .events = POLLIN}};
  for (;;) {
    if (poll(sources, 2, -1) < 0) return 1;
    if (sources[0].revents) {
      char text[64];
      if (read(STDIN_FILENO, text, sizeof text) <= 0) return 0;
      printf("%ld\n", hasty);
      fflush(stdout);
    }
    if (!(sources[1].revents & POLLIN)) continue;
    if (held == 0) began = now();
    int came = read(line, request + held, request_bytes - held);
    if (came <= 0) return 1;
    held += came;
    if (held < request_bytes) continue;
    held = 0;
    if (began < free_at) hasty++;
    int count = request[4] << 8 | request[5], address = request[2] << 8 | request[3];
    if (request[0] != 1 || request[1] != 4 || crc(request, request_bytes) || count < 1 || count > 125) continue;
    reply[0] = 1;
    reply[1] = 4;
    reply[2] = 2 * count;
    for (int n = 0; n < count; n++) {
      reply[3 + 2 * n] = (address + n) >> 8;
      reply[4 + 2 * n] = (address + n) & 0xff;
    }
    int length = 5 + 2 * count;
    unsigned sum = crc(reply, length - 2);
    reply[length - 2] = sum & 0xff;
    reply[length - 1] = sum >> 8;
    double ends = began + (request_bytes + length) * character + gap;
    sleep_until(ends);
    if (write(line, reply, length) != length) return 1;
    free_at = ends + gap;
  }
}
