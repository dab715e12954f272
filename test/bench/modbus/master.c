/* Reads input registers of a Modbus TCP slave one after the other with libmodbus, round by round.
 * Usage: master PORT. Each line "COUNT SECONDS" on standard input is one round: reads of COUNT registers for so long; the
 * answer is a line with the reads per second. */
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec + at.tv_nsec * 1e-9;
}

int main(int count_of_words, char **words) {
  modbus_t *modbus = count_of_words == 2 ? modbus_new_tcp("127.0.0.1", atoi(words[1])) : NULL;
  if (!modbus || modbus_set_slave(modbus, 1) || modbus_connect(modbus)) {
    perror("master");
    return 1;
  }
  int count;
  double seconds;
  while (scanf("%d %lf", &count, &seconds) == 2) {
    uint16_t registers[MODBUS_MAX_READ_REGISTERS];
    long reads = 0;
    double began = now(), ends = began + seconds;
    while (now() < ends) {
      if (modbus_read_input_registers(modbus, 0, count, registers) != count || registers[count - 1] != count - 1) {
        perror("read");
        return 1;
      }
      reads++;
    }
    printf("%.1f\n", reads / (now() - began));
    fflush(stdout);
  }
  modbus_close(modbus);
  modbus_free(modbus);
  return 0;
}
