// Weights, as nn.Linear keeps them, to packed form.

#include "packed.h"

using namespace leafbeam;

extern "C" {

// weight (columns, rows) row-major, as nn.Linear keeps it, to packed form. With `pairs` the first half of its columns
// and the second are interleaved by 32.
void leafbeam_pack(const uint16_t* weight, int64_t columns, int64_t rows, int64_t pairs, uint16_t* packed) {
#pragma omp parallel for
  for (int64_t panel = 0; panel < columns / kPanel; ++panel) {
    uint16_t* to = packed + panel * kPanel * rows;
    const int64_t first = pairs ? panel % 2 * (columns / 2) + panel / 2 * kPanel : panel * kPanel;
    for (int64_t column = 0; column < kPanel; ++column) {
      const uint16_t* source = weight + (first + column) * rows;
      for (int64_t row = 0; row < rows; ++row) to[(row / 2 * kPanel + column) * 2 + row % 2] = source[row];
    }
  }
}

// As leafbeam_pack, to int8: each column (a row of `weight`) by its own largest number. scales: (columns,).
void leafbeam_pack_int8(const uint16_t* weight, int64_t columns, int64_t rows, int64_t pairs, std::int8_t* packed,
                        float* scales) {
#pragma omp parallel for
  for (int64_t panel = 0; panel < columns / kPanel; ++panel) {
    std::int8_t* const to = packed + panel * kPanel * rows;
    std::int8_t* const small = reinterpret_cast<std::int8_t*>(scratch(rows));
    const int64_t first = pairs ? panel % 2 * (columns / 2) + panel / 2 * kPanel : panel * kPanel;
    for (int64_t column = 0; column < kPanel; ++column) {
      scales[panel * kPanel + column] = quantise(weight + (first + column) * rows, rows, small);
      for (int64_t row = 0; row < rows; ++row) to[(row / 4 * kPanel + column) * 4 + row % 4] = small[row];
    }
  }
}

// As leafbeam_pack, to int4.
void leafbeam_pack_int4(const uint16_t* weight, int64_t columns, int64_t rows, int64_t pairs, std::uint8_t* packed,
                        float* scales) {
#pragma omp parallel for
  for (int64_t panel = 0; panel < columns / kPanel; ++panel) {
    std::uint8_t* const to = packed + panel * (rows / kGroup) * kGroupBytes;
    std::memset(to, 0, rows / kGroup * kGroupBytes);
    float* const values = reinterpret_cast<float*>(scratch(rows * 4));
    const int64_t first = pairs ? panel % 2 * (columns / 2) + panel / 2 * kPanel : panel * kPanel;
    for (int64_t column = 0; column < kPanel; ++column) {
      const uint16_t* const from = weight + (first + column) * rows;
      for (int64_t row = 0; row < rows; row += 16) _mm512_storeu_ps(values + row, load(from + row));
      float most = 1e-20f;
      for (int64_t row = 0; row < rows; ++row) most = std::max(most, std::abs(values[row]));
      const float scale = scales[panel * kPanel + column] = most / (kMostNibble * kMostFactor);
      for (int64_t group = 0; group < rows / kGroup; ++group) {
        const float* const own = values + group * kGroup;
        float top = 0.0f;
        for (int64_t row = 0; row < kGroup; ++row) top = std::max(top, std::abs(own[row]));
        const float by = std::clamp(std::nearbyint(top / (kMostNibble * scale)), 1.0f, kMostFactor);
        std::uint8_t* const at = to + group * kGroupBytes;
        at[column] = static_cast<std::uint8_t>(by);
        std::uint8_t* const nibbles = at + 32 + column % 16 * 4;
        for (int64_t row = 0; row < kGroup; ++row) {
          const float value = std::clamp(std::nearbyint(own[row] / (scale * by)), -kMostNibble, kMostNibble);
          nibbles[row / 4 * 64 + row % 4] |= static_cast<std::uint8_t>(value + kMostNibble) << (column / 16 * 4);
        }
      }
    }
  }
}

}  // extern "C"
