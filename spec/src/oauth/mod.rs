//! OAuth between services: forms, answers, errors, metadata and claims, as messages.
