/* SRTP for one direction: AES-CM with HMAC-SHA1-80 (RFC 3711) and AES-GCM (RFC 7714).
 *
 * Receiving only; control packets and everything sent go through pylibsrtp. Ciphers are OpenSSL's.
 * SHA-1 is used through its plain functions, because a keyed state can be copied there: two hashes
 * of one block less for each packet.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "media.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

enum { STREAMS = 32, WINDOW = 1024, CM_TAG = 10, GCM_TAG = 16, SALT = 14 };

typedef struct {
    uint32_t ssrc;
    bool used;
    uint64_t index; /* highest authenticated: roll-over counter and sequence number */
    uint64_t seen[WINDOW / 64];
} stream_t;

struct srtp {
    bool gcm;
    EVP_CIPHER_CTX *cipher;
    SHA_CTX inner, outer;
    uint8_t salt[SALT];
    stream_t streams[STREAMS];
};

static const struct {
    const char *name;
    int key, salt;
    bool gcm;
} profiles[] = {
    {"SRTP_AES128_CM_SHA1_80", 16, 14, false},
    {"SRTP_AEAD_AES_128_GCM", 16, 12, true},
    {"SRTP_AEAD_AES_256_GCM", 32, 12, true},
};

static const EVP_CIPHER *counter_mode(int key) { return key == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(); }

/* Key derivation (RFC 3711, 4.3): AES in counter mode over the salt with a label. */
static bool derive(const uint8_t *key, int key_size, const uint8_t *salt, uint8_t label,
                   uint8_t *out, int size)
{
    static const uint8_t zeros[32];
    uint8_t iv[16] = {0};
    memcpy(iv, salt, SALT);
    iv[7] ^= label;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;
    bool done = context != NULL && EVP_EncryptInit_ex(context, counter_mode(key_size), NULL, key, iv) &&
                EVP_EncryptUpdate(context, out, &written, zeros, size) && written == size;
    EVP_CIPHER_CTX_free(context);
    return done;
}

