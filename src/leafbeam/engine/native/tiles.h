// Numbers, packed matrices and their products: what the kernels of encoder and decoder share.
//
// Activations are bf16 as uint16_t, or int8 with a scale for each row; sums are float32 (int32) and rounded once.
// A packed matrix is a row of panels of 32 columns; in each, rows stand in groups of four bytes a column (two of bf16,
// four of int8): [columns / 32][rows / group][32][group]. That is how the matrix unit (AMX) wants its second factor.
// Where there is none, oneDNN multiplies the same layout, through PyTorch.

#pragma once

#include <ATen/native/CPUBlas.h>
#include <immintrin.h>
#include <omp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

namespace leafbeam {

using std::int64_t;
using std::uint16_t;

constexpr int64_t kPanel = 32;     // columns of a packed panel
constexpr int64_t kColumns = 64;   // two panels: what is worked off together
constexpr int64_t kPadding = 16;   // rows that may be read and written behind the last: a tile has 16
constexpr float kLog2E = 1.44269504088896340736f;

// Threads of one parallel region that go from task to task together. Who waits looks for a moment, then sleeps: where
// other programs want the cores too, the thread that is waited for gets the sleeper's.
class Team {
 public:
  void meet(int64_t size) {
    const int now = round_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size) {
      arrived_.store(0, std::memory_order_relaxed);
      taken_.store(0, std::memory_order_relaxed);
      round_.store(now + 1, std::memory_order_release);
      round_.notify_all();
      return;
    }
    for (int look = 0; look < 1000; ++look) {  // about 50 microseconds
      if (round_.load(std::memory_order_acquire) != now) return;
      _mm_pause();
    }
    round_.wait(now, std::memory_order_acquire);
  }

  // The next number that no other thread has had since they met.
  int64_t next() { return taken_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<int> round_{0};
  std::atomic<int64_t> arrived_{0};
  std::atomic<int64_t> taken_{0};
};

// Aligned memory that a thread keeps from call to call.
inline char* scratch(int64_t bytes) {
  thread_local std::unique_ptr<char, decltype(&std::free)> kept(nullptr, std::free);
  thread_local int64_t size = 0;
  if (bytes > size) {
    size = (bytes + 4095) / 4096 * 4096;
    kept.reset(static_cast<char*>(std::aligned_alloc(4096, size)));
  }
  return kept.get();
}

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

template <typename T>
using SumOf = std::conditional_t<std::is_same_v<T, std::int8_t>, std::int32_t, float>;

#ifdef __AMX_BF16__

// Eight tiles of 16 rows of 64 bytes: 0 to 3 sums, 4 and 5 first factor, 6 and 7 second factor. GCC 12's own
// _tile_loadconfig does not tell the compiler that all of the configuration is read.
#define LEAFBEAM_TILE_LOAD(tile, from, stride) \
  asm volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(from), "r"(static_cast<int64_t>(stride)) : "memory")
#define LEAFBEAM_TILE_STORE(tile, to, stride) \
  asm volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(to), "r"(static_cast<int64_t>(stride)) : "memory")
