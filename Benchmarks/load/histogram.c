#include "histogram.h"

// Values below 64 have a bucket each; above, the highest bit picks the doubling and the six bits after it the step.
static unsigned bucket(uint64_t value) {
  if (value < HISTOGRAM_STEPS) return (unsigned)value;
  unsigned shift = 63 - (unsigned)__builtin_clzll(value) - 6;
  unsigned index = (shift + 1) * HISTOGRAM_STEPS + (unsigned)((value >> shift) - HISTOGRAM_STEPS);
  unsigned last = HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS - 1;
  return index < last ? index : last;
}

static double upper_bound(unsigned index) {
  if (index < HISTOGRAM_STEPS) return index;
  unsigned shift = index / HISTOGRAM_STEPS - 1;
  return (double)(((uint64_t)(index % HISTOGRAM_STEPS) + HISTOGRAM_STEPS + 1) << shift);
}

void histogram_add(struct histogram *histogram, uint64_t nanoseconds) {
  histogram->counts[bucket(nanoseconds)]++;
  histogram->total++;
}

double histogram_percentile(const struct histogram *histogram, double share) {
  uint64_t seen = 0;
  for (unsigned index = 0; index < HISTOGRAM_DOUBLINGS * HISTOGRAM_STEPS; index++) {
    seen += histogram->counts[index];
    if (seen > 0 && (double)seen >= share * (double)histogram->total) return upper_bound(index);
  }
  return 0;
}
