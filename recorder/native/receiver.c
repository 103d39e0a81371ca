/* One connection: datagrams in, items out. Batches of datagrams come with recvmmsg(2).
 *
 * What is not media from a proved address is handed back (OTHER): STUN and DTLS stay in Python, and
 * so does the decision about addresses. Control packets are handed back undeciphered (CONTROL).
 */
#define _GNU_SOURCE
#include "media.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <structmember.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 32, BATCHES = 8, PROVED = 32, ROOM = MAX_DATAGRAM + 1, CONTROL_ROOM = 64 };
static const int64_t LATE_US = 1000000; /* an older time stamp of the kernel is not believed */

typedef struct {
    uint8_t ip[16]; /* IPv4 mapped into IPv6 */
    uint16_t port;
} address_t;

typedef struct {
    PyObject_HEAD
    srtp_t *srtp;
    lane_t *lanes[128];
    bool again[128]; /* this payload type is RTX */
    address_t proved[PROVED];
    int proved_count;
    long long octets, failures, dropped;
} receiver_t;

/* Shared by all receivers: used within one call, with the interpreter lock held. */
static struct {
    uint8_t data[BATCH][ROOM];
    uint8_t control[BATCH][CONTROL_ROOM];
    struct sockaddr_storage from[BATCH];
    struct iovec vectors[BATCH];
    struct mmsghdr messages[BATCH];
} batch;

static bool address_of(const struct sockaddr_storage *from, address_t *address)
{
    memset(address, 0, sizeof *address);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        address->ip[10] = address->ip[11] = 0xFF;
        memcpy(address->ip + 12, &v4->sin_addr, 4);
        address->port = ntohs(v4->sin_port);
        return true;
    }
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        memcpy(address->ip, &v6->sin6_addr, 16);
        address->port = ntohs(v6->sin6_port);
        return true;
    }
    return false;
}

static bool is_proved(const receiver_t *r, const struct sockaddr_storage *from)
{
    address_t address;
    if (!address_of(from, &address))
        return false;
    for (int i = 0; i < r->proved_count; i++)
        if (memcmp(&r->proved[i], &address, sizeof address) == 0)
            return true;
    return false;
}

static PyObject *source_of(const struct sockaddr_storage *from)
{
    char text[INET6_ADDRSTRLEN] = "";
    int port = 0;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        port = ntohs(v4->sin_port);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        port = ntohs(v6->sin6_port);
    }
    return Py_BuildValue("(si)", text, port);
}

/* One datagram of the media range; `data` is written to. */
static int media(receiver_t *r, uint8_t *data, int size, int64_t now_us, PyObject *out)
{
    if (size > 1 && data[1] >= 192 && data[1] <= 223) /* RFC 5761, 4 */
        return item_append(out, &(item_t){.kind = CONTROL,
                                          .lane = -1,
                                          .data = data,
                                          .size = (size_t)size,
                                          .arrival_us = now_us});
    int header = rtp_header_size(data, size);
    if (header == 0 || (size = srtp_unprotect(r->srtp, data, size, header)) < 0) {
        r->failures++;
        return 0;
    }
    rtp_t rtp;
    if (!rtp_parse(data, size, &rtp))
        return 0;
    lane_t *lane = r->lanes[rtp.payload_type];
    if (lane == NULL)
        return 0;
    r->octets += size;
    return (r->again[rtp.payload_type] ? lane_retransmission : lane_packet)(lane, &rtp, data, now_us, out);
}

/* When the kernel took the datagram in, on the clock of now_us. */
static int64_t arrival(struct msghdr *message, int64_t now_us, const struct timespec *real)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        struct timespec at;
        memcpy(&at, CMSG_DATA(c), sizeof at);
        int64_t age_us = (int64_t)(real->tv_sec - at.tv_sec) * 1000000 + (real->tv_nsec - at.tv_nsec) / 1000;
        return age_us > 0 && age_us < LATE_US ? now_us - age_us : now_us;
    }
    return now_us;
}

static int one(receiver_t *r, int i, int64_t now_us, const struct timespec *real, PyObject *out)
{
    struct mmsghdr *message = &batch.messages[i];
    int size = (int)message->msg_len;
    if (size < 1 || size > MAX_DATAGRAM) {
        r->dropped++;
        return 0;
    }
    uint8_t *data = batch.data[i];
    int64_t at_us = arrival(&message->msg_hdr, now_us, real);
    if (data[0] > 127 && data[0] < 192 && is_proved(r, &batch.from[i]))
        return media(r, data, size, at_us, out);
    PyObject *source = source_of(&batch.from[i]);
    if (source == NULL)
        return -1;
    item_t item = {.kind = OTHER, .lane = -1, .data = data, .size = (size_t)size, .arrival_us = at_us, .source = source};
    int result = item_append(out, &item);
    Py_DECREF(source);
    return result;
}

