// The layers of the decoder for the tokens of several sequences, and its head.
//
// The slow twin is leafbeam.model.text in PyTorch. One call goes through all layers: few tokens share out the columns
// of each matrix, so that every core reads its part of the weights once; many tokens share out their rows. Keys and
// values are kept in blocks of 64 tokens, packed as the matrix unit wants them, and are read where they are.

#include "packed.h"

#include <vector>

using namespace leafbeam;

namespace {

constexpr int64_t kBlock = 64;      // tokens of a block of keys and values
constexpr int64_t kChunk = 512;     // keys whose scores are taken together
constexpr int64_t kTogether = 256;  // tokens that share out columns; more share out rows, as many at a time
constexpr int64_t kQueries = 128;   // rows of attention: tokens times the query heads that share keys

}  // namespace

extern "C" {

struct TextShape {
  int64_t width, heads, kv_heads, head_width, inner;
  int64_t blocks;  // of the pool
  float eps;
};

struct TextLayer {  // qkv as q, k and v below each other, gate and up interleaved by 32
  const uint16_t *input_norm, *q_norm, *k_norm, *mlp_norm;
  Packed qkv, out, gate_up, down;
};

struct Part {  // a sequence's share of a pass: `count` rows from `start` on, behind `kept` tokens
  int64_t start, count, kept, table;  // table: where the numbers of its blocks begin
};

struct Pass {
  int64_t rows, parts;
  const Part* part;
  const std::int32_t* tables;
  uint16_t* x;                 // (rows, width), changed in place; at the end the hidden states, normed
  const float *cosine, *sine;  // (rows, head_width / 2)
  uint16_t *keys, *values;     // (layers, kv_heads, blocks, 64 * head_width)
  uint16_t *q, *mixed;         // (rows + 16, heads * head_width)
  uint16_t* active;            // (at most 256 + 16 rows, inner)
  const uint16_t* norm;
};

}  // extern "C"

namespace {

// Of `count` things in order, those of one of `all` threads.
struct Range {
  int64_t from, to;
  Range(int64_t count, int64_t me, int64_t all) : from(count * me / all), to(count * (me + 1) / all) {}
};

struct Task {  // of attention: `count` tokens of a part from `first` on, and one head of keys
  int64_t part, head, first, count;
};

// The head's own norm of a row of sums, in place.
inline void norm_head(float* row, const uint16_t* weight, int64_t width, float eps) {
  __m512 squares = _mm512_setzero_ps();
  for (int64_t i = 0; i < width; i += 16) {
    const __m512 value = _mm512_loadu_ps(row + i);
    squares = _mm512_fmadd_ps(value, value, squares);
  }
  const __m512 scale = _mm512_set1_ps(1.0f / std::sqrt(_mm512_reduce_add_ps(squares) / width + eps));
  for (int64_t i = 0; i < width; i += 16) {
    _mm512_storeu_ps(row + i, _mm512_mul_ps(_mm512_mul_ps(_mm512_loadu_ps(row + i), scale), load(weight + i)));
  }
}

template <typename T>
class Layers {  // what one thread does
 public:
  Layers(const TextShape& shape, const Pass& pass, const std::vector<int64_t>& slots)
      : shape_(shape), pass_(pass), slots_(slots), shared_(shape.heads / shape.kv_heads) {
    const int64_t tall = kTogether + kPadding, queries = kQueries + kPadding, head = shape.head_width;
    const int64_t widest = std::max({shape.width, shape.inner, shape.heads * head});
    const int64_t both = tall * kRowsOf<T>;
    const int64_t linear = both * (kTall * 4 + widest) + tall * (shape.width * 2 + shape.inner * 2 + 4);
    char* const own = scratch(std::max(linear, queries * (kChunk * 6 + head * 4)));
    sums_ = reinterpret_cast<float*>(own);
    scales_ = sums_ + both * kTall;
    normed_ = reinterpret_cast<uint16_t*>(scales_ + tall);
    active_ = normed_ + tall * shape.width;
    space_ = reinterpret_cast<T*>(active_ + tall * shape.inner);
    scores_ = reinterpret_cast<float*>(own);
    gathered_ = scores_ + queries * kChunk;
    weights_ = reinterpret_cast<uint16_t*>(gathered_ + queries * head);
  }

