//! `btx jwt inspect`: what a service JWT says, what its client publishes, and which rules are kept: what
//! somebody wants to know to whom a 401 says nothing.

mod fetch;
mod finding;
mod inspection;
mod orders;
mod published;
mod telling;
mod token;

pub use finding::Kind;
pub use orders::{Options, Order};

use crate::{
    check::NoVerdict,
    page::{self, Page},
};
use inspection::Inspection;

/// Runs a command about JWTs.
///
/// # Errors
/// When a file cannot be read, or an option means nothing.
pub async fn jwt(order: &Order) -> Result<u8, NoVerdict> {
    let Order::Inspect(options) = order;
    let means = options.means()?;
    let inspection = Inspection::of(&means).await;
    let text = if options.json {
        telling::json(&inspection)?
    } else {
        telling::text(&inspection, Page::of_stdout())
    };
    page::print(&text)?;
    Ok(inspection.exit())
}
