//! The BTX reference implementation: initiator and issuer.
