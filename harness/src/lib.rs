//! The conformance harness of BTX: runs scenarios against an implementation over real HTTPS, and says
//! which sentence of the specification it breaks, and by which bytes.
//!
//! In the order in which a run goes: [`cli`] says what is wanted, [`target`] what is examined,
//! [`scenario`] and [`selection`] by which scenarios. [`run`] takes them side by side through their
//! [`steps`], each in a [`world`] of its own, in which [`caller`] sends to the target, the [`lab`]
//! receives from it, and the [`timeline`] keeps what happened. [`verdict`] judges, [`report`] tells.
//!
//! Four commands need no target. [`requirements`] lists and [`explain`] tells the [`knowledge`] that is inside
//! the binary, [`vectors`] judges what an implementation makes of the test vectors, and [`inspect`] looks at
//! one JWT.

pub mod caller;
pub mod check;
pub mod cli;
pub mod control;
pub mod draft;
pub mod embedded;
pub mod explain;
pub mod hooks;
pub mod init;
pub mod initiation;
pub mod inspect;
pub mod issue_draft;
pub mod jwt_peers;
pub mod knowledge;
pub mod known_failures;
pub mod lab;
mod lenient;
pub mod page;
pub mod peers;
pub mod redact;
pub mod report;
pub mod requirements;
pub mod run;
pub mod scenario;
pub mod selection;
pub mod server_peers;
pub mod session_peers;
pub mod steps;
pub mod target;
pub mod timeline;
pub mod tls_probe;
pub mod vectors;
pub mod verdict;
pub mod wire;
pub mod world;
pub mod world_jwt;
pub mod world_lifecycle;
