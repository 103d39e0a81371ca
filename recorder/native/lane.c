/* One RTP stream: follows one SSRC, puts packets in order, knows what is missing, makes pictures.
 *
 * The rules are those of ingest/reorder.py and twin.py; names are theirs. Packets in order are
 * never copied; the ring for those out of order is made when the first is missing.
 */
#include "media.h"

#include <stddef.h>
#include <string.h>
#include <structmember.h>

enum {
    JUMP = 1000,
    NACK_LIST = 64,
    ATTEMPTS = 5,
    ASKED_ENOUGH = 2,
    PATIENCE = 3,
    REPAIRABLE = 256,
    WINDOW = 2048,
};
static const int64_t FIRST_RETRY_US = 30000, REORDER_GRACE_US = 3000, SSRC_SILENCE_US = 500000;

enum state { NOTHING, MISSING, HELD };

typedef struct {
    enum state state;
    int attempts;       /* MISSING */
    int64_t ask_us;     /* MISSING */
    int64_t at_us;      /* MISSING: since when; HELD: when it came */
    rtp_t rtp;          /* HELD */
    uint8_t *data;      /* HELD: the payload */
} slot_t;

struct lane {
    PyObject_HEAD
    int number;
    int64_t wait_us;
    int ticks_per_ms;
    bool has_ssrc;
    uint32_t ssrc;
    int64_t last_us;
    bool has_transit;
    uint32_t transit;
    int64_t jitter;
    int64_t highest, base, next, received, lost;
    int stray; /* -1: none */
    slot_t *ring;
    int held, missing;
    assembly_t assembly;
    bool has_frame;
    uint32_t frame_timestamp;
    int64_t frame_us, frame_packets;
    bool spoilt;
    bool marked; /* the stream sets markers */
};

/* --- assembly ---------------------------------------------------------------------------------- */

static int put(lane_t *lane, PyObject *out, enum item_kind kind, int64_t packets)
{
    return item_append(out, &(item_t){.kind = kind, .lane = lane->number, .packets = packets});
}

static int finish(lane_t *lane, uint32_t ssrc, PyObject *out)
{
    assembly_t *a = &lane->assembly;
    item_t item = {
        .kind = FRAME,
        .lane = lane->number,
        .data = a->data,
        .size = a->size,
        .flags = (a->key ? KEY : 0) | (a->picture ? PICTURE : 0) | (a->sets ? SETS : 0),
        .timestamp = lane->frame_timestamp,
        .arrival_us = lane->frame_us,
        .packets = lane->frame_packets,
        .ssrc = ssrc,
    };
    int result = item_append(out, &item);
    assembly_reset(a);
    return result;
}

/* The picture before came without a marker. Its sender may have thrown the rest away (see
 * ingest/assembly.py), so it is whole only when markers are not this stream's habit. */
static int finish_unmarked(lane_t *lane, uint32_t ssrc, PyObject *out)
{
    assembly_t *a = &lane->assembly;
    bool optional = a->mode == H264 && !a->in_unit;
    if (!a->picture || (optional && !lane->marked))
        return finish(lane, ssrc, out);
    assembly_reset(a);
    return put(lane, out, MALFORMED, 1);
}

/* A packet whose turn it is. */
static int take(lane_t *lane, const rtp_t *rtp, const uint8_t *payload, int64_t at_us, PyObject *out)
{
    if (rtp->start >= rtp->end)
        return 0; /* padding only */
    size_t size = (size_t)(rtp->end - rtp->start);
    if (lane->assembly.mode == PACKETS)
        return item_append(out, &(item_t){.kind = PACKET,
                                          .lane = lane->number,
                                          .data = payload,
                                          .size = size,
                                          .flags = rtp->marker ? MARKER : 0,
                                          .timestamp = rtp->timestamp,
                                          .arrival_us = at_us,
                                          .packets = 1,
                                          .ssrc = rtp->ssrc});
    assembly_t *a = &lane->assembly;
    if (!lane->has_frame || rtp->timestamp != lane->frame_timestamp) {
        if (lane->has_frame && a->size && finish_unmarked(lane, rtp->ssrc, out) < 0)
            return -1;
        lane->has_frame = true;
        lane->frame_timestamp = rtp->timestamp;
        lane->frame_us = at_us;
        lane->frame_packets = 0;
        lane->spoilt = false;
    }
    lane->frame_packets++;
    if (!lane->spoilt && !assembly_push(a, payload, size)) {
        assembly_reset(a);
        lane->spoilt = true;
        if (put(lane, out, MALFORMED, 1) < 0)
            return -1;
    }
    if (rtp->marker) {
        lane->marked = true;
        if (a->size && finish(lane, rtp->ssrc, out) < 0)
            return -1;
        lane->has_frame = false;
    }
    return 0;
}

