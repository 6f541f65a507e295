// Matrices in fewer bits than bf16, and products of rows of activations with any packed matrix.

#pragma once

#include "tiles.h"

namespace leafbeam {

struct Packed {  // bf16, or int8 or int4 with a scale for each column
  const void* panels;
  const float* scales;
  int64_t bits;
};

// Rows of activations as a first factor. For int8 matrices each row is two of int8, all first ones before all second
// ones: what is left of the first's rounding, 254 times as fine. So only the weights lose bits. Where rows are few the
// second half is free, since the weights are read once for both.
template <typename T>
struct Factor {
  const T* data;
  const float* scales;
};

constexpr float kFiner = 254.0f;

inline float quantise(const uint16_t* from, int64_t width, std::int8_t* to, std::int8_t* rest = nullptr) {
  __m512 most = _mm512_setzero_ps();
  for (int64_t i = 0; i < width; i += 16) most = _mm512_max_ps(most, _mm512_abs_ps(load(from + i)));
  const float top = std::max(_mm512_reduce_max_ps(most), 1e-20f);
  const __m512 by = _mm512_set1_ps(127.0f / top);
  for (int64_t i = 0; i < width; i += 16) {
    const __m512 value = _mm512_mul_ps(load(from + i), by);
    const __m512i whole = _mm512_cvtps_epi32(value);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), _mm512_cvtsepi32_epi8(whole));
    if (rest == nullptr) continue;
    const __m512 left = _mm512_mul_ps(_mm512_sub_ps(value, _mm512_cvtepi32_ps(whole)), _mm512_set1_ps(kFiner));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rest + i), _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(left)));
  }
  return top / 127.0f;
}

template <typename T>
Factor<T> factor(const uint16_t* from, int64_t rows, int64_t width, T* space, float* scales) {
  if constexpr (std::is_same_v<T, uint16_t>) {
    return {from, nullptr};
  } else {
    for (int64_t row = 0; row < rows; ++row) {
      scales[row] = quantise(from + row * width, width, space + row * width, space + (rows + row) * width);
    }
    return {space, scales};
  }
}

// int4: each column has a scale, and each 64 rows of it a whole number from 1 to 18 by which a number from -7 to 7 is
// to be multiplied; so it becomes int8 by one multiplication. A panel is a row of groups of 64 rows: the 32 columns'
// numbers, then 16 times four rows, the first 16 columns in the low halves of 64 bytes and the others in the high ones.
constexpr int64_t kGroup = 64;
constexpr int64_t kGroupBytes = 32 + kGroup / 4 * 64;
constexpr int64_t kUnpacked = 512;  // rows that are made int8 together: they stay in the first-level cache
constexpr float kMostNibble = 7.0f, kMostFactor = 18.0f;

inline void unpack(const std::uint8_t* from, int64_t groups, std::int8_t* to) {
  const __m512i low = _mm512_set1_epi8(15);
  for (int64_t group = 0; group < groups; ++group) {
    __m512i factor[2], middle[2];
    for (int64_t half = 0; half < 2; ++half) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + half * 16));
      const __m512i each = _mm512_cvtepu8_epi32(bytes);
      factor[half] = _mm512_or_si512(each, _mm512_slli_epi32(each, 16));
      const __m512i seven = _mm512_mullo_epi16(factor[half], _mm512_set1_epi16(7));
      middle[half] = _mm512_or_si512(seven, _mm512_slli_epi16(seven, 8));
    }
    from += 32;
    for (int64_t four = 0; four < kGroup / 4; ++four, from += 64, to += 128) {
      _mm_prefetch(reinterpret_cast<const char*>(from) + 4096, _MM_HINT_T0);
      const __m512i both = _mm512_loadu_si512(from);
      const __m512i first = _mm512_and_si512(both, low), second = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
      // 14 * 18 is less than 256, so that a byte never reaches into its neighbour.
      _mm512_storeu_si512(to, _mm512_sub_epi8(_mm512_mullo_epi16(first, factor[0]), middle[0]));
      _mm512_storeu_si512(to + 64, _mm512_sub_epi8(_mm512_mullo_epi16(second, factor[1]), middle[1]));
    }
  }
}

inline void times_int4(int64_t rows, int64_t depth, const std::int8_t* a, const std::uint8_t* panels, int64_t columns,
                       std::int32_t* sums) {
  alignas(64) std::int8_t space[kUnpacked * kPanel];
  for (int64_t column = 0; column < columns; column += kPanel) {
    for (int64_t start = 0; start < depth; start += kUnpacked) {
      const int64_t part = std::min(kUnpacked, depth - start);
      unpack(panels, part / kGroup, space);
      panels += part / kGroup * kGroupBytes;
      const std::int8_t* const panel = space;
      pieces_product(rows, 1, part, depth, a + start, &panel, sums + column, columns, start > 0);
    }
  }
}

template <typename T>
constexpr int64_t kRowsOf = std::is_same_v<T, uint16_t> ? 1 : 2;  // of a factor for one of activations

// rows x depth times `columns` columns from `first` on; sums has rows of `columns`, and for int8 room for as many more.
template <typename T>
void times(int64_t rows, int64_t depth, Factor<T> a, const Packed& matrix, int64_t first, int64_t columns,
           float* sums) {
  const T* const panels = static_cast<const T*>(matrix.panels) + first * depth;
  if constexpr (std::is_same_v<T, uint16_t>) {
    block_product(rows, depth, depth, a.data, panels, sums, columns);
  } else {
    std::int32_t* const whole = reinterpret_cast<std::int32_t*>(sums);
    if (matrix.bits == 8) {
      block_product(rows * kRowsOf<T>, depth, depth, a.data, panels, whole, columns);
    } else {
      const std::uint8_t* const all = static_cast<const std::uint8_t*>(matrix.panels);
      const std::uint8_t* const from = all + first / kPanel * (depth / kGroup) * kGroupBytes;
      times_int4(rows * kRowsOf<T>, depth, a.data, from, columns, whole);
    }
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t i = 0; i < columns; i += 16) {
        float* const at = sums + row * columns + i;
        const __m512 fine = _mm512_cvtepi32_ps(_mm512_loadu_si512(at + rows * columns));
        const __m512 all =
            _mm512_fmadd_ps(fine, _mm512_set1_ps(1 / kFiner), _mm512_cvtepi32_ps(_mm512_loadu_si512(at)));
        const __m512 by = _mm512_mul_ps(_mm512_loadu_ps(matrix.scales + first + i), _mm512_set1_ps(a.scales[row]));
        _mm512_storeu_ps(at, _mm512_mul_ps(all, by));
      }
    }
  }
}

}  // namespace leafbeam