static void hmac_key(srtp_t *srtp, const uint8_t *key)
{
    uint8_t pad[64];
    for (int i = 0; i < 64; i++)
        pad[i] = 0x36 ^ (i < 20 ? key[i] : 0);
    SHA1_Init(&srtp->inner);
    SHA1_Update(&srtp->inner, pad, 64);
    for (int i = 0; i < 64; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    SHA1_Init(&srtp->outer);
    SHA1_Update(&srtp->outer, pad, 64);
    OPENSSL_cleanse(pad, sizeof pad);
}

srtp_t *srtp_new(const char *profile, const uint8_t *master, size_t size)
{
    size_t p = 0;
    while (p < sizeof profiles / sizeof *profiles && strcmp(profiles[p].name, profile) != 0)
        p++;
    if (p == sizeof profiles / sizeof *profiles || (int)size != profiles[p].key + profiles[p].salt)
        return NULL;
    srtp_t *srtp = PyMem_Calloc(1, sizeof *srtp);
    if (srtp == NULL)
        return NULL;
    int key_size = profiles[p].key;
    uint8_t salt[SALT] = {0}, key[32], auth[20];
    memcpy(salt, master + key_size, profiles[p].salt);
    srtp->gcm = profiles[p].gcm;
    srtp->cipher = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = counter_mode(key_size);
    if (srtp->gcm)
        cipher = key_size == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    bool done = srtp->cipher != NULL && derive(master, key_size, salt, 0, key, key_size) &&
                derive(master, key_size, salt, 1, auth, 20) &&
                derive(master, key_size, salt, 2, srtp->salt, profiles[p].salt) &&
                EVP_DecryptInit_ex(srtp->cipher, cipher, NULL, key, NULL);
    hmac_key(srtp, auth);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(auth, sizeof auth);
    if (!done) {
        srtp_free(srtp);
        return NULL;
    }
    return srtp;
}

void srtp_free(srtp_t *srtp)
{
    if (srtp == NULL)
        return;
    EVP_CIPHER_CTX_free(srtp->cipher);
    OPENSSL_cleanse(srtp, sizeof *srtp);
    PyMem_Free(srtp);
}

/* The stream of an SSRC, or a free place for it; NULL when there are too many. */
static stream_t *find_stream(srtp_t *srtp, uint32_t ssrc)
{
    for (int i = 0; i < STREAMS; i++)
        if (!srtp->streams[i].used || srtp->streams[i].ssrc == ssrc)
            return &srtp->streams[i];
    return NULL;
}

/* The distance of a sequence number from the highest index (RFC 3711, 3.3.1 and appendix A). */
static int32_t distance(uint64_t highest, uint16_t sequence)
{
    int32_t last = (int32_t)(highest & 0xFFFF), delta = (int32_t)sequence - last;
    if (last < 0x8000) {
        if (delta > 0x8000 && highest > 0xFFFF)
            delta -= 0x10000;
    } else if (last - 0x8000 > (int32_t)sequence) {
        delta += 0x10000;
    }
    return delta;
}

static bool seen(const stream_t *s, uint64_t index)
{
    return s->seen[index % WINDOW / 64] >> (index % 64) & 1;
}

static bool is_replay(const stream_t *s, uint64_t index, int32_t delta)
{
    if (!s->used || delta > 0)
        return false;
    return delta <= -WINDOW || seen(s, index);
}

static void note(stream_t *s, uint32_t ssrc, uint64_t index, int32_t delta)
{
    if (!s->used || delta >= WINDOW) {
        memset(s->seen, 0, sizeof s->seen);
        s->index = index;
    }
    while (s->index < index) {
        s->index++;
        s->seen[s->index % WINDOW / 64] &= ~(UINT64_C(1) << (s->index % 64));
    }
    s->seen[index % WINDOW / 64] |= UINT64_C(1) << (index % 64);
    s->ssrc = ssrc;
    s->used = true;
}

static bool authentic(const srtp_t *srtp, const uint8_t *packet, int size, uint32_t rollover)
{
    const uint8_t counter[4] = {(uint8_t)(rollover >> 24), (uint8_t)(rollover >> 16),
                                (uint8_t)(rollover >> 8), (uint8_t)rollover};
    uint8_t digest[SHA_DIGEST_LENGTH];
    SHA_CTX hash = srtp->inner;
    SHA1_Update(&hash, packet, (size_t)size);
    SHA1_Update(&hash, counter, 4);
    SHA1_Final(digest, &hash);
    hash = srtp->outer;
    SHA1_Update(&hash, digest, sizeof digest);
    SHA1_Final(digest, &hash);
    return CRYPTO_memcmp(digest, packet + size, CM_TAG) == 0;
}

static int open_cm(srtp_t *srtp, uint8_t *packet, int size, int header, uint64_t index)
{
    size -= CM_TAG;
    if (!authentic(srtp, packet, size, (uint32_t)(index >> 16)))
        return -1;
    uint8_t iv[16] = {0};
    memcpy(iv, srtp->salt, SALT);
    for (int i = 0; i < 4; i++)
        iv[4 + i] ^= packet[8 + i];
    for (int i = 0; i < 6; i++)
        iv[8 + i] ^= (uint8_t)(index >> (40 - 8 * i));
    int written = 0;
    if (!EVP_DecryptInit_ex(srtp->cipher, NULL, NULL, NULL, iv) ||
        !EVP_DecryptUpdate(srtp->cipher, packet + header, &written, packet + header, size - header))
        return -1;
    return size;
}

static int open_gcm(srtp_t *srtp, uint8_t *packet, int size, int header, uint64_t index)
{
    size -= GCM_TAG;
    uint8_t iv[12] = {0}, rest[16];
    memcpy(iv + 2, packet + 8, 4);
    for (int i = 0; i < 6; i++)
        iv[6 + i] = (uint8_t)(index >> (40 - 8 * i));
    for (int i = 0; i < 12; i++)
        iv[i] ^= srtp->salt[i];
    int written = 0;
    EVP_CIPHER_CTX *c = srtp->cipher;
    if (!EVP_DecryptInit_ex(c, NULL, NULL, NULL, iv) ||
        !EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, packet + size) ||
        !EVP_DecryptUpdate(c, NULL, &written, packet, header) ||
        !EVP_DecryptUpdate(c, packet + header, &written, packet + header, size - header) ||
        EVP_DecryptFinal_ex(c, rest, &written) <= 0)
        return -1;
    return size;
}

int srtp_unprotect(srtp_t *srtp, uint8_t *packet, int size, int header)
{
    if (size - header < (srtp->gcm ? GCM_TAG : CM_TAG))
        return -1;
    uint32_t ssrc = get32(packet + 8);
    uint16_t sequence = get16(packet + 2);
    stream_t *stream = find_stream(srtp, ssrc);
    if (stream == NULL)
        return -1;
    int32_t delta = stream->used ? distance(stream->index, sequence) : 0;
    uint64_t index = stream->used ? stream->index + (uint64_t)(int64_t)delta : sequence;
    if (is_replay(stream, index, delta))
        return -1;
    size = (srtp->gcm ? open_gcm : open_cm)(srtp, packet, size, header, index);
    if (size >= 0)
        note(stream, ssrc, index, delta);
    return size;
}