static int give_up(lane_t *lane, int64_t packets, PyObject *out, bool counted)
{
    if (packets == 0)
        return 0;
    lane->lost += counted ? packets : 0;
    assembly_reset(&lane->assembly);
    lane->spoilt = true;
    return put(lane, out, LOST, packets);
}

/* --- order ------------------------------------------------------------------------------------- */

static slot_t *slot(lane_t *lane, int64_t number) { return &lane->ring[number % WINDOW]; }

static void clear(lane_t *lane, slot_t *s)
{
    lane->held -= s->state == HELD;
    lane->missing -= s->state == MISSING;
    PyMem_Free(s->data);
    *s = (slot_t){.state = NOTHING};
}

static void clear_all(lane_t *lane)
{
    for (int i = 0; lane->ring != NULL && i < WINDOW; i++)
        clear(lane, &lane->ring[i]);
}

static int release(lane_t *lane, slot_t *s, PyObject *out)
{
    slot_t taken = *s;
    s->data = NULL;
    clear(lane, s);
    int result = take(lane, &taken.rtp, taken.data, taken.at_us, out);
    PyMem_Free(taken.data);
    return result;
}

static bool hopeless(const lane_t *lane, const slot_t *s, int64_t now_us)
{
    int patience = s->attempts >= ASKED_ENOUGH ? 1 : PATIENCE;
    return now_us - s->at_us >= lane->wait_us * patience;
}

static int drain(lane_t *lane, int64_t now_us, PyObject *out)
{
    while (lane->held) {
        slot_t *s = slot(lane, lane->next);
        if (s->state == HELD) {
            lane->next++;
            if (release(lane, s, out) < 0)
                return -1;
            continue;
        }
        if (s->state == MISSING && !hopeless(lane, s, now_us))
            return 0;
        int64_t gone = 0;
        while ((s = slot(lane, lane->next))->state != HELD) {
            if (s->state == MISSING && !hopeless(lane, s, now_us))
                break;
            clear(lane, s);
            lane->next++;
            gone++;
        }
        if (give_up(lane, gone, out, true) < 0)
            return -1;
    }
    return 0;
}

/* The window is full: the oldest go, so that `number` fits. */
static int make_room(lane_t *lane, int64_t number, PyObject *out)
{
    int64_t gone = 0;
    while (number - lane->next >= WINDOW) {
        slot_t *s = slot(lane, lane->next++);
        if (s->state != HELD) {
            clear(lane, s);
            gone++;
            continue;
        }
        if (give_up(lane, gone, out, true) < 0 || release(lane, s, out) < 0)
            return -1;
        gone = 0;
    }
    return give_up(lane, gone, out, true);
}

static int flush(lane_t *lane, PyObject *out)
{
    int64_t gone = 0;
    while (lane->held) {
        slot_t *s = slot(lane, lane->next++);
        if (s->state != HELD) {
            clear(lane, s);
            gone++;
            continue;
        }
        if (give_up(lane, gone, out, true) < 0 || release(lane, s, out) < 0)
            return -1;
        gone = 0;
    }
    clear_all(lane);
    return 0;
}

