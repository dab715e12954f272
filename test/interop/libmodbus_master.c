/*
 * A master on libmodbus, which shares no line with this project. Works through every function once, and through the
 * requests that a slave has to refuse.
 *
 * libmodbus_master tcp:PORT UNIT
 * libmodbus_master rtu:PATH UNIT      a serial line at 115200 8N1
 *
 * Prints one line for each step: its name, then the words that it read in hexadecimal, `done`, or `refused: …`.
 */
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static modbus_t *context;

static void words(const char *step, int rc, const uint16_t *values) {
    printf("%s", step);
    if (rc == -1) printf(" refused: %s", modbus_strerror(errno));
    for (int at = 0; at < rc; at++) printf(" %04x", values[at]);
    printf("\n");
}

static void bits(const char *step, int rc, const uint8_t *values) {
    uint16_t wide[MODBUS_MAX_READ_BITS];
    for (int at = 0; at < rc; at++) wide[at] = values[at];
    words(step, rc, wide);
}

static void done(const char *step, int rc) {
    if (rc == -1) printf("%s refused: %s\n", step, modbus_strerror(errno));
    else printf("%s done\n", step);
}

int main(int argc, char **argv) {
    if (argc != 3) return 64;
    int is_serial = strncmp(argv[1], "rtu:", 4) == 0;
    context = is_serial ? modbus_new_rtu(argv[1] + 4, 115200, 'N', 8, 1) : modbus_new_tcp("127.0.0.1", atoi(argv[1] + 4));
    if (context == NULL || modbus_set_slave(context, atoi(argv[2])) == -1) return 1;
    modbus_set_response_timeout(context, 2, 0);
    if (modbus_connect(context) == -1) {
        fprintf(stderr, "%s: %s\n", argv[1], modbus_strerror(errno));
        return 1;
    }
    uint16_t registers[MODBUS_MAX_READ_REGISTERS];
    uint8_t states[MODBUS_MAX_READ_BITS];
    const uint16_t three[] = {0x1234, 0xffff, 0x8000};
    const uint8_t ten[] = {1, 0, 1, 1, 0, 0, 0, 1, 1, 0};

    bits("read-discrete", modbus_read_input_bits(context, 0, 16, states), states);
    words("read-input", modbus_read_input_registers(context, 0, 16, registers), registers);
    done("write-register", modbus_write_register(context, 0, 0xabcd));
    done("write-registers", modbus_write_registers(context, 1, 3, three));
    words("read-holding", modbus_read_registers(context, 0, 5, registers), registers);
    done("write-coil", modbus_write_bit(context, 15, TRUE));
    done("write-coils", modbus_write_bits(context, 2, 10, ten));
    bits("read-coils", modbus_read_bits(context, 0, 16, states), states);
    words("read-beyond", modbus_read_registers(context, 15, 2, registers), registers);
    done("write-beyond", modbus_write_registers(context, 14, 3, three));
    words("read-unwritten", modbus_read_registers(context, 14, 2, registers), registers);
    uint8_t unknown[] = {(uint8_t)atoi(argv[2]), 0x41, 0x00};
    uint8_t reply[MODBUS_MAX_ADU_LENGTH];
    int rc = modbus_send_raw_request(context, unknown, sizeof unknown);
    if (rc != -1) rc = modbus_receive_confirmation(context, reply);
    /* function and exception code as they came: the library does not judge what answers a raw request */
    const uint8_t *pdu = reply + modbus_get_header_length(context);
    const uint16_t raw[] = {pdu[0], pdu[1]};
    words("unknown-function", rc == -1 ? -1 : 2, raw);
    words("read-after", modbus_read_input_registers(context, 1, 1, registers), registers);
    modbus_close(context);
    modbus_free(context);
    return 0;
}
