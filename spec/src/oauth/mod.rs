//! OAuth between services: forms, scopes, answers, errors, metadata, challenges and client
//! authentication by the scheme `Basic`, as data.
//!
//! Who may have what is not decided here.

mod answer;
pub mod basic;
pub mod challenge;
mod error;
pub mod form;
mod introspection;
mod members;
mod metadata;
mod scope;
mod token;

pub use answer::TokenAnswer;
pub use error::{ErrorAnswer, OauthError, ToldError};
pub use introspection::Introspection;
pub use metadata::{RESOURCE_SUFFIX, ResourceMetadata, SERVER_SUFFIX, ServerMetadata, well_known};
pub use scope::{Scope, ScopeFault};
pub use token::AccessToken;
