#include "output.h"

#include <iostream>

#include "seinhuis/proof/log.h"

namespace seinhuis::tools {

Exit exit_for(const Error& error) {
  switch (error.code) {
    case Errc::refused: return Exit::refused;
    case Errc::unreachable: return Exit::unreachable;
    case Errc::unauthentic:
    case Errc::stale: return Exit::not_authentic;
    case Errc::busy:
    case Errc::full: return Exit::busy;
    case Errc::malformed:
    case Errc::unsupported:
    case Errc::conflict:
    case Errc::absent:
    case Errc::io: return Exit::other;
  }
  return Exit::other;
}

void print(const Json& document) {
  std::cout << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int fail(const Style& style, const Error& error) {
  if (style.json) {
    print({{"error", {{"code", to_string(error.code)}, {"text", error.detail}}}});
  } else {
    std::cerr << "seinhuis: " << error.detail << (error.detail.ends_with('\n') ? "" : "\n");
  }
  return static_cast<int>(exit_for(error));
}

Json value_json(const seal::Value& value) {
  switch (value.type) {
    case seal::ValueType::text: return value.texts[0];
    case seal::ValueType::list: return value.texts;
    case seal::ValueType::file: return {{"media_type", value.texts[0]}, {"size", value.texts[1].size()}};
    case seal::ValueType::pseudonym: return {{"pseudonyms", value.texts}};
    case seal::ValueType::opening: return {{"matches", value.texts == std::vector<std::string>{"matches"}}};
    case seal::ValueType::unavailable: return {{"unavailable", true}};
    default: return nullptr;
  }
}

// Values come from others: nothing in them may move the cursor, change colours or turn the line around.
std::string printable(const std::string& text) {
  std::string safe;
  for (std::size_t n = 0; n < text.size(); ++n) {
    const auto c = static_cast<unsigned char>(text[n]);
    // U+202A..U+202E and U+2066..U+2069 change the direction of what follows
    const bool three = c == 0xE2 && n + 2 < text.size();
    const auto second = three ? static_cast<unsigned char>(text[n + 1]) : 0U;
    const auto third = three ? static_cast<unsigned char>(text[n + 2]) : 0U;
    const bool turns = (second == 0x80 && third >= 0xAA && third <= 0xAE) ||
                       (second == 0x81 && third >= 0xA6 && third <= 0xA9);
    if (turns) {
      safe += '?';
      n += 2;
    } else {
      safe += c < 0x20 || c == 0x7F ? '?' : text[n];
    }
  }
  return safe;
}

std::string value_text(const seal::Value& value) {
  if (value.type == seal::ValueType::empty) return "(leeg)";
  if (value.type == seal::ValueType::opening)
    return value.texts == std::vector<std::string>{"matches"} ? "pseudoniem klopt" : "pseudoniem klopt niet";
  if (value.type == seal::ValueType::unavailable) return "(kon niet gemaakt worden)";
  std::string all;
  for (const std::string& text : value.texts) all += (all.empty() ? "" : "; ") + text;
  return printable(all);
}

Json delivery_json(const client::KeptDelivery& d, const std::string& handle, const std::string& parent) {
  Json fields = Json::object();
  Json withheld = Json::object();
  for (const client::FieldView& field : d.fields) {
    if (field.state == client::FieldView::State::given) {
      for (const auto& [form, value] : field.values) fields[field.field][form] = value_json(value);
    } else {
      const bool sender = field.state == client::FieldView::State::kept_by_sender;
      withheld[field.field] = {{"gate", sender ? Json("sender") : Json(to_string(field.gate))},
                               {"rule", field.rule.empty() ? Json(nullptr) : Json(field.rule)}};
      if (field.state == client::FieldView::State::held) withheld[field.field]["held"] = true;
    }
  }
  return {{"signal", d.message.hex()},
          {"handle", handle},
          {"new", !d.seen},
          {"kind", to_string(d.kind)},
          {"from", d.from},
          {"theme", d.theme},
          {"class", to_string(d.weight)},
          {"purpose", d.purpose},
          {"thread", d.thread.hex()},
          {"parent", parent.empty() ? Json(nullptr) : Json(parent)},
          {"labels", d.labels},
          {"created", utc_text(d.created)},
          {"fields", std::move(fields)},
          {"withheld", std::move(withheld)}};
}

Json receipt_json(const client::KeptSent& sent) {
  const auto accepted = decode_accepted(sent.accepted);
  if (!accepted) return nullptr;
  const auto record = decode_accepted_record(accepted->record);
  const Head& head = accepted->proof.head.head;
  return {{"at", record ? utc_text(record->at) : ""},
          {"leaf", proof::log_leaf(LeafKind::accepted, accepted->salt, accepted->record).hex()},
          {"index", accepted->proof.index},
          {"size", head.size},
          {"head", proof::head_hash(head).hex()}};
}

Json sent_json(const client::KeptSent& sent) {
  using State = client::KeptSent::State;
  Json json{{"signal", sent.message.hex()},
            {"kind", to_string(sent.kind)},
            {"thread", sent.thread.hex()},
            {"created", utc_text(sent.created)},
            {"to", sent.recipients},
            {"state", sent.state == State::queued     ? "queued"
                      : sent.state == State::accepted ? "accepted"
                                                      : "refused"}};
  if (sent.state == State::accepted) json["receipt"] = receipt_json(sent);
  if (sent.state == State::refused) {
    json["error"] = {{"code", to_string(static_cast<Code>(sent.code))},
                     {"text", sent.text},
                     {"rule", sent.rule},
                     {"gate", to_string(sent.gate)}};
  }
  return json;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json step_json(const client::Client::Step& step) {
  const Head& head = step.entry.proof.head.head;
  return {{"at", utc_text(step.entry.at)},
          {"by", step.entry.desk.empty() ? Json("broker") : Json(step.entry.desk)},
          {"status", step.status},
          {"reason", text_or_null(step.reason)},
          {"to", text_or_null(step.next)},
          {"text", text_or_null(step.text)},
          {"proof",
           {{"index", step.entry.proof.index}, {"size", head.size}, {"head", proof::head_hash(head).hex()}}}};
}

Json alarm_json(const client::KeptAlarm& kept) {
  const client::Alarm& alarm = kept.alarm;
  return {{"signal", alarm.message.is_zero() ? Json(nullptr) : Json(alarm.message.hex())},
          {"code", client::to_string(alarm.code)},
          {"text", alarm.text},
          {"at", utc_text(kept.at)},
          {"new", !kept.seen},
          {"acknowledged", kept.acknowledged}};
}

namespace {

// Columns on a screen: UTF-8 continuation bytes take none.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string shortened(const std::string& text, std::size_t limit) {
  if (width(text) <= limit) return text;
  std::string cut;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (begins && width(cut) + 1 >= limit) break;
    cut += c;
  }
  return cut + "…";
}

const char* state_word(client::FieldView::State state) {
  switch (state) {
    case client::FieldView::State::given: return "gekregen";
    case client::FieldView::State::held: return "in de wacht";
    case client::FieldView::State::withheld: return "weggelaten";
    case client::FieldView::State::kept_by_sender: return "door gever weggelaten";
  }
  return "";
}

std::string article_of(const client::FieldView& field) {
  if (field.giving.empty() && field.receiving.empty()) return "-";
  return field.giving == field.receiving ? field.giving : field.giving + " → " + field.receiving;
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows, const Style& style) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t n = 0; n < row.size(); ++n) widths[n] = std::max(widths[n], width(row[n]));
  }
  std::string all;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line = "  ";
    for (std::size_t n = 0; n < rows[r].size(); ++n) {
      line += rows[r][n];
      if (n + 1 < rows[r].size()) line += std::string(widths[n] - width(rows[r][n]) + 2, ' ');
    }
    all += r == 0 && style.colour ? "\033[1m" + line + "\033[0m\n" : line + "\n";
  }
  return all;
}