  uint16_t* active() { return active_; }

  Factor<T> norm(const uint16_t* weight, int64_t start, int64_t rows) {
    for (int64_t row = 0; row < rows; ++row) {
      rms_norm(pass_.x + (start + row) * shape_.width, weight, normed_ + row * shape_.width, shape_.width, shape_.eps);
    }
    return factor(normed_, rows, shape_.width, space_, scales_);
  }

  // Queries, keys and values of some heads, those of queries first.
  void project(const TextLayer& layer, int64_t number, Factor<T> a, int64_t start, int64_t rows, Range units) {
    const int64_t head = shape_.head_width, groups = shape_.kv_heads;
    alignas(64) uint16_t turned[1024];
    for (int64_t unit = units.from; unit < units.to; ++unit) {
      times(rows, shape_.width, a, layer.qkv, unit * head, head, sums_);
      const int64_t group = unit < shape_.heads ? unit / shared_ : (unit - shape_.heads) % groups;
      const int64_t pool = (number * groups + group) * shape_.blocks;
      for (int64_t row = 0; row < rows; ++row) {
        float* const from = sums_ + row * head;
        const int64_t place = start + row, slot = slots_[place];
        const float* const cosine = pass_.cosine + place * head / 2;
        const float* const sine = pass_.sine + place * head / 2;
        const int64_t offset = (pool + slot / kBlock) * kBlock * head;
        if (unit < shape_.heads) {
          norm_head(from, layer.q_norm, head, shape_.eps);
          rotate(from, cosine, sine, head,
                 pass_.q + ((group * pass_.rows + place) * shared_ + unit % shared_) * head);
        } else if (unit < shape_.heads + groups) {
          norm_head(from, layer.k_norm, head, shape_.eps);
          rotate(from, cosine, sine, head, turned);
          keep_key(turned, slot % kBlock, head, pass_.keys + offset);
        } else {
          scale_to(from, head, 1.0f, turned);
          keep_value(turned, slot % kBlock, head, kBlock, pass_.values + offset);
        }
      }
    }
  }

  void attend(int64_t number, const Task& task) {
    const Part& part = pass_.part[task.part];
    const int64_t head = shape_.head_width, rows = task.count * shared_, start = part.start + task.first;
    const int64_t before = part.kept + task.first, limit = before + task.count;
    const float scale = kLog2E / std::sqrt(static_cast<float>(head));
    const uint16_t* const q = pass_.q + (task.head * pass_.rows + start) * shared_ * head;
    const int64_t pool = (number * shape_.kv_heads + task.head) * shape_.blocks;
    float most[kQueries], sum[kQueries];
    std::fill(most, most + rows, -INFINITY);
    std::fill(sum, sum + rows, 0.0f);
    std::memset(gathered_, 0, rows * head * 4);
    for (int64_t base = 0; base < limit; base += kChunk) {
      const int64_t count = std::min(kChunk / kBlock, (limit - base + kBlock - 1) / kBlock);
      const uint16_t* values[kChunk / kBlock];
      for (int64_t block = 0; block < count; ++block) {
        const int64_t offset = (pool + pass_.tables[part.table + base / kBlock + block]) * kBlock * head;
        values[block] = pass_.values + offset;
        const char* ahead = reinterpret_cast<const char*>(values[block]);
        for (int64_t i = 0; i < kBlock; i += kPanel) {
          piece_product(rows, head, head, q, pass_.keys + offset + i * head, scores_ + block * kBlock + i, kChunk,
                        ahead);
        }
      }
      for (int64_t row = 0; row < rows; ++row) {
        const int64_t seen = std::min(before + row / shared_ + 1 - base, count * kBlock);
        const float worth = soften(scores_ + row * kChunk, seen, count * kBlock, scale, most[row], sum[row],
                                   weights_ + row * kChunk);
        if (worth != 1.0f) scale_row(gathered_ + row * head, head, worth);
      }
      for (int64_t i = 0; i < head; i += kPanel) {
        const uint16_t* panels[kChunk / kBlock];
        for (int64_t block = 0; block < count; ++block) panels[block] = values[block] + i * kBlock;
        pieces_product(rows, count, kBlock, kChunk, weights_, panels, gathered_ + i, head, true);
      }
    }
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t at = (start + row / shared_) * shape_.heads + task.head * shared_ + row % shared_;
      scale_to(gathered_ + row * head, head, 1.0f / sum[row], pass_.mixed + at * head);
    }
  }

