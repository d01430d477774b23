#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

namespace seinhuis::broker {

// The only thing two threads share. Bounded: a full inbox is the peer's problem, not our memory's.
template <class Word>
class Inbox {
 public:
  explicit Inbox(std::size_t capacity) : capacity_(capacity) {}

  // False when full; never blocks. The caller then refuses its peer.
  [[nodiscard]] bool offer(Word word) {
    {
      const std::scoped_lock lock(mutex_);
      if (words_.size() >= capacity_) return false;
      words_.push_back(std::move(word));
    }
    filled_.notify_one();
    return true;
  }

  // Waits for words and takes up to `most`; empty when stopped or when `patience` has passed.
  std::vector<Word> take(const std::stop_token& stop, std::size_t most, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, stop, patience, [this] { return !words_.empty(); });
    if (words_.size() <= most) return std::exchange(words_, {});
    const auto end = words_.begin() + static_cast<std::ptrdiff_t>(most);
    std::vector<Word> taken(std::make_move_iterator(words_.begin()), std::make_move_iterator(end));
    words_.erase(words_.begin(), end);
    return taken;
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable_any filled_;
  std::vector<Word> words_;
};

}  // namespace seinhuis::broker
