"""Model files taken apart and put together again with a checksum that is right."""

import json
import struct
import zlib

DTYPES = {
    "BOOL": "bool", "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64",
    "U8": "uint8", "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "F16": "float16", "F32": "float32", "F64": "float64",
}  # fmt: skip


def parts(data):
    """Return the safetensors header, our header within it, and the arrays' bytes."""
    (size,) = struct.unpack("<Q", data[:8])
    outer = json.loads(data[8 : 8 + size])
    return outer, json.loads(outer["__metadata__"]["sklearn_makemore"]), data[8 + size :]


def assembled(outer, header, arrays):
    """Return a file of these parts whose checksum is right, as somebody with intent makes it."""
    checksum = zlib.crc32(json.dumps(header["estimator"]).encode())
    for name in sorted(set(outer) - {"__metadata__"}):
        entry = outer[name]
        start, stop = entry["data_offsets"]
        dtype, shape = DTYPES[entry["dtype"]], tuple(entry["shape"])
        checksum = zlib.crc32(f"{name} {dtype} {shape}".encode(), checksum)
        checksum = zlib.crc32(arrays[start:stop], checksum)
    header = header | {"checksum": checksum}
    outer = outer | {"__metadata__": {"sklearn_makemore": json.dumps(header)}}
    text = json.dumps(outer).encode()
    return struct.pack("<Q", len(text)) + text + arrays
