// The layers of the picture encoder and of the decoder for processors with AVX-512 and bf16 (AMX where it is there).
//
// The slow twin is leafbeam.model in PyTorch. What is gained: the exponentials of attention by a short polynomial,
// norms, rotations, activations and sums done while a block of rows is in the cache, keys and values kept as the
// matrix unit wants them, and no interpreter between the layers. Matrix products are oneDNN's, through PyTorch.
//
// Numbers are bf16 as uint16_t; sums are float32 and rounded once. Packed matrices: blocks of 64 columns, in each the
// rows in pairs: [columns / 64][rows / 2][64][2].

#include <ATen/native/CPUBlas.h>
#include <immintrin.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>

namespace {

using std::int64_t;
using std::uint16_t;
namespace blas = at::native::cpublas;

constexpr int64_t kColumns = 64;   // of a packed block
constexpr int64_t kRows = 128;     // of activations handled together
constexpr int64_t kKeys = 512;     // of the picture's attention handled together
constexpr int64_t kDepth = 1024;   // of a product before sums are taken up again
constexpr float kLog2E = 1.44269504088896340736f;

struct Scratch {  // aligned memory of one thread
  explicit Scratch(int64_t bytes) : data(static_cast<char*>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)), std::free) {}
  template <typename T>
  T* at(int64_t offset_bytes) { return reinterpret_cast<T*>(data.get() + offset_bytes); }
  std::unique_ptr<char, decltype(&std::free)> data;
};

inline __m512 load(const uint16_t* from) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))), 16));
}

inline void store(uint16_t* to, __m512 value) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), (__m256i)_mm512_cvtneps_pbh(value));
}

// 2**x for x <= 0: a cubic fitted on [-1/2, 1/2] (relative error 7.5e-5, a fiftieth of bf16's), then the exponent.
inline __m512 exp2_of(__m512 x) {
  const __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 part = _mm512_sub_ps(x, whole);
  __m512 y = _mm512_fmadd_ps(_mm512_set1_ps(0.05517109f), part, _mm512_set1_ps(0.24260999f));
  y = _mm512_fmadd_ps(y, part, _mm512_set1_ps(0.69326097f));
  y = _mm512_fmadd_ps(y, part, _mm512_set1_ps(0.99992814f));
  return _mm512_scalef_ps(y, whole);
}

inline void product(int64_t rows, int64_t columns, int64_t depth, int64_t lda, int64_t ldc, bool add,
                    const uint16_t* a, const uint16_t* packed, float* out) {
  blas::brgemm(rows, columns, depth, lda, columns, ldc, add, reinterpret_cast<const at::BFloat16*>(a),
               reinterpret_cast<const at::BFloat16*>(packed), out);
}

// rows x depth times one packed block of 64 columns.
inline void block_product(int64_t rows, int64_t depth, int64_t lda, const uint16_t* a, const uint16_t* block,
                          float* out) {
  for (int64_t start = 0; start < depth; start += kDepth) {
    product(rows, kColumns, std::min(kDepth, depth - start), lda, kColumns, start > 0, a + start,
            block + start * kColumns, out);
  }
}

void rms_norm(const uint16_t* x, const uint16_t* weight, uint16_t* out, int64_t width, float eps) {
  __m512 squares = _mm512_setzero_ps();
  for (int64_t i = 0; i < width; i += 16) {
    const __m512 value = load(x + i);
    squares = _mm512_fmadd_ps(value, value, squares);
  }
  const __m512 scale = _mm512_set1_ps(1.0f / std::sqrt(_mm512_reduce_add_ps(squares) / width + eps));
  for (int64_t i = 0; i < width; i += 16) {
    store(out + i, _mm512_mul_ps(_mm512_mul_ps(load(x + i), scale), load(weight + i)));
  }
}