#define LEAFBEAM_TILE_ZERO(tile) asm volatile("tilezero %%tmm" #tile ::)
#define LEAFBEAM_TILE_MULTIPLY(sum, first, second)                                            \
  if constexpr (std::is_same_v<T, std::int8_t>) {                                             \
    asm volatile("tdpbssd %%tmm" #second ", %%tmm" #first ", %%tmm" #sum ::);                 \
  } else {                                                                                    \
    asm volatile("tdpbf16ps %%tmm" #second ", %%tmm" #first ", %%tmm" #sum ::);               \
  }

struct TileConfig {
  std::uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// Linux grants the tiles' registers to a process that asks (arch_prctl, ARCH_REQ_XCOMP_PERM, XTILEDATA).
inline bool tiles_allowed() { return syscall(SYS_arch_prctl, 0x1023, 18) == 0; }

class Tiles {  // to be held by every thread that multiplies
 public:
  Tiles() {
    static const TileConfig config;
    asm volatile("ldtilecfg %0" ::"m"(config) : "memory");
  }
  ~Tiles() { asm volatile("tilerelease" ::: "memory"); }
};

// Two tiles of rows, or one, times one panel whose rows lie in `segments` pieces of `depth` each. While it calculates
// it fetches `kLines` lines of memory a step from `ahead` on.
template <typename T, bool kTwo, int kLines>
void tile_rows(int64_t segments, int64_t depth, int64_t lda, const T* a, const T* const* b, SumOf<T>* out, int64_t ldc,
               bool add, const char*& ahead) {
  constexpr int64_t kStep = 64 / sizeof(T);  // of depth
  const int64_t across = lda * sizeof(T);
  if (add) {
    LEAFBEAM_TILE_LOAD(0, out, ldc * 4);
    LEAFBEAM_TILE_LOAD(1, out + 16, ldc * 4);
    if constexpr (kTwo) {
      LEAFBEAM_TILE_LOAD(2, out + 16 * ldc, ldc * 4);
      LEAFBEAM_TILE_LOAD(3, out + 16 * ldc + 16, ldc * 4);
    }
  } else {
    LEAFBEAM_TILE_ZERO(0);
    LEAFBEAM_TILE_ZERO(1);
    if constexpr (kTwo) {
      LEAFBEAM_TILE_ZERO(2);
      LEAFBEAM_TILE_ZERO(3);
    }
  }
  for (int64_t segment = 0; segment < segments; ++segment) {
    const char* from = reinterpret_cast<const char*>(b[segment]);
    for (int64_t at = 0; at < depth; at += kStep, a += kStep, from += 2048) {
      LEAFBEAM_TILE_LOAD(6, from, 128);
      LEAFBEAM_TILE_LOAD(4, a, across);
      LEAFBEAM_TILE_MULTIPLY(0, 4, 6);
      LEAFBEAM_TILE_LOAD(7, from + 64, 128);
      LEAFBEAM_TILE_MULTIPLY(1, 4, 7);
      if constexpr (kTwo) {
        LEAFBEAM_TILE_LOAD(5, a + 16 * lda, across);
        LEAFBEAM_TILE_MULTIPLY(2, 5, 6);
        LEAFBEAM_TILE_MULTIPLY(3, 5, 7);
      }
#pragma GCC unroll 32
      for (int line = 0; line < kLines; ++line) _mm_prefetch(ahead + line * 64, _MM_HINT_T1);
      ahead += kLines * 64;
    }
  }
  LEAFBEAM_TILE_STORE(0, out, ldc * 4);
  LEAFBEAM_TILE_STORE(1, out + 16, ldc * 4);
  if constexpr (kTwo) {
    LEAFBEAM_TILE_STORE(2, out + 16 * ldc, ldc * 4);
    LEAFBEAM_TILE_STORE(3, out + 16 * ldc + 16, ldc * 4);
  }
}

template <typename T, int kLines>
void tile_panel(int64_t rows, int64_t segments, int64_t depth, int64_t lda, const T* a, const T* const* b,
                SumOf<T>* out, int64_t ldc, bool add, const char*& ahead) {
  int64_t row = 0;
  for (; row + 16 < rows; row += 32) {
    tile_rows<T, true, kLines>(segments, depth, lda, a + row * lda, b, out + row * ldc, ldc, add, ahead);
  }
  if (row < rows) {
    tile_rows<T, false, kLines>(segments, depth, lda, a + row * lda, b, out + row * ldc, ldc, add, ahead);
  }
}

// out (+)= rows x (segments * depth) times a panel in pieces.
template <typename T>
void pieces_product(int64_t rows, int64_t segments, int64_t depth, int64_t lda, const T* a, const T* const* b,
                    SumOf<T>* out, int64_t ldc, bool add) {
  const char* ahead = nullptr;
  tile_panel<T, 0>(rows, segments, depth, lda, a, b, out, ldc, add, ahead);
}

// The same for one piece, while as much memory is fetched from `ahead` on, where rows are few.
template <typename T>
void piece_product(int64_t rows, int64_t depth, int64_t lda, const T* a, const T* b, SumOf<T>* out, int64_t ldc,
                   const char*& ahead) {
  if (rows <= 32) {
    tile_panel<T, 32>(rows, 1, depth, lda, a, &b, out, ldc, false, ahead);
  } else {
    tile_panel<T, 0>(rows, 1, depth, lda, a, &b, out, ldc, false, ahead);
  }
}

// rows x depth times one panel, which lies before the next that is wanted: memory is read ahead of the calculation.
template <typename T>
void panel_product(int64_t rows, int64_t depth, int64_t lda, const T* a, const T* b, SumOf<T>* out, int64_t ldc) {
  const char* ahead = reinterpret_cast<const char*>(b);
  if (rows <= 32) {
    ahead += 4096;
    return tile_panel<T, 32>(rows, 1, depth, lda, a, &b, out, ldc, false, ahead);
  }
  ahead += depth * kPanel * sizeof(T);
  const int64_t most = 1024 / sizeof(T);  // the panel's part stays in the first-level cache
  for (int64_t start = 0; start < depth; start += most) {
    const int64_t part = std::min(most, depth - start);
    const T* from = b + start * kPanel;
    if (rows <= 64) {
      tile_panel<T, 16>(rows, 1, part, lda, a + start, &from, out, ldc, start > 0, ahead);
    } else if (rows <= 128) {
      tile_panel<T, 8>(rows, 1, part, lda, a + start, &from, out, ldc, start > 0, ahead);
    } else {
      tile_panel<T, 4>(rows, 1, part, lda, a + start, &from, out, ldc, start > 0, ahead);
    }
  }
}

#else

namespace blas = at::native::cpublas;

inline bool tiles_allowed() { return blas::could_pack(c10::ScalarType::BFloat16); }

class Tiles {
 public:
  ~Tiles() { blas::brgemm_release(); }
};

inline void unit_product(int64_t rows, int64_t depth, int64_t lda, const uint16_t* a, const uint16_t* b, float* out,
                         int64_t ldc, bool add) {
  blas::brgemm(rows, kPanel, depth, lda, kPanel, ldc, add, reinterpret_cast<const at::BFloat16*>(a),
               reinterpret_cast<const at::BFloat16*>(b), out);
}

inline void unit_product(int64_t rows, int64_t depth, int64_t lda, const std::int8_t* a, const std::int8_t* b,
                         std::int32_t* out, int64_t ldc, bool add) {
  blas::brgemm(rows, kPanel, depth, lda, kPanel, ldc, add, reinterpret_cast<const signed char*>(a),
               reinterpret_cast<const signed char*>(b), out);
}

template <typename T>
void pieces_product(int64_t rows, int64_t segments, int64_t depth, int64_t lda, const T* a, const T* const* b,
                    SumOf<T>* out, int64_t ldc, bool add) {
  for (int64_t segment = 0; segment < segments; ++segment) {
    unit_product(rows, depth, lda, a + segment * depth, b[segment], out, ldc, add || segment > 0);
  }
}

template <typename T>
void piece_product(int64_t rows, int64_t depth, int64_t lda, const T* a, const T* b, SumOf<T>* out, int64_t ldc,
                   const char*&) {
  unit_product(rows, depth, lda, a, b, out, ldc, false);
}

template <typename T>
void panel_product(int64_t rows, int64_t depth, int64_t lda, const T* a, const T* b, SumOf<T>* out, int64_t ldc) {
  for (int64_t start = 0; start < depth; start += 1024) {
    unit_product(rows, std::min<int64_t>(1024, depth - start), lda, a + start, b + start * kPanel, out, ldc, start > 0);
  }
}

#endif

// rows x depth times `columns` columns (panels that follow each other); `out` has rows of `columns`.
template <typename T>
void block_product(int64_t rows, int64_t depth, int64_t lda, const T* a, const T* panels, SumOf<T>* out,
                   int64_t columns = kColumns) {
  for (int64_t column = 0; column < columns; column += kPanel) {
    panel_product(rows, depth, lda, a, panels + column * depth, out + column, columns);
  }
}

inline void rms_norm(const uint16_t* x, const uint16_t* weight, uint16_t* out, int64_t width, float eps) {
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
inline void add_block(const float* sums, int64_t rows, uint16_t* x, int64_t ldx) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < kColumns; i += 16) {
      uint16_t* at = x + row * ldx + i;
      store(at, _mm512_add_ps(load(at), _mm512_loadu_ps(sums + row * kColumns + i)));
    }
  }
}

// silu(gate) * up for a block that holds 32 columns of each.
inline void gate_block(const float* sums, int64_t rows, uint16_t* out, int64_t ldo) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < kPanel; i += 16) {
      const __m512 gate = _mm512_loadu_ps(sums + row * kColumns + i);
      const __m512 up = _mm512_loadu_ps(sums + row * kColumns + kPanel + i);
      const __m512 size = _mm512_abs_ps(gate);  // exp of what is at most 0, then the sign's own form of the sigmoid
      const __m512 small = exp2_of(_mm512_mul_ps(size, _mm512_set1_ps(-kLog2E)));
      const __m512 one = _mm512_set1_ps(1.0f);
      const __mmask16 negative = _mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_LT_OQ);
      const __m512 sigmoid = _mm512_div_ps(_mm512_mask_mov_ps(one, negative, small), _mm512_add_ps(one, small));
      store(out + row * ldo + i, _mm512_mul_ps(_mm512_mul_ps(gate, sigmoid), up));
    }
  }
}

