/* Pictures out of RTP payloads: H.264 (RFC 6184) to Annex B, VP8 (RFC 7741) to frames.
 *
 * The twins are ingest/h264.py and ingest/vp8.py. Bits of the pictures are never looked at.
 */
#include "media.h"

#include <string.h>

enum { STAP_A = 24, FU_A = 28, IDR = 5, SPS = 7 };
static const size_t MAX_FRAME = 8 << 20;
static const size_t KEPT = 256 << 10; /* a larger buffer is not kept for the next picture */
static const uint8_t start_code[4] = {0, 0, 0, 1};

void assembly_reset(assembly_t *a)
{
    a->size = 0;
    a->in_unit = a->key = a->sets = a->picture = false;
    if (a->room > KEPT)
        assembly_free(a);
}

void assembly_free(assembly_t *a)
{
    PyMem_Free(a->data);
    a->data = NULL;
    a->room = a->size = 0;
}

static bool add(assembly_t *a, const uint8_t *part, size_t size)
{
    if (a->size + size > MAX_FRAME)
        return false;
    if (a->size + size > a->room) {
        size_t room = a->room ? a->room : 4096;
        while (room < a->size + size)
            room *= 2;
        uint8_t *data = PyMem_Realloc(a->data, room);
        if (data == NULL)
            return false; /* like a picture that is too large: it is lost, nothing else */
        a->data = data;
        a->room = room;
    }
    if (size)
        memcpy(a->data + a->size, part, size);
    a->size += size;
    return true;
}

static void begin(assembly_t *a, int kind)
{
    if (kind == IDR)
        a->key = true;
    else if (kind == SPS)
        a->sets = true;
    if (1 <= kind && kind <= 5)
        a->picture = true;
}

static bool fragment(assembly_t *a, const uint8_t *p, size_t size)
{
    uint8_t header = p[1];
    if (header & 0x80) {
        begin(a, header & 0x1F);
        uint8_t first = (p[0] & 0xE0) | (header & 0x1F);
        if (!add(a, start_code, 4) || !add(a, &first, 1) || !add(a, p + 2, size - 2))
            return false;
        a->in_unit = !(header & 0x40);
        return true;
    }
    if (!a->in_unit || !add(a, p + 2, size - 2))
        return false;
    if (header & 0x40)
        a->in_unit = false;
    return true;
}

static bool aggregate(assembly_t *a, const uint8_t *p, size_t size)
{
    size_t at = 1;
    while (at < size) {
        if (at + 2 > size)
            return false;
        size_t unit = get16(p + at);
        at += 2;
        if (unit == 0 || at + unit > size)
            return false;
        begin(a, p[at] & 0x1F);
        if (!add(a, start_code, 4) || !add(a, p + at, unit))
            return false;
        at += unit;
    }
    a->in_unit = false;
    return true;
}

static bool push_h264(assembly_t *a, const uint8_t *p, size_t size)
{
    if (size < 2)
        return false;
    int kind = p[0] & 0x1F;
    if (kind == FU_A)
        return fragment(a, p, size);
    if (kind == STAP_A)
        return aggregate(a, p, size);
    if (kind < 1 || kind > 23)
        return false;
    begin(a, kind);
    a->in_unit = false;
    return add(a, start_code, 4) && add(a, p, size);
}

static bool push_vp8(assembly_t *a, const uint8_t *p, size_t size)
{
    if (size < 1)
        return false;
    size_t at = 1;
    if (p[0] & 0x80) {
        if (at >= size)
            return false;
        uint8_t extension = p[at++];
        if (extension & 0x80) {
            if (at >= size)
                return false;
            at += p[at] & 0x80 ? 2 : 1;
        }
        at += !!(extension & 0x40) + !!(extension & 0x30);
    }
    if (at >= size)
        return false;
    bool begins = (p[0] & 0x10) && (p[0] & 0x0F) == 0;
    if (begins == (a->size > 0))
        return false;
    if (begins) {
        a->key = !(p[at] & 1);
        a->picture = true;
    }
    return add(a, p + at, size - at);
}

bool assembly_push(assembly_t *a, const uint8_t *payload, size_t size)
{
    return a->mode == H264 ? push_h264(a, payload, size) : push_vp8(a, payload, size);
}
