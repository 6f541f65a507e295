// The layers of the picture encoder, and what the library tells of itself.
//
// The slow twin is leafbeam.model.vision in PyTorch. What is gained: the exponentials of attention by a short
// polynomial, norms, rotations, activations and sums done while a block of rows is in the cache, keys and values kept
// as the matrix unit wants them, and no interpreter between the layers.

#include "tiles.h"

using namespace leafbeam;

namespace {

constexpr int64_t kRows = 256;      // of activations handled together
constexpr int64_t kDeepRows = 128;  // of the widest ones: as many as stay in the second-level cache
constexpr int64_t kQueries = 192;   // of attention
constexpr int64_t kKeys = 256;      // of attention
constexpr int64_t kApart = 32;      // numbers between rows, lest all rows of a tile fall into one set of the cache

}  // namespace

extern "C" {

struct VisionShape {
  int64_t width, heads, head_width, inner;
  float eps;
};

// Norms of width; matrices packed, qkv as q, k and v below each other, gate and up interleaved by 32.
struct VisionLayer {
  const uint16_t *attention_norm, *qkv, *out, *mlp_norm, *gate_up, *down;
};

// 1 where bf16 matrices are multiplied in packed form on this processor.
int64_t leafbeam_ready() { return tiles_allowed(); }

// All layers of the picture encoder on one picture. x: (patches, width), changed in place. cosine, sine: (patches,
// head_width / 2). q, mixed: (patches + 16) * width; k and v: as much as patches rounded up to 256, zero.
void leafbeam_vision(const VisionShape* shape, const VisionLayer* layers, int64_t count, uint16_t* x, int64_t patches,
                     const float* cosine, const float* sine, uint16_t* q, uint16_t* k, uint16_t* v, uint16_t* mixed,
                     int64_t threads) {
  const int64_t width = shape->width, heads = shape->heads, head = shape->head_width, inner = shape->inner;
  const int64_t half = head / 2, key_blocks = (patches + kKeys - 1) / kKeys;
  const int64_t row_blocks = (patches + kRows - 1) / kRows, query_blocks = (patches + kQueries - 1) / kQueries;
  const float scale = kLog2E / std::sqrt(static_cast<float>(head));
  Team team;
#pragma omp parallel num_threads(threads)
  {
    const Tiles tiles;
    const int64_t all = omp_get_num_threads();
    const int64_t deep = width + kApart, wide = inner + kApart;
    const int64_t tall = kRows + kPadding, queries = kQueries + kPadding;
    const int64_t linear = tall * (kColumns * 4 + deep * 2 + wide * 2);
    char* const own = scratch(std::max(queries * ((kKeys + kApart) * 6 + head * 4), linear));
    float* const sums = reinterpret_cast<float*>(own);                               // tall x 64
    uint16_t* const normed = reinterpret_cast<uint16_t*>(own + tall * kColumns * 4);  // tall x width
    uint16_t* const active = normed + tall * deep;                                   // tall x inner
    float* const scores = reinterpret_cast<float*>(own);                              // queries x kKeys
    float* const gathered = scores + queries * (kKeys + kApart);                                 // queries x head
    uint16_t* const weights = reinterpret_cast<uint16_t*>(gathered + queries * head);  // queries x kKeys
    alignas(64) uint16_t turned[256];
    for (int64_t number = 0; number < count; ++number) {
      const VisionLayer& layer = layers[number];
      for (int64_t block; (block = team.next()) < row_blocks;) {
        const int64_t start = block * kRows, rows = std::min(kRows, patches - start);
        for (int64_t row = 0; row < rows; ++row) {
          rms_norm(x + (start + row) * width, layer.attention_norm, normed + row * deep, width, shape->eps);
        }
        for (int64_t part = 0; part < 3 * heads; ++part) {  // a block of 64 columns is one head of q, k or v
          block_product(rows, width, deep, normed, layer.qkv + part * kColumns * width, sums);
          const int64_t at = part % heads;
          for (int64_t row = 0; row < rows; ++row) {
            const int64_t place = start + row, in = place % kKeys;
            const float* from = sums + row * kColumns;
            const int64_t offset = (at * key_blocks + place / kKeys) * kKeys * head;
            if (part < heads) {
              rotate(from, cosine + place * half, sine + place * half, head, q + (at * patches + place) * head);
            } else if (part < 2 * heads) {
              rotate(from, cosine + place * half, sine + place * half, head, turned);
              keep_key(turned, in, head, k + offset);
            } else {
              for (int64_t i = 0; i < head; i += 16) store(turned + i, _mm512_loadu_ps(from + i));
              keep_value(turned, in, head, kKeys, v + offset);
            }
          }
        }
      }
      team.meet(all);
      for (int64_t task; (task = team.next()) < heads * query_blocks;) {
        const int64_t at = task / query_blocks, start = task % query_blocks * kQueries;
        const int64_t rows = std::min(kQueries, patches - start);
        float most[kQueries], sum[kQueries];
        std::fill(most, most + rows, -INFINITY);
        std::fill(sum, sum + rows, 0.0f);
        std::memset(gathered, 0, rows * head * 4);
        for (int64_t block = 0; block < key_blocks; ++block) {
          const int64_t keys = std::min(kKeys, patches - block * kKeys), padded = (keys + 31) / 32 * 32;
          const int64_t offset = (at * key_blocks + block) * kKeys * head;
          for (int64_t key = 0; key < padded; key += kPanel) {
            const uint16_t* const panel = k + offset + key * head;
            pieces_product(rows, 1, head, head, q + (at * patches + start) * head, &panel, scores + key,
                           kKeys + kApart, false);
          }
          for (int64_t row = 0; row < rows; ++row) {
            const float worth = soften(scores + row * (kKeys + kApart), keys, padded, scale, most[row], sum[row],
                                       weights + row * (kKeys + kApart));
            if (worth != 1.0f) scale_row(gathered + row * head, head, worth);
          }
          for (int64_t i = 0; i < head; i += kPanel) {
            const uint16_t* const panel = v + offset + i * kKeys;
            pieces_product(rows, 1, padded, kKeys + kApart, weights, &panel, gathered + i, head, true);
          }
        }
        for (int64_t row = 0; row < rows; ++row) {
          scale_to(gathered + row * head, head, 1.0f / sum[row], mixed + (start + row) * width + at * head);
        }
      }
      team.meet(all);
      for (int64_t block; (block = team.next()) < row_blocks;) {
        const int64_t start = block * kRows, rows = std::min(kRows, patches - start);
        uint16_t* const here = x + start * width;
        for (int64_t part = 0; part < width / kColumns; ++part) {
          block_product(rows, width, width, mixed + start * width, layer.out + part * kColumns * width, sums);
          add_block(sums, rows, here + part * kColumns, width);
        }
        for (int64_t row = 0; row < rows; ++row) {
          rms_norm(here + row * width, layer.mlp_norm, normed + row * deep, width, shape->eps);
        }
        for (int64_t part = 0; part < inner / kPanel; ++part) {
          block_product(rows, width, deep, normed, layer.gate_up + part * kColumns * width, sums);
          gate_block(sums, rows, active + part * kPanel, wide);
        }
        for (int64_t from = 0; from < rows; from += kDeepRows) {
          const int64_t some = std::min(kDeepRows, rows - from);
          for (int64_t part = 0; part < width / kColumns; ++part) {
            block_product(some, inner, wide, active + from * wide, layer.down + part * kColumns * inner, sums);
            add_block(sums, some, here + from * width + part * kColumns, width);
          }
        }
      }
      team.meet(all);
    }
  }
}

}  // extern "C"
