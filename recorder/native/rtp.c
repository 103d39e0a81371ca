/* The header of an RTP packet (RFC 3550, 5.1); the twin is ingest/rtp.py. */
#include "media.h"

int rtp_header_size(const uint8_t *data, int size)
{
    if (size < 12 || (data[0] & 0xC0) != 0x80)
        return 0;
    int start = 12 + 4 * (data[0] & 0x0F);
    if (data[0] & 0x10) {
        if (size < start + 4)
            return 0;
        start += 4 + 4 * get16(data + start + 2);
    }
    return start <= size ? start : 0;
}

bool rtp_parse(const uint8_t *data, int size, rtp_t *rtp)
{
    int start = rtp_header_size(data, size);
    if (start == 0)
        return false;
    int end = size;
    if (data[0] & 0x20) {
        int padding = data[size - 1];
        if (padding == 0 || start > end - padding)
            return false;
        end -= padding;
    }
    *rtp = (rtp_t){
        .payload_type = data[1] & 0x7F,
        .marker = data[1] >= 0x80,
        .sequence = get16(data + 2),
        .timestamp = get32(data + 4),
        .ssrc = get32(data + 8),
        .start = start,
        .end = end,
    };
    return true;
}
