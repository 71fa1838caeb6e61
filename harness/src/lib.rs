//! btx: runs the BTX conformance scenarios against any implementation.