  // x += rows of `from` times some blocks of a matrix's columns.
  void add(const Packed& matrix, const uint16_t* from, int64_t depth, int64_t start, int64_t rows, Range blocks) {
    const Factor<T> a = factor(from, rows, depth, space_, scales_);
    for (int64_t block = blocks.from; block < blocks.to; ++block) {
      times(rows, depth, a, matrix, block * kColumns, kColumns, sums_);
      add_block(sums_, rows, pass_.x + start * shape_.width + block * kColumns, shape_.width);
    }
  }

  void gate(const Packed& matrix, Factor<T> a, int64_t rows, Range blocks, uint16_t* active) {
    for (int64_t block = blocks.from; block < blocks.to; ++block) {
      times(rows, shape_.width, a, matrix, block * kColumns, kColumns, sums_);
      gate_block(sums_, rows, active + block * kPanel, shape_.inner);
    }
  }

 private:
  static constexpr int64_t kTall = 256;  // the widest head
  const TextShape& shape_;
  const Pass& pass_;
  const std::vector<int64_t>& slots_;
  const int64_t shared_;
  float *sums_, *scales_, *scores_, *gathered_;
  uint16_t *normed_, *active_, *weights_;
  T* space_;
};

// Few tokens: every thread has all rows and its part of the columns.
template <typename T>
void layer_by_columns(Layers<T>& layers, Team& team, const TextShape& shape, const TextLayer& layer, int64_t number,
                      const Pass& pass, const std::vector<Task>& tasks) {
  const int64_t me = omp_get_thread_num(), all = omp_get_num_threads(), rows = pass.rows;
  const int64_t mixed = shape.heads * shape.head_width;
  layers.project(layer, number, layers.norm(layer.input_norm, 0, rows), 0, rows,
                 Range(shape.heads + 2 * shape.kv_heads, me, all));
  team.meet(all);
  for (int64_t task; (task = team.next()) < std::ssize(tasks);) layers.attend(number, tasks[task]);
  team.meet(all);
  layers.add(layer.out, pass.mixed, mixed, 0, rows, Range(shape.width / kColumns, me, all));
  team.meet(all);
  layers.gate(layer.gate_up, layers.norm(layer.mlp_norm, 0, rows), rows, Range(shape.inner / kPanel, me, all),
              pass.active);
  team.meet(all);
  layers.add(layer.down, pass.active, shape.inner, 0, rows, Range(shape.width / kColumns, me, all));
  team.meet(all);
}

// Many tokens: every thread has all columns and some of the rows.
template <typename T>
void layer_by_rows(Layers<T>& layers, Team& team, const TextShape& shape, const TextLayer& layer, int64_t number,
                   const Pass& pass, const std::vector<Task>& tasks, int64_t tall) {
  const int64_t all = omp_get_num_threads(), mixed = shape.heads * shape.head_width;
  for (int64_t start; (start = team.next() * tall) < pass.rows;) {
    const int64_t rows = std::min(tall, pass.rows - start);
    layers.project(layer, number, layers.norm(layer.input_norm, start, rows), start, rows,
                   Range(shape.heads + 2 * shape.kv_heads, 0, 1));
  }
  team.meet(all);
  for (int64_t task; (task = team.next()) < std::ssize(tasks);) layers.attend(number, tasks[task]);
  team.meet(all);
  for (int64_t start; (start = team.next() * tall) < pass.rows;) {
    const int64_t rows = std::min(tall, pass.rows - start);
    layers.add(layer.out, pass.mixed + start * mixed, mixed, start, rows, Range(shape.width / kColumns, 0, 1));
    layers.gate(layer.gate_up, layers.norm(layer.mlp_norm, start, rows), rows, Range(shape.inner / kPanel, 0, 1),
                layers.active());
    layers.add(layer.down, layers.active(), shape.inner, start, rows, Range(shape.width / kColumns, 0, 1));
  }
  team.meet(all);
}

