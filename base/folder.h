/* base/folder.h — folders of programs. Not in the WASM build. */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include "base/err.h"

/* Makes the folder and its parents, each that is missing for its user alone (0700). ERR_USAGE for an empty or
 * too long path, ERR_IO names the part that cannot be made. */
FALLIBLE folder_make(const char *path, struct err *e);

#endif /* BASE_FOLDER_H */
