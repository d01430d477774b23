#pragma once

#include "seinhuis/broker/admission.h"

namespace seinhuis::broker {

inline Refusal no(Code code, std::string text) { return {code, std::move(text), {}, Gate::none}; }

}  // namespace seinhuis::broker