static int receive(int descriptor)
{
    for (int i = 0; i < BATCH; i++) { /* the kernel writes into all of it */
        batch.vectors[i] = (struct iovec){batch.data[i], ROOM};
        batch.messages[i].msg_hdr = (struct msghdr){
            .msg_name = &batch.from[i],
            .msg_namelen = sizeof batch.from[i],
            .msg_iov = &batch.vectors[i],
            .msg_iovlen = 1,
            .msg_control = batch.control[i],
            .msg_controllen = CONTROL_ROOM,
        };
    }
    return recvmmsg(descriptor, batch.messages, BATCH, MSG_DONTWAIT, NULL);
}

/* --- the Python object ----------------------------------------------------------------------- */

static PyObject *receiver_create(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"profile", "key", NULL};
    const char *profile;
    Py_buffer key;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "sy*", names, &profile, &key))
        return NULL;
    receiver_t *r = (receiver_t *)type->tp_alloc(type, 0);
    if (r != NULL && (r->srtp = srtp_new(profile, key.buf, (size_t)key.len)) == NULL) {
        PyErr_Format(PyExc_ValueError, "SRTP profile %s with a key of %zd bytes is not supported", profile, key.len);
        Py_CLEAR(r);
    }
    PyBuffer_Release(&key);
    return (PyObject *)r;
}

static void receiver_delete(receiver_t *r)
{
    for (int i = 0; i < 128; i++)
        Py_XDECREF((PyObject *)r->lanes[i]);
    srtp_free(r->srtp);
    Py_TYPE(r)->tp_free((PyObject *)r);
}

static PyObject *method_add(receiver_t *r, PyObject *args)
{
    int payload_type, again = 0;
    PyObject *lane;
    if (!PyArg_ParseTuple(args, "iO!|p", &payload_type, &lane_type, &lane, &again))
        return NULL;
    if (payload_type < 0 || payload_type > 127) {
        PyErr_SetString(PyExc_ValueError, "expected a payload type 0..127");
        return NULL;
    }
    Py_INCREF(lane);
    Py_XDECREF((PyObject *)r->lanes[payload_type]);
    r->lanes[payload_type] = (lane_t *)lane;
    r->again[payload_type] = again;
    Py_RETURN_NONE;
}

static PyObject *method_prove(receiver_t *r, PyObject *args)
{
    const char *host;
    int port;
    if (!PyArg_ParseTuple(args, "si", &host, &port))
        return NULL;
    struct sockaddr_storage from = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&from;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&from;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        from.ss_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
    } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        from.ss_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
    }
    address_t address;
    if (r->proved_count < PROVED && address_of(&from, &address) && !is_proved(r, &from))
        r->proved[r->proved_count++] = address;
    Py_RETURN_NONE;
}

static PyObject *method_datagram(receiver_t *r, PyObject *args)
{
    Py_buffer data;
    long long now_us;
    if (!PyArg_ParseTuple(args, "y*L", &data, &now_us))
        return NULL;
    PyObject *out = PyList_New(0);
    if (out != NULL && (data.len < 1 || data.len > MAX_DATAGRAM)) {
        r->dropped++;
    } else if (out != NULL) {
        memcpy(batch.data[0], data.buf, (size_t)data.len);
        if (media(r, batch.data[0], (int)data.len, now_us, out) < 0)
            Py_CLEAR(out);
    }
    PyBuffer_Release(&data);
    return out;
}

static PyObject *method_drain(receiver_t *r, PyObject *args)
{
    int descriptor;
    long long now_us;
    if (!PyArg_ParseTuple(args, "iL", &descriptor, &now_us))
        return NULL;
    PyObject *out = PyList_New(0);
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    for (int turn = 0; out != NULL && turn < BATCHES; turn++) {
        int count = receive(descriptor);
        for (int i = 0; i < count; i++)
            if (one(r, i, now_us, &real, out) < 0) {
                Py_CLEAR(out);
                break;
            }
        if (count < BATCH)
            break; /* nothing more, or an error that the next datagram will not have */
    }
    return out;
}

static PyMethodDef methods[] = {
    {"add", (PyCFunction)method_add, METH_VARARGS, "See twin.Receiver."},
    {"prove", (PyCFunction)method_prove, METH_VARARGS, "See twin.Receiver."},
    {"datagram", (PyCFunction)method_datagram, METH_VARARGS, "See twin.Receiver."},
    {"drain", (PyCFunction)method_drain, METH_VARARGS, "See twin.Receiver."},
    {NULL, NULL, 0, NULL},
};

static PyObject *get_batched(receiver_t *r, void *unused)
{
    (void)r;
    (void)unused;
    Py_RETURN_TRUE;
}

static PyGetSetDef properties[] = {
    {"batched", (getter)get_batched, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef members[] = {
    {"octets", T_LONGLONG, offsetof(receiver_t, octets), READONLY, NULL},
    {"failures", T_LONGLONG, offsetof(receiver_t, failures), READONLY, NULL},
    {"dropped", T_LONGLONG, offsetof(receiver_t, dropped), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject receiver_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "recorder.native._media.Receiver",
    .tp_basicsize = sizeof(receiver_t),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "One connection; see twin.Receiver.",
    .tp_new = receiver_create,
    .tp_dealloc = (destructor)receiver_delete,
    .tp_methods = methods,
    .tp_members = members,
    .tp_getset = properties,
};
