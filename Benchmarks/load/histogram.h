// Latencies counted in buckets whose width grows with the value: 64 to each doubling, so that a percentile is off by
// less than 1.6 % whatever its size, and recording one costs an addition.
#pragma once
#include <stdint.h>

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_DOUBLINGS = 40 };

struct histogram {
  uint64_t total;
  uint64_t counts[HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS];
};

void histogram_add(struct histogram *histogram, uint64_t nanoseconds);

// The value, in nanoseconds, that `share` (0 to 1) of the recorded values do not exceed; 0 when nothing was recorded.
double histogram_percentile(const struct histogram *histogram, double share);