inline void store_two(uint16_t* to, __m512 first, __m512 second) {
  _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(second, first));
}

// 2**(score * scale - most) of `count` scores as bf16, the sum of them, and the largest score. Of `padded` numbers that
// are written, a multiple of 32, those from `count` on are 0.
inline float powers(const float* scores, int64_t count, int64_t padded, float scale, float most, uint16_t* out,
                    float& largest) {
  const __m512 by = _mm512_set1_ps(scale), less = _mm512_set1_ps(most);
  __m512 total = _mm512_setzero_ps(), more = total, top = _mm512_set1_ps(-INFINITY), other = top;
  const int64_t whole = count / 32 * 32;
  for (int64_t i = 0; i < whole; i += 32) {
    const __m512 a = _mm512_loadu_ps(scores + i), b = _mm512_loadu_ps(scores + i + 16);
    top = _mm512_max_ps(top, a);
    other = _mm512_max_ps(other, b);
    const __m512 first = exp2_of(_mm512_fmsub_ps(a, by, less)), second = exp2_of(_mm512_fmsub_ps(b, by, less));
    total = _mm512_add_ps(total, first);
    more = _mm512_add_ps(more, second);
    store_two(out + i, first, second);
  }
  if (whole < count) {
    const std::uint32_t rest = (1u << (count - whole)) - 1;
    const __mmask16 low = static_cast<__mmask16>(rest), high = static_cast<__mmask16>(rest >> 16);
    const __m512 a = _mm512_maskz_loadu_ps(low, scores + whole), b = _mm512_maskz_loadu_ps(high, scores + whole + 16);
    top = _mm512_mask_max_ps(top, low, top, a);
    other = _mm512_mask_max_ps(other, high, other, b);
    const __m512 first = _mm512_maskz_mov_ps(low, exp2_of(_mm512_fmsub_ps(a, by, less)));
    const __m512 second = _mm512_maskz_mov_ps(high, exp2_of(_mm512_fmsub_ps(b, by, less)));
    total = _mm512_add_ps(total, first);
    more = _mm512_add_ps(more, second);
    store_two(out + whole, first, second);
  }
  const int64_t written = (count + 31) / 32 * 32;
  std::memset(out + written, 0, (padded - written) * sizeof(uint16_t));
  largest = _mm512_reduce_max_ps(_mm512_max_ps(top, other));
  return _mm512_reduce_add_ps(_mm512_add_ps(total, more));
}