static void note_missing(lane_t *lane, int64_t number, int64_t now_us)
{
    int64_t first = lane->highest + 1 > lane->next ? lane->highest + 1 : lane->next;
    int attempts = number - first <= REPAIRABLE ? 0 : ATTEMPTS;
    for (int64_t n = first; n < number; n++) {
        *slot(lane, n) = (slot_t){.state = MISSING,
                                  .attempts = attempts,
                                  .at_us = now_us,
                                  .ask_us = now_us + REORDER_GRACE_US};
        lane->missing++;
    }
}

static int hold(lane_t *lane, int64_t number, const rtp_t *rtp, const uint8_t *payload, int64_t now_us)
{
    size_t size = rtp->end > rtp->start ? (size_t)(rtp->end - rtp->start) : 0;
    uint8_t *copy = PyMem_Malloc(size ? size : 1);
    if (copy == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (size)
        memcpy(copy, payload, size);
    slot_t *s = slot(lane, number);
    clear(lane, s);
    *s = (slot_t){.state = HELD, .at_us = now_us, .rtp = *rtp, .data = copy};
    lane->held++;
    return 0;
}

static void start(lane_t *lane, uint16_t sequence)
{
    lane->highest = lane->base = (int64_t)sequence + 0x10000;
    lane->next = lane->highest + 1;
    lane->received = 1;
    lane->stray = -1;
}

/* Two packets in a row far away mean the sender restarted (RFC 3550, A.1). */
static int jumped(lane_t *lane, const rtp_t *rtp, const uint8_t *payload, int64_t now_us, PyObject *out)
{
    if (lane->stray < 0 || rtp->sequence != ((lane->stray + 1) & 0xFFFF)) {
        lane->stray = rtp->sequence;
        return 0;
    }
    if (flush(lane, out) < 0)
        return -1;
    start(lane, rtp->sequence);
    if (give_up(lane, 1, out, false) < 0)
        return -1;
    return take(lane, rtp, payload, now_us, out);
}

static int order(lane_t *lane, const rtp_t *rtp, const uint8_t *payload, int64_t now_us, PyObject *out)
{
    if (lane->highest < 0) {
        start(lane, rtp->sequence);
        return take(lane, rtp, payload, now_us, out);
    }
    int16_t delta = (int16_t)(rtp->sequence - (uint16_t)lane->highest);
    int64_t number = lane->highest + delta;
    if (delta == 1 && number == lane->next) {
        lane->highest = number;
        lane->next = number + 1;
        lane->stray = -1;
        lane->received++;
        return take(lane, rtp, payload, now_us, out);
    }
    if (delta > JUMP || delta < -JUMP)
        return jumped(lane, rtp, payload, now_us, out);
    lane->stray = -1;
    if (number < lane->next)
        return 0;
    if (lane->ring == NULL && (lane->ring = PyMem_Calloc(WINDOW, sizeof(slot_t))) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (number <= lane->highest && slot(lane, number)->state == HELD)
        return 0;
    lane->received++;
    if (delta > 0) {
        if (make_room(lane, number, out) < 0)
            return -1;
        note_missing(lane, number, now_us);
        lane->highest = number;
    }
    if (hold(lane, number, rtp, payload, now_us) < 0)
        return -1;
    return drain(lane, now_us, out);
}

/* --- one packet --------------------------------------------------------------------------------- */

static void restart(lane_t *lane)
{
    clear_all(lane);
    lane->highest = -1;
    lane->base = lane->next = lane->received = lane->lost = 0;
    lane->stray = -1;
    assembly_reset(&lane->assembly);
    lane->has_frame = lane->spoilt = lane->marked = false;
    lane->has_transit = false;
    lane->jitter = 0;
}

static int adopt(lane_t *lane, uint32_t ssrc, int64_t now_us, PyObject *out)
{
    if (lane->has_ssrc) {
        if (now_us - lane->last_us < SSRC_SILENCE_US)
            return 0;
        restart(lane);
        if (put(lane, out, RESTARTED, 0) < 0)
            return -1;
    }
    lane->has_ssrc = true;
    lane->ssrc = ssrc;
    return 1;
}

static void measure_jitter(lane_t *lane, uint32_t timestamp, int64_t now_us)
{
    uint32_t transit = (uint32_t)(now_us * lane->ticks_per_ms / 1000) - timestamp;
    if (lane->has_transit) {
        int64_t step = (int32_t)(transit - lane->transit);
        lane->jitter += (step < 0 ? -step : step) - ((lane->jitter + 8) >> 4);
    }
    lane->transit = transit;
    lane->has_transit = true;
}

int lane_packet(lane_t *lane, const rtp_t *rtp, const uint8_t *data, int64_t now_us, PyObject *out)
{
    if (!lane->has_ssrc || rtp->ssrc != lane->ssrc) {
        int adopted = adopt(lane, rtp->ssrc, now_us, out);
        if (adopted <= 0)
            return adopted;
    }
    lane->last_us = now_us;
    measure_jitter(lane, rtp->timestamp, now_us);
    return order(lane, rtp, data + rtp->start, now_us, out);
}

/* RTX (RFC 4588): the original number, then the original payload. */
int lane_retransmission(lane_t *lane, const rtp_t *rtp, const uint8_t *data, int64_t now_us,
                        PyObject *out)
{
    if (rtp->end - rtp->start < 2 || !lane->has_ssrc)
        return 0;
    rtp_t original = *rtp;
    original.sequence = get16(data + rtp->start);
    original.ssrc = lane->ssrc;
    original.start += 2;
    return order(lane, &original, data + original.start, now_us, out);
}

/* --- the Python object ----------------------------------------------------------------------------- */

static PyObject *lane_create(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"number", "mode", "wait_us", "ticks_per_ms", NULL};
    int number, mode, ticks;
    long long wait_us;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "iiLi", names, &number, &mode, &wait_us, &ticks))
        return NULL;
    if (mode < PACKETS || mode > VP8 || wait_us <= 0 || wait_us > 60000000 || ticks <= 0 || ticks > 1000) {
        PyErr_SetString(PyExc_ValueError, "expected mode 0..2, wait_us up to a minute, ticks_per_ms 1..1000");
        return NULL;
    }
    lane_t *lane = (lane_t *)type->tp_alloc(type, 0); /* zeroed */
    if (lane == NULL)
        return NULL;
    lane->number = number;
    lane->wait_us = wait_us;
    lane->ticks_per_ms = ticks;
    lane->assembly.mode = (enum mode)mode;
    restart(lane);
    return (PyObject *)lane;
}

