// tree_search: Unbalanced Tree Search: how many nodes a tree has whose every node says, by a hash, how many children it has.
//
// Source: Olivier, Huan, Liu, Prins, Dinan, Sadayappan, Tseng, LCPC 2006. The geometric tree T1 of its sample trees: expected branching 4,
// seed 19, depth limit 10: 4,130,071 nodes. `size` is the depth limit. A goroutine a node; nobody waits for children.
#pragma once
#include "bench/harness/workload.hpp"
#include "core/go.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cmath>

namespace stealyard::bench::tree_search {

// SHA-1 of 20 or 24 bytes, given as words: one block. Plain, and the same in the Go peer, so that the hash costs both the same.
using state = std::array<std::uint32_t, 5>;

template <std::size_t Words>
state sha1(const std::array<std::uint32_t, Words>& message) noexcept {
  std::uint32_t w[80];
  for (std::size_t i = 0; i != 16; ++i) w[i] = i < Words ? message[i] : 0;
  w[Words] = 0x80000000u;
  w[15] = static_cast<std::uint32_t>(Words * 32);
  for (std::size_t i = 16; i != 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  constexpr state start{0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};
  auto [a, b, c, d, e] = start;
  for (std::size_t i = 0; i != 80; ++i) {
    const std::uint32_t f = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999u
                            : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1u
                            : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcu
                                     : (b ^ c ^ d) + 0xca62c1d6u;
    const std::uint32_t next = std::rotl(a, 5) + f + e + w[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  return {start[0] + a, start[1] + b, start[2] + c, start[3] + d, start[4] + e};
}

inline constexpr std::uint32_t seed = 19;
inline constexpr double branching = 4;
inline constexpr unsigned most_children = 100;

inline state root() noexcept { return sha1(state{0, 0, 0, 0, seed}); }
inline state child(const state& parent, std::uint32_t number) noexcept {
  return sha1(std::array<std::uint32_t, 6>{parent[0], parent[1], parent[2], parent[3], parent[4], number});
}
inline unsigned children(const state& node, std::uint64_t depth, std::uint64_t limit) noexcept {
  if (depth >= limit) return 0;
  const double u = static_cast<double>(node[4] & 0x7fffffffu) / 2147483648.0;
  const double drawn = std::floor(std::log(1 - u) / std::log(1 - 1 / (1 + branching)));
  return drawn < most_children ? static_cast<unsigned>(drawn) : most_children;
}

inline std::uint64_t count(const state& node, std::uint64_t depth, std::uint64_t limit) noexcept {
  std::uint64_t nodes = 1;
  const unsigned n = children(node, depth, limit);
  for (unsigned i = 0; i != n; ++i) nodes += count(child(node, i), depth + 1, limit);
  return nodes;
}

// Counters on lines of their own: who counts where follows from the node.
struct search {
  struct alignas(128) stripe {
    std::atomic<std::uint64_t> nodes{0};
  };
  std::array<stripe, 64> visited;
  wait_group left;
  std::uint64_t limit;

  void visit(const state& node, std::uint64_t depth) {
    visited[node[0] % visited.size()].nodes.fetch_add(1, std::memory_order::relaxed);
    const unsigned n = children(node, depth, limit);
    if (n != 0) left.add(n);
    for (unsigned i = 0; i != n; ++i) {
      go([this, next = child(node, i), depth] { visit(next, depth + 1); });
    }
    left.done();
  }
};

// As published for the depth limit of T1, counted by one thread for others.
inline std::uint64_t nodes_within(std::uint64_t limit) {
  constexpr std::uint64_t t1_limit = 10, t1_nodes = 4'130'071;
  return limit == t1_limit ? t1_nodes : count(root(), 0, limit);
}

inline run_outcome run(std::uint64_t size, random_source&) {
  const std::uint64_t expected = nodes_within(size);
  search s{.visited = {}, .left = {}, .limit = size};
  s.left.add(1);
  const stopwatch watch;
  s.visit(root(), 0);
  s.left.wait();
  const double elapsed = watch.ns();
  std::uint64_t got = 0;
  for (const auto& one : s.visited) got += one.nodes.load(std::memory_order::relaxed);
  return {.elapsed_ns = elapsed, .operations = expected, .expected = std::to_string(expected), .got = std::to_string(got)};
}

inline workload row() {
  return {.name = "tree_search",
          .default_size = 6,
          .most_size = 12,
          .uses = {"run_queue", "idle", "victim", "parker"},
          .needs = {},
          .about = "unbalanced tree search (UTS, geometric tree T1), a goroutine a node; ns a node; size: depth limit (10: as published)",
          .run = &run};
}

}  // namespace stealyard::bench::tree_search
