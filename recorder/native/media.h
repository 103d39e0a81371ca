/* The native half of the receive path: what the parts of recorder.native._media share.
 *
 * Everything here runs with the interpreter lock held, in the thread of one event loop, and has a
 * twin in twin.py that must behave the same (tests/recorder/test_native.py compares them).
 * Lengths come from the network: each is checked before it is used.
 */
#ifndef DUIZHI_MEDIA_H
#define DUIZHI_MEDIA_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

enum { MAX_DATAGRAM = 1500 };

/* --- items: what comes out, see ingest/item.py ------------------------------------------------------ */

enum item_kind { LOST, FRAME, PACKET, MALFORMED, RESTARTED, CONTROL, OTHER };
enum item_flag { KEY = 1, PICTURE = 2, SETS = 4, MARKER = 8 };

typedef struct {
    enum item_kind kind;
    int lane;
    const uint8_t *data;
    size_t size;
    int flags;
    uint32_t timestamp;
    int64_t arrival_us;
    int64_t packets;
    uint32_t ssrc;
    PyObject *source; /* borrowed; NULL is None */
} item_t;

int item_append(PyObject *list, const item_t *item); /* -1 with an exception set */

/* --- SRTP (srtp.c) -------------------------------------------------------------------------- */

typedef struct srtp srtp_t;

srtp_t *srtp_new(const char *profile, const uint8_t *key, size_t size); /* NULL: not supported */
void srtp_free(srtp_t *srtp);
/* Checks and decrypts in place; the size of the RTP packet, or -1. `header` is its RTP header. */
int srtp_unprotect(srtp_t *srtp, uint8_t *packet, int size, int header);

/* --- RTP (rtp.c) ---------------------------------------------------------------------------- */

typedef struct {
    int payload_type;
    bool marker;
    uint16_t sequence;
    uint32_t timestamp;
    uint32_t ssrc;
    int start; /* of the payload */
    int end;
} rtp_t;

int rtp_header_size(const uint8_t *data, int size); /* 0: not RTP */
bool rtp_parse(const uint8_t *data, int size, rtp_t *rtp);

static inline uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* --- assembly of pictures (assembly.c) ------------------------------------------------------- */

enum mode { PACKETS, H264, VP8 };

typedef struct {
    enum mode mode;
    uint8_t *data;
    size_t size, room;
    bool in_unit, key, sets, picture;
} assembly_t;

void assembly_reset(assembly_t *a);
void assembly_free(assembly_t *a);
bool assembly_push(assembly_t *a, const uint8_t *payload, size_t size); /* false: malformed */

/* --- one RTP stream (lane.c) ------------------------------------------------------------------ */

typedef struct lane lane_t;
extern PyTypeObject lane_type;

int lane_packet(lane_t *lane, const rtp_t *rtp, const uint8_t *data, int64_t now_us, PyObject *out);
int lane_retransmission(lane_t *lane, const rtp_t *rtp, const uint8_t *data, int64_t now_us,
                        PyObject *out);

/* --- one connection (receiver.c) --------------------------------------------------------------- */

extern PyTypeObject receiver_type;

/* --- Annex B (annexb.c) ----------------------------------------------------------------------- */

PyObject *length_prefixed(PyObject *module, PyObject *argument);

#endif