static void lane_delete(lane_t *lane)
{
    clear_all(lane);
    PyMem_Free(lane->ring);
    assembly_free(&lane->assembly);
    Py_TYPE(lane)->tp_free((PyObject *)lane);
}

static PyObject *finished(PyObject *out, int result)
{
    if (result < 0)
        Py_CLEAR(out);
    return out;
}

static PyObject *method_packet(lane_t *lane, PyObject *args)
{
    Py_buffer data;
    rtp_t rtp = {0};
    int marker;
    unsigned int sequence, timestamp, ssrc;
    long long now_us;
    if (!PyArg_ParseTuple(args, "IIIpy*iiL", &ssrc, &sequence, &timestamp, &marker, &data, &rtp.start,
                          &rtp.end, &now_us))
        return NULL;
    PyObject *out = NULL;
    if (rtp.start < 0 || rtp.end < rtp.start || rtp.end > data.len || rtp.end - rtp.start > MAX_DATAGRAM) {
        PyErr_SetString(PyExc_ValueError, "expected 0 <= start <= end <= len(data)");
    } else if ((out = PyList_New(0)) != NULL) {
        rtp.ssrc = ssrc;
        rtp.sequence = (uint16_t)sequence;
        rtp.timestamp = timestamp;
        rtp.marker = marker;
        out = finished(out, lane_packet(lane, &rtp, data.buf, now_us, out));
    }
    PyBuffer_Release(&data);
    return out;
}

