/* A client of libmodbus: reads a float and its quality words, writes a setpoint as a float, reads it back.
 * Usage: libmodbus_operator PORT SETPOINT. Prints `value quality quality readBack`, or `exception TEXT`. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(modbus_t *client) {
  printf("exception %s\n", modbus_strerror(errno));
  modbus_close(client);
  modbus_free(client);
  return 2;
}

int main(int count, char **arguments) {
  if (count != 3) return 1;
  modbus_t *client = modbus_new_tcp("127.0.0.1", atoi(arguments[1]));
  modbus_set_slave(client, 1);
  modbus_set_response_timeout(client, 3, 0);
  if (modbus_connect(client) == -1) return fail(client);
  uint16_t value[2], quality[2], setpoint[2];
  if (modbus_read_input_registers(client, 0, 2, value) == -1) return fail(client);
  if (modbus_read_input_registers(client, 100, 2, quality) == -1) return fail(client);
  /* by hand: modbus_set_float_abcd of libmodbus 3.1.6 swaps the bytes of each word */
  float wanted = strtof(arguments[2], NULL);
  uint32_t bits;
  memcpy(&bits, &wanted, sizeof bits);
  setpoint[0] = bits >> 16;
  setpoint[1] = bits & 0xffff;
  if (modbus_write_registers(client, 0, 2, setpoint) == -1) return fail(client);
  if (modbus_read_registers(client, 0, 2, setpoint) == -1) return fail(client);
  printf("%.3f %d %d %.3f\n", modbus_get_float_abcd(value), quality[0], quality[1], modbus_get_float_abcd(setpoint));
  modbus_close(client);
  modbus_free(client);
  return 0;
}