// x += product, for one block of 64 columns.
void add_block(const float* sums, int64_t rows, uint16_t* x, int64_t ldx) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < kColumns; i += 16) {
      uint16_t* at = x + row * ldx + i;
      store(at, _mm512_add_ps(load(at), _mm512_loadu_ps(sums + row * kColumns + i)));
    }
  }
}

// silu(gate) * up for a block that holds 32 columns of each.
void gate_block(const float* sums, int64_t rows, uint16_t* out, int64_t ldo) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < kColumns / 2; i += 16) {
      const __m512 gate = _mm512_loadu_ps(sums + row * kColumns + i);
      const __m512 up = _mm512_loadu_ps(sums + row * kColumns + kColumns / 2 + i);
      const __m512 size = _mm512_abs_ps(gate);  // exp of what is at most 0, then the sign's own form of the sigmoid
      const __m512 small = exp2_of(_mm512_mul_ps(size, _mm512_set1_ps(-kLog2E)));
      const __m512 one = _mm512_set1_ps(1.0f);
      const __mmask16 negative = _mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_LT_OQ);
      const __m512 sigmoid = _mm512_div_ps(_mm512_mask_mov_ps(one, negative, small), _mm512_add_ps(one, small));
      store(out + row * ldo + i, _mm512_mul_ps(_mm512_mul_ps(gate, sigmoid), up));
    }
  }
}

// Norm, gate and up, activation, down, and the sum with x, for rows that stay in the cache meanwhile.
void mlp(uint16_t* x, int64_t rows, int64_t width, int64_t inner, const uint16_t* norm, const uint16_t* gate_up,
         const uint16_t* down, float eps, uint16_t* normed, uint16_t* active, float* sums) {
  for (int64_t row = 0; row < rows; ++row) rms_norm(x + row * width, norm, normed + row * width, width, eps);
  for (int64_t block = 0; block < inner / 32; ++block) {
    block_product(rows, width, width, normed, gate_up + block * kColumns * width, sums);
    gate_block(sums, rows, active + block * 32, inner);
  }
  for (int64_t block = 0; block < width / kColumns; ++block) {
    block_product(rows, inner, inner, active, down + block * kColumns * inner, sums);
    add_block(sums, rows, x + block * kColumns, width);
  }
}

// One row of scores: 2**(score * scale - its maximum so far) as bf16, the sum taken up, and what older sums are worth.
inline float soften(const float* scores, int64_t count, int64_t padded, float scale, float& most, float& sum,
                    uint16_t* out) {
  __m512 top = _mm512_set1_ps(-INFINITY);
  const int64_t whole = count / 16 * 16;
  const __mmask16 rest = static_cast<__mmask16>((1u << (count - whole)) - 1);
  for (int64_t i = 0; i < whole; i += 16) top = _mm512_max_ps(top, _mm512_loadu_ps(scores + i));
  if (rest) top = _mm512_mask_max_ps(top, rest, top, _mm512_loadu_ps(scores + whole));
  const float peak = std::max(most, _mm512_reduce_max_ps(top) * scale);
  const float worth = most == peak ? 1.0f : std::exp2(most - peak);
  most = peak;
  const __m512 by = _mm512_set1_ps(scale), less = _mm512_set1_ps(peak);
  __m512 total = _mm512_setzero_ps();
  for (int64_t i = 0; i < padded; i += 16) {
    __m512 value = exp2_of(_mm512_fmsub_ps(_mm512_loadu_ps(scores + i), by, less));
    if (i >= whole) value = _mm512_maskz_mov_ps(i == whole ? rest : 0, value);
    total = _mm512_add_ps(total, value);
    store(out + i, value);
  }
  sum = sum * worth + _mm512_reduce_add_ps(total);
  return worth;
}

inline void scale_row(float* row, int64_t width, float by) {
  for (int64_t i = 0; i < width; i += 16) {
    _mm512_storeu_ps(row + i, _mm512_mul_ps(_mm512_loadu_ps(row + i), _mm512_set1_ps(by)));
  }
}

