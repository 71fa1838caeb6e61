//! The BTX specification: message types, signature, requirement catalogue, vectors.