std::string delivery_table(const client::KeptDelivery& delivery, const Style& style) {
  std::vector<std::vector<std::string>> rows{
      {"veld", "wat", "waarde", "regel", "poort", "grondslag gever → ontvanger"}};
  for (const client::FieldView& field : delivery.fields) {
    std::string what = state_word(field.state);
    std::string shown = "-";
    if (field.state == client::FieldView::State::given) {
      what.clear();
      shown.clear();
      for (const auto& [form, value] : field.values) {
        what += (what.empty() ? "" : ", ") + (form == "exact" ? "exact" : "grover: " + form);
        shown += (shown.empty() ? "" : " | ") + value_text(value);
      }
    }
    const std::string gate = field.state == client::FieldView::State::kept_by_sender ? "sender"
                             : field.gate == Gate::none                              ? "-"
                                                        : std::string(to_string(field.gate));
    rows.push_back({field.field, what, shortened(shown, 44), field.rule.empty() ? "-" : field.rule, gate,
                    shortened(article_of(field), 90)});
  }
  return table(rows, style);
}

std::string plan_table(const policy::Policy& policy, const policy::Facts& facts, const policy::Plan& plan,
                       const Style& style) {
  std::string all;
  for (const policy::Row& row : plan.rows) {
    const auto said = policy::explain(policy, facts, row, style.language);
    all += policy.source().desks[row.desk].name + ": " + std::string(policy::to_string(row.outcome));
    if (row.gate != Gate::none) all += " (" + std::string(to_string(row.gate)) + ")";
    if (row.standby > 0)
      all += " (achtervang " + std::to_string(row.standby) + ": als er geen antwoord komt)";
    all += said.why.empty() ? "\n" : " - " + said.why + "\n";
    std::vector<std::vector<std::string>> rows{{"veld", "wat", "regel", "poort", "waarom"}};
    for (const policy::Cell& cell : row.cells) {
      if (row.outcome == policy::Outcome::refuse) break;
      const auto why = policy::explain(policy, facts, row, cell, style.language);
      std::string what = cell.state == policy::CellState::held ? "in de wacht" : "weggelaten";
      if (cell.state == policy::CellState::given) {
        what.clear();
        for (const std::string& form : policy::form_names(policy, cell.field, cell.forms))
          what += (what.empty() ? "" : ", ") + form;
      }
      rows.push_back({policy.source().fields[cell.field].id, what, why.rule.empty() ? "-" : why.rule,
                      cell.gate == Gate::none ? "-" : std::string(to_string(cell.gate)),
                      shortened(why.why, 90)});
    }
    if (rows.size() > 1) all += table(rows, style);
  }
  return all;
}

namespace {

std::string said_in(const client::Client::Step& step) {
  const std::string text = shortened(printable(step.text), 60);
  if (step.next.empty()) return text.empty() ? "-" : text;
  return "naar " + step.next + (text.empty() ? "" : "; " + text);
}

}  // namespace

std::string steps_table(const std::vector<client::Client::Step>& steps, const Style& style) {
  std::vector<std::vector<std::string>> rows{
      {"wanneer", "wie", "status", "reden", "tekst", "bewijs (blad van log)"}};
  for (const auto& step : steps) {
    rows.push_back(
        {utc_text(step.entry.at), step.entry.desk.empty() ? "broker" : step.entry.desk, step.status,
         step.reason.empty() ? "-" : step.reason, said_in(step),
         std::to_string(step.entry.proof.index) + " van " + std::to_string(step.entry.proof.head.head.size)});
  }
  return table(rows, style);
}

}  // namespace seinhuis::tools