// Element i turns with element i + width / 2; cosines and sines are of width / 2 angles.
inline void rotate(const float* x, const float* cosine, const float* sine, int64_t width, uint16_t* out) {
  const int64_t half = width / 2;
  for (int64_t i = 0; i < half; i += 16) {
    const __m512 first = _mm512_loadu_ps(x + i), second = _mm512_loadu_ps(x + half + i);
    const __m512 c = _mm512_loadu_ps(cosine + i), s = _mm512_loadu_ps(sine + i);
    store(out + i, _mm512_fmsub_ps(first, c, _mm512_mul_ps(second, s)));
    store(out + half + i, _mm512_fmadd_ps(second, c, _mm512_mul_ps(first, s)));
  }
}

}  // namespace

extern "C" {

struct VisionShape {
  int64_t width, heads, head_width, inner;
  float eps;
};

struct VisionLayer {  // norms of width; matrices packed, qkv as q, k and v below each other, gate and up interleaved by 32
  const uint16_t *attention_norm, *qkv, *out, *mlp_norm, *gate_up, *down;
};

// 1 where PyTorch multiplies bf16 matrices in packed form on this processor.
int64_t leafbeam_ready() { return blas::could_pack(c10::ScalarType::BFloat16); }

// weight (columns, rows) row-major, as nn.Linear keeps it, to packed form. With `pairs` the first half of its columns
// and the second are interleaved by 32.
void leafbeam_pack(const uint16_t* weight, int64_t columns, int64_t rows, int64_t pairs, uint16_t* packed) {
#pragma omp parallel for
  for (int64_t block = 0; block < columns / kColumns; ++block) {
    uint16_t* to = packed + block * kColumns * rows;
    for (int64_t column = 0; column < kColumns; ++column) {
      int64_t from = block * kColumns + column;
      if (pairs) from = (column < 32 ? 0 : columns / 2) + block * 32 + column % 32;
      const uint16_t* source = weight + from * rows;
      for (int64_t row = 0; row < rows; ++row) to[(row / 2 * kColumns + column) * 2 + row % 2] = source[row];
    }
  }
}

// All layers of the picture encoder on one picture. x: (patches, width), changed in place. cosine, sine: (patches,
// head_width / 2). q: patches * width, k and v: as much with patches rounded up to 512; mixed: (patches, width).
void leafbeam_vision(const VisionShape* shape, const VisionLayer* layers, int64_t count, uint16_t* x, int64_t patches,
                     const float* cosine, const float* sine, uint16_t* q, uint16_t* k, uint16_t* v, uint16_t* mixed,
                     int64_t threads) {
  const int64_t width = shape->width, heads = shape->heads, head = shape->head_width, inner = shape->inner;
  const int64_t half = head / 2, key_blocks = (patches + kKeys - 1) / kKeys;
  const int64_t row_blocks = (patches + kRows - 1) / kRows;
  const float scale = kLog2E / std::sqrt(static_cast<float>(head));
  std::memset(k, 0, key_blocks * kKeys * width * 2);
  std::memset(v, 0, key_blocks * kKeys * width * 2);
#pragma omp parallel num_threads(threads)
  {
    Scratch scratch(kRows * kKeys * 6 + kRows * (width * 2 + inner * 2 + kColumns * 4 + head * 4) + 4096);
    float* sums = scratch.at<float>(0);                            // kRows x kKeys or kRows x 64
    uint16_t* weights = scratch.at<uint16_t>(kRows * kKeys * 4);   // kRows x kKeys
    uint16_t* normed = scratch.at<uint16_t>(kRows * kKeys * 6);    // kRows x width
    uint16_t* active = normed + kRows * width;                     // kRows x inner
    float* gathered = reinterpret_cast<float*>(active + kRows * inner);  // kRows x head
    alignas(64) uint16_t turned[256];
    for (int64_t number = 0; number < count; ++number) {
      const VisionLayer& layer = layers[number];
#pragma omp for schedule(dynamic)
      for (int64_t block = 0; block < row_blocks; ++block) {
        const int64_t start = block * kRows, rows = std::min(kRows, patches - start);
        for (int64_t row = 0; row < rows; ++row) {
          rms_norm(x + (start + row) * width, layer.attention_norm, normed + row * width, width, shape->eps);
        }
        for (int64_t part = 0; part < 3 * heads; ++part) {  // a packed block of 64 columns is one head of q, k or v
          block_product(rows, width, width, normed, layer.qkv + part * kColumns * width, sums);
          const int64_t at = part % heads;
          for (int64_t row = 0; row < rows; ++row) {
            const int64_t place = start + row, in = place % kKeys;
            uint16_t* const keys = k + (at * key_blocks + place / kKeys) * kKeys * head;
            uint16_t* const values = v + (at * key_blocks + place / kKeys) * kKeys * head;
            const float* from = sums + row * kColumns;
            if (part < heads) {
              rotate(from, cosine + place * half, sine + place * half, head, q + (at * patches + place) * head);
            } else if (part < 2 * heads) {
              rotate(from, cosine + place * half, sine + place * half, head, turned);
              for (int64_t i = 0; i < head; ++i) keys[(i / 2 * kKeys + in) * 2 + i % 2] = turned[i];
            } else {
              for (int64_t i = 0; i < head; i += 16) store(turned + i, _mm512_loadu_ps(from + i));
              for (int64_t i = 0; i < head; ++i) values[(in / 2 * head + i) * 2 + in % 2] = turned[i];
            }
          }
        }
      }
#pragma omp for schedule(dynamic)
      for (int64_t task = 0; task < heads * row_blocks; ++task) {
        const int64_t at = task / row_blocks, start = task % row_blocks * kRows;
        const int64_t rows = std::min(kRows, patches - start);
        float most[kRows], sum[kRows];
        std::fill(most, most + rows, -INFINITY);
        std::fill(sum, sum + rows, 0.0f);
        std::memset(gathered, 0, rows * head * 4);
        for (int64_t block = 0; block < key_blocks; ++block) {
          const int64_t keys = std::min(kKeys, patches - block * kKeys), padded = (keys + 31) / 32 * 32;
          const int64_t offset = (at * key_blocks + block) * kKeys * head;
          product(rows, kKeys, head, head, kKeys, false, q + (at * patches + start) * head, k + offset, sums);
          for (int64_t row = 0; row < rows; ++row) {
            const float worth = soften(sums + row * kKeys, keys, padded, scale, most[row], sum[row],
                                       weights + row * kKeys);
            if (worth != 1.0f) scale_row(gathered + row * head, head, worth);
          }
          product(rows, head, padded, kKeys, head, true, weights, v + offset, gathered);
        }
        for (int64_t row = 0; row < rows; ++row) {
          const __m512 by = _mm512_set1_ps(1.0f / sum[row]);
          for (int64_t i = 0; i < head; i += 16) {
            store(mixed + (start + row) * width + at * head + i,
                  _mm512_mul_ps(_mm512_loadu_ps(gathered + row * head + i), by));
          }
        }
      }
#pragma omp for schedule(dynamic)
      for (int64_t block = 0; block < row_blocks; ++block) {
        const int64_t start = block * kRows, rows = std::min(kRows, patches - start);
        uint16_t* here = x + start * width;
        for (int64_t part = 0; part < width / kColumns; ++part) {
          block_product(rows, width, width, mixed + start * width, layer.out + part * kColumns * width, sums);
          add_block(sums, rows, here + part * kColumns, width);
        }
        mlp(here, rows, width, inner, layer.mlp_norm, layer.gate_up, layer.down, shape->eps, normed, active, sums);
      }
    }
    blas::brgemm_release();
  }
}

}  // extern "C"