std::vector<int64_t> slots_of(const Pass& pass) {
  std::vector<int64_t> slots(pass.rows);
  for (int64_t number = 0; number < pass.parts; ++number) {
    const Part& part = pass.part[number];
    for (int64_t i = 0; i < part.count; ++i) {
      const int64_t at = part.kept + i;
      slots[part.start + i] = pass.tables[part.table + at / kBlock] * kBlock + at % kBlock;
    }
  }
  return slots;
}

std::vector<Task> tasks_of(const Pass& pass, int64_t groups, int64_t most) {
  std::vector<Task> tasks;
  for (int64_t number = 0; number < pass.parts; ++number) {
    const int64_t count = pass.part[number].count;
    for (int64_t first = (count - 1) / most * most; first >= 0; first -= most) {  // the last, which see most, first
      const int64_t some = std::min(most, count - first);
      for (int64_t head = 0; head < groups; ++head) tasks.push_back({number, head, first, some});
    }
  }
  return tasks;
}

template <typename T>
void through(const TextShape& shape, const TextLayer* layers, int64_t count, const Pass& pass, int64_t threads) {
  const std::vector<int64_t> slots = slots_of(pass);
  const std::vector<Task> tasks = tasks_of(pass, shape.kv_heads, kQueries * shape.kv_heads / shape.heads);
  const int64_t even = (pass.rows + threads - 1) / threads;
  const int64_t tall = std::clamp<int64_t>((even + 31) / 32 * 32, 64, kTogether);
  Team team;
#pragma omp parallel num_threads(threads)
  {
    const Tiles tiles;
    Layers<T> mine(shape, pass, slots);
    for (int64_t number = 0; number < count; ++number) {
      if (pass.rows <= kTogether) {
        layer_by_columns(mine, team, shape, layers[number], number, pass, tasks);
      } else {
        layer_by_rows(mine, team, shape, layers[number], number, pass, tasks, tall);
      }
    }
#pragma omp for
    for (int64_t row = 0; row < pass.rows; ++row) {
      rms_norm(pass.x + row * shape.width, pass.norm, pass.x + row * shape.width, shape.width, shape.eps);
    }
  }
}

template <typename T>
void scores(const uint16_t* hidden, int64_t rows, int64_t width, const Packed& table, int64_t vocabulary, float* logits,
            int64_t threads) {
#pragma omp parallel num_threads(threads)
  {
    const Tiles tiles;
    const int64_t tall = kTogether + kPadding;
    float* const sums = reinterpret_cast<float*>(scratch(tall * (kRowsOf<T> * (kPanel * 4 + width) + 4)));
    float* const scales = sums + tall * kRowsOf<T> * kPanel;
    T* const space = reinterpret_cast<T*>(scales + tall);
    const Range panels((vocabulary + kPanel - 1) / kPanel, omp_get_thread_num(), omp_get_num_threads());
    for (int64_t start = 0; start < rows; start += kTogether) {
      const int64_t count = std::min(kTogether, rows - start);
      const Factor<T> a = factor(hidden + start * width, count, width, space, scales);
      for (int64_t panel = panels.from; panel < panels.to; ++panel) {
        times(count, width, a, table, panel * kPanel, kPanel, sums);
        const int64_t columns = std::min(kPanel, vocabulary - panel * kPanel);
        for (int64_t row = 0; row < count; ++row) {
          std::memcpy(logits + (start + row) * vocabulary + panel * kPanel, sums + row * kPanel, columns * 4);
        }
      }
    }
  }
}

}  // namespace

extern "C" {

// All layers of the decoder and its last norm, in place.
void leafbeam_text(const TextShape* shape, const TextLayer* layers, int64_t count, const Pass* pass, int64_t threads) {
  if (layers->qkv.bits == 16) {
    through<uint16_t>(*shape, layers, count, *pass, threads);
  } else {
    through<std::int8_t>(*shape, layers, count, *pass, threads);
  }
}

// logits (rows, vocabulary) of hidden states (rows + 16, width); the table is packed with columns rounded up to 32.
void leafbeam_head(const uint16_t* hidden, int64_t rows, int64_t width, const Packed* table, int64_t vocabulary,
                   float* logits, int64_t threads) {
  if (table->bits == 16) {
    scores<uint16_t>(hidden, rows, width, *table, vocabulary, logits, threads);
  } else {
    scores<std::int8_t>(hidden, rows, width, *table, vocabulary, logits, threads);
  }
}

}  // extern "C"
