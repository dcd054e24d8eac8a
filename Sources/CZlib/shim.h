// zlib: inflating streams whose length is not known beforehand.
#pragma once
#include <zlib.h>

/// `inflateInit2` for a gzip stream (RFC 1952). Returns `Z_OK` or an error.
static inline int mc_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