static PyObject *method_retransmission(lane_t *lane, PyObject *args)
{
    Py_buffer data;
    rtp_t rtp = {0};
    int marker;
    unsigned int timestamp;
    long long now_us;
    if (!PyArg_ParseTuple(args, "Ipy*iiL", &timestamp, &marker, &data, &rtp.start, &rtp.end, &now_us))
        return NULL;
    PyObject *out = NULL;
    if (rtp.start < 0 || rtp.end < rtp.start || rtp.end > data.len || rtp.end - rtp.start > MAX_DATAGRAM) {
        PyErr_SetString(PyExc_ValueError, "expected 0 <= start <= end <= len(data)");
    } else if ((out = PyList_New(0)) != NULL) {
        rtp.timestamp = timestamp;
        rtp.marker = marker;
        out = finished(out, lane_retransmission(lane, &rtp, data.buf, now_us, out));
    }
    PyBuffer_Release(&data);
    return out;
}

static PyObject *method_expire(lane_t *lane, PyObject *argument)
{
    long long now_us = PyLong_AsLongLong(argument);
    if (now_us == -1 && PyErr_Occurred())
        return NULL;
    PyObject *out = PyList_New(0);
    return out == NULL ? NULL : finished(out, drain(lane, now_us, out));
}

static PyObject *method_due(lane_t *lane, PyObject *argument)
{
    long long now_us = PyLong_AsLongLong(argument);
    if (now_us == -1 && PyErr_Occurred())
        return NULL;
    PyObject *asked = PyList_New(0);
    int left = lane->missing;
    for (int64_t n = lane->next; asked != NULL && left > 0 && n <= lane->highest; n++) {
        slot_t *s = slot(lane, n);
        if (s->state != MISSING)
            continue;
        left--;
        if (s->ask_us > now_us || s->attempts >= ATTEMPTS)
            continue;
        s->ask_us = now_us + (FIRST_RETRY_US << s->attempts);
        s->attempts++;
        PyObject *number = PyLong_FromLong((long)(n & 0xFFFF));
        if (number == NULL || PyList_Append(asked, number) < 0)
            Py_CLEAR(asked);
        Py_XDECREF(number);
        if (asked != NULL && PyList_GET_SIZE(asked) == NACK_LIST)
            break;
    }
    return asked;
}

static PyObject *get_ssrc(lane_t *lane, void *unused)
{
    (void)unused;
    if (!lane->has_ssrc)
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLong(lane->ssrc);
}

static PyObject *get_waiting(lane_t *lane, void *unused)
{
    (void)unused;
    return PyBool_FromLong(lane->held > 0);
}

static PyObject *get_expected(lane_t *lane, void *unused)
{
    (void)unused;
    return PyLong_FromLongLong(lane->highest >= 0 ? lane->highest - lane->base + 1 : 0);
}

static PyMethodDef methods[] = {
    {"packet", (PyCFunction)method_packet, METH_VARARGS, "See twin.Lane."},
    {"retransmission", (PyCFunction)method_retransmission, METH_VARARGS, "See twin.Lane."},
    {"expire", (PyCFunction)method_expire, METH_O, "See twin.Lane."},
    {"due", (PyCFunction)method_due, METH_O, "See twin.Lane."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef properties[] = {
    {"ssrc", (getter)get_ssrc, NULL, NULL, NULL},
    {"waiting", (getter)get_waiting, NULL, NULL, NULL},
    {"expected", (getter)get_expected, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef members[] = {
    {"number", T_INT, offsetof(lane_t, number), READONLY, NULL},
    {"highest", T_LONGLONG, offsetof(lane_t, highest), READONLY, NULL},
    {"received", T_LONGLONG, offsetof(lane_t, received), READONLY, NULL},
    {"lost", T_LONGLONG, offsetof(lane_t, lost), READONLY, NULL},
    {"jitter", T_LONGLONG, offsetof(lane_t, jitter), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject lane_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "recorder.native._media.Lane",
    .tp_basicsize = sizeof(lane_t),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "One RTP stream; see twin.Lane.",
    .tp_new = lane_create,
    .tp_dealloc = (destructor)lane_delete,
    .tp_methods = methods,
    .tp_getset = properties,
    .tp_members = members,
};
