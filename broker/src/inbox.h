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
  Inbox(std::size_t most_words, std::size_t most_bytes) : most_words_(most_words), most_bytes_(most_bytes) {}

  // False when full; never blocks. The caller then refuses its peer. `bytes` is what the word holds, about.
  [[nodiscard]] bool offer(Word word, std::size_t bytes) {
    {
      const std::scoped_lock lock(mutex_);
      if (words_.size() >= most_words_ || bytes_ + bytes > most_bytes_) return false;
      words_.push_back(std::move(word));
      sizes_.push_back(bytes);
      bytes_ += bytes;
    }
    filled_.notify_one();
    return true;
  }

  // Waits for words and takes up to `most`; empty when stopped or when `patience` has passed.
  std::vector<Word> take(const std::stop_token& stop, std::size_t most, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, stop, patience, [this] { return !words_.empty(); });
    if (words_.size() <= most) {
      bytes_ = 0;
      sizes_.clear();
      return std::exchange(words_, {});
    }
    for (std::size_t n = 0; n < most; ++n) bytes_ -= sizes_[n];
    sizes_.erase(sizes_.begin(), sizes_.begin() + static_cast<std::ptrdiff_t>(most));
    const auto end = words_.begin() + static_cast<std::ptrdiff_t>(most);
    std::vector<Word> taken(std::make_move_iterator(words_.begin()), std::make_move_iterator(end));
    words_.erase(words_.begin(), end);
    return taken;
  }

 private:
  const std::size_t most_words_;
  const std::size_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable_any filled_;
  std::vector<Word> words_;
  std::vector<std::size_t> sizes_;  // of each word
  std::size_t bytes_ = 0;           // of all
};

}  // namespace seinhuis::broker
