/*
 * A slave on libmodbus, which shares no line with this project.
 *
 * libmodbus_slave tcp UNIT [AREA ADDRESS=WORD,WORD…]…   listens on a free port of this computer
 * libmodbus_slave rtu:PATH UNIT […]                      serves a serial line at 115200 8N1
 *
 * Words are hexadecimal, areas input, holding, coil and discrete, 64 of each. Prints `ready PORT` (port 0 for a serial
 * line), then `wrote FUNCTION ADDRESS WORD…` for what a master wrote, as it is held then. Ends when killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COUNT = 64 };

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, modbus_strerror(errno));
    exit(1);
}

static void hold(modbus_mapping_t *map, const char *area, char *cells) {
    char *equals = strchr(cells, '=');
    if (equals == NULL) {
        fprintf(stderr, "%s: ADDRESS=WORD,WORD… is wanted\n", cells);
        exit(64);
    }
    int address = atoi(cells);
    for (char *word = strtok(equals + 1, ","); word != NULL; word = strtok(NULL, ",")) {
        if (address >= COUNT) {
            fprintf(stderr, "address %d is beyond %d\n", address, COUNT - 1);
            exit(64);
        }
        uint16_t value = (uint16_t)strtoul(word, NULL, 16);
        if (strcmp(area, "input") == 0) map->tab_input_registers[address] = value;
        else if (strcmp(area, "holding") == 0) map->tab_registers[address] = value;
        else if (strcmp(area, "coil") == 0) map->tab_bits[address] = value != 0;
        else map->tab_input_bits[address] = value != 0;
        address++;
    }
}

static void tell(modbus_t *context, const uint8_t *query, const modbus_mapping_t *map) {
    const uint8_t *pdu = query + modbus_get_header_length(context);
    int function = pdu[0];
    if (function != 5 && function != 6 && function != 15 && function != 16) return;
    int address = (pdu[1] << 8) | pdu[2];
    int count = function <= 6 ? 1 : (pdu[3] << 8) | pdu[4];
    printf("wrote %d %d", function, address);
    for (int at = address; at < address + count && at < COUNT; at++) {
        printf(" %04x", function == 5 || function == 15 ? map->tab_bits[at] : map->tab_registers[at]);
    }
    printf("\n");
}

static void serve(modbus_t *context, modbus_mapping_t *map, int is_serial) {
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    for (;;) {
        int length = modbus_receive(context, query);
        if (length == -1 && !is_serial) return;
        if (length <= 0) continue;
        if (modbus_reply(context, query, length, map) == -1 && !is_serial) return;
        tell(context, query, map);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    setvbuf(stdout, NULL, _IOLBF, 0);
    modbus_mapping_t *map = modbus_mapping_new(COUNT, COUNT, COUNT, COUNT);
    if (map == NULL) fail("mapping");
    for (int at = 3; at + 1 < argc; at += 2) hold(map, argv[at], argv[at + 1]);

    int is_serial = strncmp(argv[1], "rtu:", 4) == 0;
    modbus_t *context = is_serial ? modbus_new_rtu(argv[1] + 4, 115200, 'N', 8, 1) : modbus_new_tcp("127.0.0.1", 0);
    if (context == NULL || modbus_set_slave(context, atoi(argv[2])) == -1) fail("context");
    if (is_serial) {
        if (modbus_connect(context) == -1) fail(argv[1]);
        printf("ready 0\n");
        serve(context, map, 1);
        return 0;
    }
    int listening = modbus_tcp_listen(context, 1);
    if (listening == -1) fail("listen");
    struct sockaddr_in bound;
    socklen_t size = sizeof bound;
    if (getsockname(listening, (struct sockaddr *)&bound, &size) == -1) fail("port");
    printf("ready %d\n", ntohs(bound.sin_port));
    for (;;) {
        if (modbus_tcp_accept(context, &listening) == -1) fail("accept");
        serve(context, map, 0);
        modbus_close(context);
    }
}
