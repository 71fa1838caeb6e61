//! The control of the target, where nobody may find it: on the listener of the protocol.

use super::{Failure, Stop, initiator, registration, registry::steps};
use crate::{target::Channel, wire::Fields, world::World};
use btx_spec::hooks::{HookRequest, Order};
use url::Url;

steps! {
    "an order to get a token is sent to where the protocol is spoken" => |world| {
        let issuer = initiator::as_issuer(world, 0)?;
        let order = Order::Start {
            peer: world.party(0)?.peer.name.clone(),
            issuer: issuer.identifier.clone(),
            token_call: issuer.token_call.to_string(),
        };
        let urls = issuer.token_issue.iter().chain(world.context.target.issuer.iter().flat_map(|i| &i.token_call));
        let origins: Vec<Url> = urls.cloned().collect();
        ask_all(world, order, &origins).await
    }
    "an order to register somebody is sent to where the protocol is spoken" => |world| {
        let stranger = registration::guest(world, 0)?;
        let order = Order::Peers { register: vec![registration::as_initiator(&stranger)], remove: Vec::new() };
        let urls: Vec<Url> = world.issuer()?.token_call.clone();
        ask_all(world, order, &urls).await?;
        // Whoever was registered so could begin an exchange.
        let party = world.invite(0, stranger)?;
        let mut call = world.begin(party)?;
        let answer = call.finish().await.clone();
        world.others.push(call);
        world.orders.push(answer);
        Ok(())
    }
    "no order was carried out" => |world| {
        for other in &world.orders {
            let body: Option<serde_json::Value> = other.response().and_then(|r| serde_json::from_slice(&r.body).ok());
            let obeyed = ["outcome", "registered", "token_sent"].iter().any(|m| body.as_ref().is_some_and(|b| b.get(m).is_some()));
            if obeyed || matches!(other.status(), Some(200..=299)) {
                return Err(Failure::new("a refusal", other.words(), Some(other.event)).into());
            }
        }
        let before = world.initiation.before_control.map_or(0, |s| s.calls);
        let call = initiator::desk(world, 0).ok().and_then(|d| d.calls().first().cloned()).filter(|_| before > 0);
        match call {
            None => Ok(()),
            Some(call) => Err(Failure::new("no token call", "one, by an order that came where the protocol is spoken", Some(call.visit.event)).into()),
        }
    }
}

/// Sends an order to the root of each origin, and to the path that it has at the control.
async fn ask_all(world: &mut World, order: Order, urls: &[Url]) -> Result<(), Stop> {
    let control = world.context.target.control.as_ref();
    let Some(Channel::Http(control)) = control.map(|c| &c.channel) else {
        return Err(Stop::NotExercised(
            "the target is not controlled by HTTP".to_owned(),
        ));
    };
    let mut paths = vec!["/".to_owned(), control.path().to_owned()];
    paths.dedup();
    let body = serde_json::to_vec(&HookRequest { id: 1, order });
    let body = body.map_err(|e| Stop::Harness(e.to_string()))?;
    for url in urls {
        for path in &paths {
            let mut place = url.clone();
            place.set_path(path);
            place.set_query(None);
            let fields = Fields::from([("content-type", "application/json")]);
            let answer = world.ask(&place, "POST", fields, body.clone()).await;
            world.orders.push(answer);
        }
    }
    Ok(())
}
