/* A Modbus TCP slave made of libmodbus on 127.0.0.1: 1,000 registers and bits of each kind, a thread for each client.
 *
 * Usage: slave plain|pipelining
 *   plain       receives with libmodbus, which takes one request after the other from the socket, in four system calls
 *   pipelining  takes all requests that have come at once and sends their replies together, as a device does that is made
 *               for several requests in flight
 *
 * Prints "ready PORT" and serves until its standard input ends. */
#include <arpa/inet.h>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { cells = 1000, backlog = 128, header = 6, shortest_request = 10, stream_bytes = 8192 };

static modbus_mapping_t *memory;
static int pipelining;

static void set(int socket, int option, int value) {
  setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);
}

static void serve_plain(modbus_t *modbus) {
  uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
  int length;
  while ((length = modbus_receive(modbus, request)) >= 0) {
    if (length > 0) modbus_reply(modbus, request, length, memory);
  }
}

static void serve_pipelining(modbus_t *modbus) {
  int client = modbus_get_socket(modbus);
  uint8_t stream[stream_bytes];
  size_t held = 0;
  ssize_t came;
  while ((came = read(client, stream + held, sizeof stream - held)) > 0) {
    size_t at = 0;
    held += came;
    int several = held >= 2 * shortest_request;
    if (several) set(client, TCP_CORK, 1);
    while (held - at >= header) {
      size_t length = header + (stream[at + 4] << 8 | stream[at + 5]);
      if (held - at < length) break;
      modbus_reply(modbus, stream + at, length, memory);
      at += length;
    }
    if (several) set(client, TCP_CORK, 0);
    memmove(stream, stream + at, held - at);
    held -= at;
  }
}

static void *serve(void *socket) {
  modbus_t *modbus = modbus_new_tcp("127.0.0.1", 0);
  set((int)(long)socket, TCP_NODELAY, 1);
  modbus_set_socket(modbus, (int)(long)socket);
  if (pipelining) serve_pipelining(modbus);
  else serve_plain(modbus);
  modbus_close(modbus);
  modbus_free(modbus);
  return NULL;
}

static void *accept_all(void *listening) {
  for (;;) {
    long client = accept((int)(long)listening, NULL, NULL);
    pthread_t thread;
    if (client >= 0 && pthread_create(&thread, NULL, serve, (void *)client) == 0) pthread_detach(thread);
  }
  return NULL;
}

int main(int count_of_words, char **words) {
  long listening = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  pthread_t thread;
  pipelining = count_of_words == 2 && strcmp(words[1], "pipelining") == 0;
  memory = modbus_mapping_new(cells, cells, cells, cells);
  if (!memory || listening < 0 || bind(listening, (struct sockaddr *)&address, size) || listen(listening, backlog) ||
      getsockname(listening, (struct sockaddr *)&address, &size) ||
      pthread_create(&thread, NULL, accept_all, (void *)listening)) {
    perror("slave");
    return 1;
  }
  for (int n = 0; n < cells; n++) memory->tab_registers[n] = memory->tab_input_registers[n] = n;
  printf("ready %d\n", ntohs(address.sin_port));
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  return 0;
}
