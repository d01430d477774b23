#include "fault/kept.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fault/disk.h"
#include "log_store.h"
#include "obligations.h"
#include "seinhuis/base/files.h"
#include "tables.h"

namespace seinhuis::fault {

using test::must;

const simulation::Cast& cast() {
  static const simulation::Cast instance;
  return instance;
}

Kept::Kept(std::size_t map_bytes) : map_bytes_(map_bytes) { open(); }

void Kept::open() {
  store_ = must(store::open_lmdb(folder(), map_bytes_, random_));
  ledger_.emplace(*store_, cast().log_key(), broker::LedgerLimits{});
}

Code Kept::ask(broker::Command command) {
  command.salt = chance_.draw<Hash>();
  return ledger_->commit(world(), {command}, cast().begin()).at(0).code;
}

Code Kept::submit(const broker::Admitted& message) {
  const Code code = ask({broker::Submit{message}, Hash::zero()});
  if (code == Code::ok) acknowledged_.push_back({message.prologue.message, calls().size()});
  return code;
}

std::vector<MessageId> Kept::messages() const {
  std::vector<MessageId> messages;
  for (const Acknowledged& one : acknowledged_) messages.push_back(one.message);
  return messages;
}

void Kept::some_work() {
  (void)submit(message());
  (void)ask({broker::Fetch{simulation::avim, 0, 64}, Hash::zero()});
}

std::string wrong_with(store::Store& store, const std::vector<MessageId>& messages) {
  if (const auto checked = store.check(); !checked) return "check: " + checked.error().detail;
  std::string wrong;
  const auto read = store.read([&](const store::Reader& reader) -> Result<Done> {
    for (const MessageId& message : messages) {
      const auto kept = reader.get(broker::signal_table, message.bytes());
      const auto owed = broker::find_obligation(reader, message, simulation::avim);
      const auto status = reader.scan(broker::status_table, message.bytes(), {}, 1);
      if (!kept || !*kept) wrong = "an acknowledged message is not there";
      if (!owed || !*owed) wrong = "nobody owes an answer to an acknowledged message";
      if (!status || status->empty()) wrong = "its melder cannot read that a message was accepted";
    }
    const auto log = broker::LogReader::open(reader);
    if (!log) return log.error();
    proof::Regrown tree;
    for (std::uint64_t n = 0; n < log->size(); ++n) {
      const auto node = log->node(n);
      if (!node) return node.error();
      tree.add(*node);
    }
    if (log->size() > 0 && tree.root() != log->head().head.root) wrong = "the log is not that of its head";
    return Done{};
  });
  return read ? wrong : "read: " + read.error().detail;
}

namespace {

std::string look_at(const std::filesystem::path& folder, const std::vector<MessageId>& messages,
                    std::uint64_t records) {
  SystemRandom random;
  const auto opened = store::open_lmdb(folder, 1U << 24U, random);
  if (!opened) return "open: " + opened.error().detail;
  std::string wrong = wrong_with(**opened, messages);
  if (!wrong.empty() || records == 0) return wrong;
  return must((*opened)->check()) == records ? "" : "SILENT: records are missing";
}

}  // namespace

std::string wrong_with_image(const Bytes& data, const std::filesystem::path& keys,
                             const std::vector<MessageId>& messages, std::uint64_t records) {
  const test::Folder folder;
  must(write_file(folder.path() / "data.mdb", data, Readers::owner));
  if (std::filesystem::exists(keys)) std::filesystem::copy(keys, folder.path() / "keys");
  std::array<int, 2> ends{};
  require(::pipe(ends.data()) == 0, "a pipe can be made");
  const pid_t child = ::fork();
  if (child == 0) {
    for (const int fatal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE}) (void)std::signal(fatal, SIG_DFL);
    ::alarm(20);
    const std::string said = look_at(folder.path(), messages, records);
    (void)!::write(ends[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said(4096, '\0');
  const ssize_t got = ::read(ends[0], said.data(), said.size());
  ::close(ends[0]);
  said.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? said : "ended";
}

}  // namespace seinhuis::fault
