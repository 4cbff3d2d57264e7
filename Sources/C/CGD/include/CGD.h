#pragma once
// libgd, loaded by the process that decodes a picture and by no other: linked, it would bring some sixty libraries
// along at every start.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum postern_picture_kind { POSTERN_PNG, POSTERN_JPEG, POSTERN_GIF, POSTERN_WEBP };

/// Loads the library. NULL when it is there; else why it is not.
const char *postern_gd_load(void);

// The functions below must not be called before. They call nothing but memory's allocation, and open nothing.

/// Decodes a picture, takes the square out of its middle, in `size` pixels on each side at most, and turns it upright
/// as its EXIF orientation (1 to 8) demands. NULL when it cannot be decoded.
void *postern_gd_square(const uint8_t *bytes, size_t count, enum postern_picture_kind kind, int orientation, int size);
/// The same picture in another size, at most; NULL when there is no memory.
void *postern_gd_smaller(void *picture, int size);
/// As WebP; `count` bytes, or NULL. Nothing but pixels is in it.
const uint8_t *postern_gd_webp(void *picture, int quality, size_t *count);
