/* The module recorder.native._media: two types, and the item they return. */
#include "media.h"

#include <structseq.h>

static PyTypeObject *item_type;

static PyStructSequence_Field fields[] = {
    {"kind", NULL},     {"lane", NULL},       {"data", NULL},    {"flags", NULL},
    {"timestamp", NULL}, {"arrival_us", NULL}, {"packets", NULL}, {"ssrc", NULL},
    {"source", NULL},   {NULL, NULL},
};

static PyStructSequence_Desc description = {
    "recorder.native._media.Item", "See ingest.item.Item.", fields, 9};

int item_append(PyObject *list, const item_t *item)
{
    PyObject *made = PyStructSequence_New(item_type);
    if (made == NULL)
        return -1;
    PyObject *values[] = {
        PyLong_FromLong(item->kind),
        PyLong_FromLong(item->lane),
        PyBytes_FromStringAndSize((const char *)item->data, (Py_ssize_t)item->size),
        PyLong_FromLong(item->flags),
        PyLong_FromUnsignedLong(item->timestamp),
        PyLong_FromLongLong(item->arrival_us),
        PyLong_FromLongLong(item->packets),
        PyLong_FromUnsignedLong(item->ssrc),
        Py_NewRef(item->source != NULL ? item->source : Py_None),
    };
    int result = 0;
    for (int i = 0; i < 9; i++) {
        if (values[i] == NULL)
            result = -1;
        PyStructSequence_SET_ITEM(made, i, values[i]);
    }
    if (result == 0)
        result = PyList_Append(list, made);
    Py_DECREF(made);
    return result;
}

static PyMethodDef functions[] = {
    {"length_prefixed", length_prefixed, METH_O, "See twin.length_prefixed."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "recorder.native._media",
    .m_doc = "The receive path in C; twin.py is the same in Python.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__media(void)
{
    PyObject *made = PyModule_Create(&module);
    if (made == NULL || PyType_Ready(&lane_type) < 0 || PyType_Ready(&receiver_type) < 0)
        return NULL;
    if ((item_type = PyStructSequence_NewType(&description)) == NULL ||
        PyModule_AddObjectRef(made, "Lane", (PyObject *)&lane_type) < 0 ||
        PyModule_AddObjectRef(made, "Receiver", (PyObject *)&receiver_type) < 0 ||
        PyModule_AddObjectRef(made, "Item", (PyObject *)item_type) < 0)
        return NULL;
    return made;
}
