//! The program is killed with SIGKILL in the middle of its exchanges, and started again on its store.
//!
//! That takes away what was in memory. What the operating system has been given to write it still writes:
//! whether the store waits for the disk is not seen from here.

mod calls;
mod farm;
mod initiator;
mod issuer;
mod program;
mod shop;
