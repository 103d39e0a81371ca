/* Annex B to length prefixes (ISO/IEC 14496-15); the twin is twin.length_prefixed. */
#include "media.h"

#include <string.h>

/* The next 00 00 01 at or after `from`, or the end. */
static size_t start_code(const uint8_t *p, size_t size, size_t from)
{
    size_t at = from + 2;
    while (at < size) {
        const uint8_t *one = memchr(p + at, 1, size - at);
        if (one == NULL)
            break;
        at = (size_t)(one - p);
        if (p[at - 1] == 0 && p[at - 2] == 0)
            return at - 2;
        at++;
    }
    return size;
}

PyObject *length_prefixed(PyObject *module, PyObject *argument)
{
    (void)module;
    Py_buffer data;
    if (PyObject_GetBuffer(argument, &data, PyBUF_SIMPLE) < 0)
        return NULL;
    const uint8_t *p = data.buf;
    size_t size = (size_t)data.len, written = 0;
    /* A unit of one byte behind three of start code becomes five. */
    uint8_t *out = PyMem_Malloc(size + size / 4 + 8);
    PyObject *result = NULL;
    if (out == NULL) {
        PyErr_NoMemory();
    } else {
        for (size_t at = start_code(p, size, 0); at < size;) {
            size_t begin = at + 3, end = at = start_code(p, size, begin);
            while (end > begin && p[end - 1] == 0)
                end--;
            size_t unit = end - begin;
            if (unit == 0)
                continue;
            for (int i = 0; i < 4; i++)
                out[written++] = (uint8_t)(unit >> (24 - 8 * i));
            memcpy(out + written, p + begin, unit);
            written += unit;
        }
        result = PyBytes_FromStringAndSize((const char *)out, (Py_ssize_t)written);
        PyMem_Free(out);
    }
    PyBuffer_Release(&data);
    return result;
}
