//! Client ids that are none, and those that lead where nobody should go.

use super::super::{
    token::Token,
    verifier::{facts, show},
};
use crate::{
    lab::jwt::{Host, Published},
    steps::{Stop, calls::unknown, registry::steps},
    target::PeerKind,
    world::World,
};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use url::Url;

steps! {
    "it asks to be let in under its client id {words}" => |world, words| {
        let client = world.published(0)?;
        let id = misspelt(client, &words).ok_or_else(|| unknown("spelling", &words))?;
        let said = id.clone();
        client.desk.alter_document(move |members| {
            members.insert("client_id".to_owned(), json!(said));
        });
        under(world, &id).await
    }
    "it asks to be let in under a client id at {words}" => |world, words| {
        let canaries = world.watch_canaries().await?;
        let id = at_a_canary(&canaries, &words)?;
        under(world, &id).await
    }
    "a client whose server has {words}" => |world, words| {
        let kind = match words.as_str() {
            "an expired certificate" => PeerKind::ExpiredCert,
            "a certificate that it signed itself" => PeerKind::SelfSigned,
            "a certificate for another name" => PeerKind::WrongName,
            "a certificate of an authority that nobody knows" => PeerKind::OtherCa,
            _ => return Err(unknown("certificate", &words)),
        };
        world.publish(Host::Faulty(kind)).await?;
        // The one that the scenario is about is the first.
        world.jwt.clients.reverse();
        Ok(())
    }
    "a client at a host with a name that leads to {words}" => |world, words| {
        world.publish(Host::Named).await?;
        world.jwt.clients.reverse();
        let public = world.context.target.harness.listen.ip();
        let canaries = world.watch_canaries().await?;
        let of = |kind: fn(&SocketAddr) -> bool| {
            let found = canaries.iter().find(|address| kind(address));
            found.map(SocketAddr::ip).ok_or_else(|| unwatched(&words))
        };
        let leads = match words.as_str() {
            "an address of loopback" => vec![vec![of(SocketAddr::is_ipv4)?]],
            "the IPv6 address of loopback" => vec![vec![of(SocketAddr::is_ipv6)?]],
            "an address of loopback within an IPv6 address" => vec![vec![mapped(of(SocketAddr::is_ipv4)?)]],
            "a public address for the document, and one of loopback from then on" => {
                vec![vec![public], vec![of(SocketAddr::is_ipv4)?]]
            }
            _ => return Err(unknown("place", &words)),
        };
        let name = name(world.published(0)?)?;
        world.context.lab.names().lead(&name, leads);
        Ok(())
    }
    "its name was looked up" => |world| {
        let name = name(world.published(0)?)?;
        match world.context.lab.names().asked(&name) {
            0 => Err(Stop::NotExercised("the target has not asked the lab's name server, [harness] dns".to_owned())),
            _ => Ok(()),
        }
    }
}

/// Shows a JWT of a client that says to have that client id.
async fn under(world: &mut World, id: &str) -> Result<(), Stop> {
    let mut facts = facts(world, 0)?;
    id.clone_into(&mut facts.client);
    let jwt = Token::faultless(&facts).text()?;
    show(world, &jwt).await
}

/// A client id that a parser of URLs makes the right one of.
fn misspelt(client: &Published, words: &str) -> Option<String> {
    let id = &client.id;
    let (origin, path) = id.strip_prefix("https://")?.split_once('/')?;
    let (segment, last) = path.split_once('/')?;
    Some(match words {
        "with a query" => format!("{id}?v=2"),
        "with an empty query" => format!("{id}?"),
        "with a fragment" => format!("{id}#key"),
        "with user information" => format!("https://orders@{origin}/{path}"),
        "with dot segments" => format!("https://{origin}/{segment}/a/../{last}"),
        "with a dot segment that is encoded" => format!("https://{origin}/{segment}/%2e/{last}"),
        "with its scheme in capital letters" => format!("HTTPS://{origin}/{path}"),
        "without https" => format!("http://{origin}/{path}"),
        "with a space before it" => format!(" {id}"),
        "of 513 characters" => {
            let more = "a".repeat(513_usize.saturating_sub(id.len() + 1));
            format!("https://{origin}/{segment}/{more}/{last}")
        }
        _ => return None,
    })
}

fn at_a_canary(canaries: &[SocketAddr], words: &str) -> Result<String, Stop> {
    let find = |kind: fn(&SocketAddr) -> bool| {
        let found = canaries.iter().find(|address| kind(address));
        found.copied().ok_or_else(|| unwatched(words))
    };
    let host = match words {
        "an address of loopback" => find(SocketAddr::is_ipv4)?.to_string(),
        "the IPv6 address of loopback" => find(SocketAddr::is_ipv6)?.to_string(),
        "an address of loopback within an IPv6 address" => {
            let address = find(SocketAddr::is_ipv4)?;
            SocketAddr::new(mapped(address.ip()), address.port()).to_string()
        }
        _ => return Err(unknown("place", words)),
    };
    Ok(format!("https://{host}/client.json"))
}

fn mapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => Ipv4Addr::to_ipv6_mapped(&address).into(),
        IpAddr::V6(_) => address,
    }
}

fn unwatched(words: &str) -> Stop {
    Stop::NotExercised(format!("[harness] canaries has not {words}"))
}

/// The name of the host of a client.
fn name(client: &Published) -> Result<String, Stop> {
    let url = Url::parse(&client.id).ok();
    let name = url.and_then(|url| url.host_str().map(str::to_owned));
    name.ok_or_else(|| Stop::Harness("a client without a host".to_owned()))
}