// One row of scores: its powers of two over `most`, the sum taken up, and what older sums are worth. `most` is near the
// largest so far: it moves only when powers would grow beyond 2**kSlack, which float32 and bf16 hold as exactly as 1.
inline float soften(const float* scores, int64_t count, int64_t padded, float scale, float& most, float& sum,
                    uint16_t* out) {
  constexpr float kSlack = 40.0f;
  if (count <= 0) {
    std::memset(out, 0, padded * sizeof(uint16_t));
    return 1.0f;
  }
  float largest, worth = 1.0f;
  if (most == -INFINITY) {
    __m512 top = _mm512_set1_ps(-INFINITY);
    const int64_t whole = count / 16 * 16;
    const __mmask16 rest = static_cast<__mmask16>((1u << (count - whole)) - 1);
    for (int64_t i = 0; i < whole; i += 16) top = _mm512_max_ps(top, _mm512_loadu_ps(scores + i));
    if (rest) top = _mm512_mask_max_ps(top, rest, top, _mm512_loadu_ps(scores + whole));
    most = _mm512_reduce_max_ps(top) * scale;
  }
  float fresh = powers(scores, count, padded, scale, most, out, largest);
  if (largest * scale > most + kSlack) {
    worth = std::exp2(most - largest * scale);
    most = largest * scale;
    fresh = powers(scores, count, padded, scale, most, out, largest);
  }
  sum = sum * worth + fresh;
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

inline void scale_to(const float* row, int64_t width, float by, uint16_t* out) {
  for (int64_t i = 0; i < width; i += 16) {
    store(out + i, _mm512_mul_ps(_mm512_loadu_ps(row + i), _mm512_set1_ps(by)));
  }
}

// A key as column `in` of a block of keys: [keys / 32][width / 2][32][2].
inline void keep_key(const uint16_t* key, int64_t in, int64_t width, uint16_t* block) {
  std::uint32_t pair;
  uint16_t* const to = block + in / kPanel * kPanel * width + in % kPanel * 2;
  for (int64_t i = 0; i < width; i += 2) {
    std::memcpy(&pair, key + i, 4);
    std::memcpy(to + i * kPanel, &pair, 4);
  }
}

// A value as row `in` of a block of `keys` values: [width / 32][keys / 2][32][2].
inline void keep_value(const uint16_t* value, int64_t in, int64_t width, int64_t keys, uint16_t* block) {
  uint16_t* const to = block + in / 2 * kPanel * 2 + in % 2;
  for (int64_t i = 0; i < width; ++i) to[i / kPanel * kPanel * keys + i % kPanel * 2] = value[i];
}

}  // namespace leafbeam
