// libdeflate: whole gzip members, faster and smaller than zlib makes them.
#pragma once
#include <libdeflate.h>
