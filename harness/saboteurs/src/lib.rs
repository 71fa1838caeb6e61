//! Implementations that each break one requirement, for the harness's tests.
