#pragma once
// libqrencode, loaded when it is first asked for: most starts of the program never draw anything.
#include <qrencode.h>

/// Loads the library, once. NULL when it is there; else why it is not.
const char *postern_qrencode_load(void);

// The functions below must not be called before.

/// The smallest code that holds the text and can be read with 15 % of it gone. NULL when there is none, with errno
/// saying why: ERANGE where the text is too long. It goes back with `postern_qrencode_free`.
QRcode *postern_qrencode(const char *text);
void postern_qrencode_free(QRcode *code);
