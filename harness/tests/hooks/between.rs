//! What stands between the harness and the control of the reference, and says what a test wants.

use super::LONG;
use crate::laboratory::{Say, serve};
use btx_harness::{
    caller::{Caller, Outcome as Called, Outgoing, Pace, request_to},
    target::{Channel, Target},
    wire::Fields,
};
use btx_spec::hooks::HookRequest;
use std::sync::Arc;
use url::Url;

/// What stands between the harness and the control of the reference makes of an order.
pub(crate) enum Told {
    /// It carries the order there, and the answer back.
    Truth,
    /// It carries the order there, and says something else when the answer is there.
    Instead(Say),
    /// It carries the order there, and says something else at once.
    AtOnce(Say),
    /// It carries nothing, and says something.
    Only(Say),
}

/// Lets something stand between the harness and the control of the reference.
pub(crate) fn through(
    lie: impl Fn(&HookRequest) -> Told + Send + Sync + 'static,
) -> impl FnOnce(&mut Target) + Send {
    move |target| {
        let caller = Caller::new(target).unwrap();
        let Channel::Http(real) = target.control.as_ref().unwrap().channel.clone() else {
            panic!("the reference is controlled by HTTP");
        };
        let lie = Arc::new(lie);
        let between = serve(move |request| {
            let carried = carry(caller.clone(), real.clone(), request.body.clone());
            let lie = lie.clone();
            async move {
                match lie(&serde_json::from_slice(&request.body).unwrap()) {
                    Told::Truth => Say::response(200, &carried.await),
                    Told::Only(say) => say,
                    Told::AtOnce(say) => {
                        tokio::spawn(carried);
                        say
                    }
                    Told::Instead(say) => {
                        carried.await;
                        say
                    }
                }
            }
        });
        target.control.as_mut().unwrap().channel = Channel::Http(between);
    }
}

/// Takes an order to the control of the reference, and brings what it says.
pub(crate) async fn carry(caller: Caller, url: Url, order: Vec<u8>) -> String {
    let fields = Fields::from([("content-type", "application/json")]);
    let request = request_to(&url, "POST", fields, order);
    let outgoing = Outgoing {
        url,
        request,
        pace: Pace::Whole,
    };
    match caller.call(outgoing, LONG).await {
        Called::Answered(response) => String::from_utf8(response.body).unwrap(),
        other => panic!("the control of the reference: {other:?}"),
    }
}

pub(crate) fn started(id: u64, outcome: &str) -> Say {
    Say::response(200, &format!("{{\"id\":{id},\"outcome\":\"{outcome}\"}}"))
}
