//! The BTX reference implementation: initiator and issuer, the three roles of OAuth between services, JWTs
//! between services that know each other by their documents alone, and sessions whose keys rotate.
//!
//! It is written to be read, in this order:
//!
//! 1. [`issuer`]: `exchange.rs` is the protocol as the issuer sees it, a pure state machine;
//!    `judge.rs` says which token calls are admitted. [`initiator`] has the same two files for the
//!    other side.
//! 2. `run.rs` of each role drives its state machine; `http.rs` puts it behind a router.
//! 3. [`outbound`], [`store`], [`clock`] and [`random`] are the components that a deployment
//!    exchanges, put together as [`Parts`].
//! 4. [`registration`] and [`control`] change who is registered, and command a role, at run time.
//! 5. [`oauth`] is the other profile: `server/judge.rs` and `resource/judge.rs` decide, and
//!    `client/machine.rs` is the client as a pure state machine.
//! 6. [`jwt`] is the third: `verifier/judge.rs` and `verifier/cache.rs` decide.
//! 7. [`lifecycle`] is the fourth: `ring.rs` and `issuer/judge.rs` decide.
//! 8. [`serve`] runs a router over TLS. The program in `src/cli/` puts it all together.

pub mod clock;
pub mod control;
pub mod duration;
pub mod http;
pub mod initiator;
pub mod issuer;
pub mod jwt;
pub mod lifecycle;
pub mod local_ca;
mod lock;
pub mod metrics;
pub mod oauth;
mod open;
pub mod outbound;
mod parts;
pub mod random;
pub mod registration;
pub mod serve;
pub mod store;

pub use parts::Parts;
