// libarchive: the tar headers of a volume, and reading them back.
#pragma once
#include <archive.h>
#include <archive_entry.h>
