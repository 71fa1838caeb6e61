//! HTTP/1.1 as bytes: what was sent and received exactly, also when it is not quite HTTP.

pub mod fields;
pub mod message;
pub mod reader;

pub use fields::Fields;
pub use message::{Request, Response};
pub use reader::{ReadError, Wire};
