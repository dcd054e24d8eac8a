// GNU SASL: the mechanism DIGEST-MD5, and SASLprep.
#pragma once
#include <gsasl.h>
