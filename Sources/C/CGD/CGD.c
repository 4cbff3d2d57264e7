#include "CGD.h"
#include <dlfcn.h>
#include <gd.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

static struct {
  char problem[512];
  void (*set_error_method)(gdErrorMethod);
  gdImagePtr (*from_png)(int, void *);
  gdImagePtr (*from_jpeg)(int, void *, int);
  gdImagePtr (*from_gif)(int, void *);
  gdImagePtr (*from_webp)(int, void *);
  gdImagePtr (*create)(int, int);
  int (*to_true_color)(gdImagePtr);
  void (*alpha_blending)(gdImagePtr, int);
  void (*copy_resampled)(gdImagePtr, gdImagePtr, int, int, int, int, int, int, int, int);
  void (*destroy)(gdImagePtr);
  void *(*webp)(gdImagePtr, int *, int);
} gd;

/// What is wrong with a stranger's picture is of no interest, and would be written to standard error.
static void silent(int priority, const char *format, va_list values) {
  (void)priority;
  (void)format;
  (void)values;
}

const char *postern_gd_load(void) {
  void *library = dlopen("libgd.so.3", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    snprintf(gd.problem, sizeof gd.problem, "%s", dlerror());
    return gd.problem;
  }
  const struct { const char *name; void **function; } wanted[] = {
      {"gdSetErrorMethod", (void **)&gd.set_error_method}, {"gdImageCreateFromPngPtr", (void **)&gd.from_png},
      {"gdImageCreateFromJpegPtrEx", (void **)&gd.from_jpeg}, {"gdImageCreateFromGifPtr", (void **)&gd.from_gif},
      {"gdImageCreateFromWebpPtr", (void **)&gd.from_webp}, {"gdImageCreateTrueColor", (void **)&gd.create},
      {"gdImagePaletteToTrueColor", (void **)&gd.to_true_color},
      {"gdImageAlphaBlending", (void **)&gd.alpha_blending},
      {"gdImageCopyResampled", (void **)&gd.copy_resampled}, {"gdImageDestroy", (void **)&gd.destroy},
      {"gdImageWebpPtrEx", (void **)&gd.webp},
  };
  for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++) {
    *wanted[index].function = dlsym(library, wanted[index].name);
    if (*wanted[index].function == NULL) {
      snprintf(gd.problem, sizeof gd.problem, "libgd.so.3 has no %s", wanted[index].name);
      return gd.problem;
    }
  }
  gd.set_error_method(silent);
  return NULL;
}

static gdImagePtr decode(const uint8_t *bytes, size_t count, enum postern_picture_kind kind) {
  if (count > INT_MAX) return NULL;
  int length = (int)count;
  void *data = (void *)bytes;
  switch (kind) {
  case POSTERN_PNG: return gd.from_png(length, data);
  // Cameras and messengers leave stray bytes behind; a warning is no reason to refuse a photograph.
  case POSTERN_JPEG: return gd.from_jpeg(length, data, 1);
  case POSTERN_GIF: return gd.from_gif(length, data);
  case POSTERN_WEBP: return gd.from_webp(length, data);
  }
  return NULL;
}

/// The square out of the middle, `size` pixels on each side at most.
static gdImagePtr square(gdImagePtr from, int size) {
  int side = gdImageSX(from) < gdImageSY(from) ? gdImageSX(from) : gdImageSY(from);
  if (side < 1) return NULL;
  if (size > side) size = side;
  gdImagePtr to = gd.create(size, size);
  if (to == NULL) return NULL;
  // What is transparent stays so.
  gd.alpha_blending(to, 0);
  gd.copy_resampled(
      to, from, 0, 0, (gdImageSX(from) - side) / 2, (gdImageSY(from) - side) / 2, size, size, side, side);
  return to;
}

/// Where the pixel that belongs at (x, y) of an upright picture is in one of that orientation (TIFF 6.0, page 36).
static int pixel_of(gdImagePtr from, int orientation, int x, int y) {
  int last = gdImageSX(from) - 1;
  switch (orientation) {
  case 2: return gdImageTrueColorPixel(from, last - x, y);
  case 3: return gdImageTrueColorPixel(from, last - x, last - y);
  case 4: return gdImageTrueColorPixel(from, x, last - y);
  case 5: return gdImageTrueColorPixel(from, y, x);
  case 6: return gdImageTrueColorPixel(from, y, last - x);
  case 7: return gdImageTrueColorPixel(from, last - y, last - x);
  case 8: return gdImageTrueColorPixel(from, last - y, x);
  default: return gdImageTrueColorPixel(from, x, y);
  }
}

static gdImagePtr upright(gdImagePtr from, int orientation) {
  gdImagePtr to = gd.create(gdImageSX(from), gdImageSY(from));
  if (to == NULL) return NULL;
  for (int y = 0; y < gdImageSY(to); y++) {
    for (int x = 0; x < gdImageSX(to); x++) gdImageTrueColorPixel(to, x, y) = pixel_of(from, orientation, x, y);
  }
  return to;
}

void *postern_gd_square(const uint8_t *bytes, size_t count, enum postern_picture_kind kind, int orientation, int size) {
  gdImagePtr whole = decode(bytes, count, kind);
  if (whole == NULL || (!gdImageTrueColor(whole) && !gd.to_true_color(whole))) return NULL;
  gdImagePtr part = square(whole, size);
  gd.destroy(whole);
  if (part == NULL || orientation < 2) return part;
  gdImagePtr turned = upright(part, orientation);
  gd.destroy(part);
  return turned;
}

void *postern_gd_smaller(void *picture, int size) { return square(picture, size); }

const uint8_t *postern_gd_webp(void *picture, int quality, size_t *count) {
  int length = 0;
  void *bytes = gd.webp(picture, &length, quality);
  *count = length > 0 ? (size_t)length : 0;
  return length > 0 ? bytes : NULL;
}
