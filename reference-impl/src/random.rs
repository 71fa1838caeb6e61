//! Randomness, as a component, so that tests can repeat a run.

/// Gives bytes that nobody can predict.
///
/// Keys, tokens, exchange ids and status URLs are made from these bytes and from nothing else.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes` completely.
    ///
    /// # Errors
    /// [`RandomError`] when the source has failed. The caller then makes no secret at all.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The source of randomness has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness has failed")]
pub struct RandomError;

/// The randomness of the operating system.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|_| RandomError)
    }
}
