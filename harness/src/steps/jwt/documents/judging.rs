//! What is demanded of how document and keys are fetched.

use crate::{
    lab::{Visit, jwt::DocPlace},
    steps::{Failure, Stop, registry::steps},
    world::World,
};

/// Fields by which somebody proves who it is, or is known again.
const CREDENTIALS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

steps! {
    "nothing was fetched for it" => |world| {
        let desk = &world.published(0)?.desk;
        match desk.all_visits().first() {
            None => Ok(()),
            Some((_, visit)) => Err(fail("nothing is fetched", visit)),
        }
    }
    "nobody has come to the other origin" => |world| {
        let desk = &world.published(0)?.desk;
        match desk.visits(DocPlace::Elsewhere).first() {
            None => Ok(()),
            Some(visit) => Err(fail("no request at another origin", visit)),
        }
    }
    "nobody has asked for a document or for keys" => |world| {
        // Through a handshake that failed nothing can have come, and what has come is a fault.
        let desk = &world.published(0)?.desk;
        match desk.all_visits().first() {
            None => Ok(()),
            Some((_, visit)) => Err(fail("no request", visit)),
        }
    }
    "document and keys were fetched by GET, without credentials" => |world| {
        let desk = &world.published(0)?.desk;
        let (documents, keys) = (desk.visits(DocPlace::Document), desk.visits(DocPlace::Keys));
        if documents.is_empty() || keys.is_empty() {
            return Err(Stop::Control("document or keys were not fetched".to_owned()));
        }
        let is_wrong = |visit: &&Visit| {
            let fields = &visit.request.fields;
            visit.request.method != "GET" || CREDENTIALS.iter().any(|name| fields.get(name).is_some())
        };
        match documents.iter().chain(&keys).find(is_wrong) {
            None => Ok(()),
            Some(visit) => Err(fail("GET, without credentials or cookies", visit)),
        }
    }
    "document and keys were fetched once" => |world| {
        at_most(world, DocPlace::Document, 1)?;
        at_most(world, DocPlace::Keys, 1)
    }
    "the document was fetched once" => |world| {
        at_most(world, DocPlace::Document, 1)
    }
    "it was looked for new keys no more often than once in the interval" => |world| {
        let limits = &world.context.target.limits;
        let since = world.jwt.verifier.since.map_or_else(Default::default, |since| since.elapsed());
        let interval = limits.keys_interval.as_millis().max(1);
        let intervals = usize::try_from(since.as_millis() / interval).unwrap_or(usize::MAX);
        // Once at the beginning, once at once for the first unknown name, and once in each interval since.
        at_most(world, DocPlace::Keys, intervals.saturating_add(2))
    }
}

/// Judges that a place was asked no more often than that.
fn at_most(world: &World, place: DocPlace, most: usize) -> Result<(), Stop> {
    let visits = world.published(0)?.desk.visits(place);
    match visits.get(most) {
        None => Ok(()),
        Some(visit) => {
            let expected = format!("{most} fetches at most");
            let came = format!("{}", visits.len());
            Err(Failure::new(expected, came, Some(visit.event)).into())
        }
    }
}

fn fail(expected: &str, visit: &Visit) -> Stop {
    let came = format!("{} {}", visit.request.method, visit.request.target);
    Failure::new(expected, came, Some(visit.event)).into()
}
