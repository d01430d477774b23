#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "seinhuis/client/client.h"
#include "seinhuis/policy/explain.h"

// What the commands print: one JSON document, or text for a person.
namespace seinhuis::tools {

using Json = nlohmann::ordered_json;

// Exit codes are part of the interface.
enum class Exit : int {
  done = 0,
  other = 1,
  usage = 2,
  refused = 3,
  unreachable = 4,
  not_authentic = 5,
  busy = 6
};
Exit exit_for(const Error& error);

struct Style {
  bool json = false;
  bool colour = false;  // standard output is a terminal
  policy::Language language = policy::Language::nl;
};

void print(const Json& document);
// {"error":{"code","text"}} on standard output with --json, else the text on standard error. Gives the exit
// code.
int fail(const Style& style, const Error& error);

Json value_json(const seal::Value& value);
std::string value_text(const seal::Value& value);
// `handle`: what other systems call the message and the one it is about (Profile::handle).
Json delivery_json(const client::KeptDelivery& delivery, const std::string& handle,
                   const std::string& parent);
Json sent_json(const client::KeptSent& sent);
Json receipt_json(const client::KeptSent& sent);
Json text_or_null(const std::string& text);
Json step_json(const client::Client::Step& step);
Json alarm_json(const client::KeptAlarm& kept);
// The text without anything that moves a cursor, changes colours or turns a line around.
std::string printable(const std::string& text);

// A table with a header; cells may hold wide characters; the last column wraps nowhere.
std::string table(const std::vector<std::vector<std::string>>& rows, const Style& style);
// One delivery as a jurist reads it: field, what it got, value, rule, article, gate.
std::string delivery_table(const client::KeptDelivery& delivery, const Style& style);
// A plan as it is shown before sending.
std::string plan_table(const policy::Policy& policy, const policy::Facts& facts, const policy::Plan& plan,
                       const Style& style);
std::string steps_table(const std::vector<client::Client::Step>& steps, const Style& style);

}  // namespace seinhuis::tools
