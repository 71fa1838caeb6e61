//! The client's call as a pure machine: what is shown to whom, and where no answer leads.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use btx_reference::jwt::client::machine::{Event, Machine, Memory, Pace, Step};
use btx_reference::jwt::client::{Failure, PeerEntry, Stopped};
use btx_reference::outbound::Answer;
use btx_spec::Identifier;
use bytes::Bytes;
use serde_json::json;

const FARM: &str = "https://farm.example";
const AUTH: &str = "https://auth.example";
const OTHER: &str = "https://other.example";
const TOKEN: &str = "parsnip.598itWPi-JCRwjGH0NHMVB";

fn peer(servers: &[&str]) -> PeerEntry {
    let identifier = |text: &&str| Identifier::parse(text).unwrap();
    PeerEntry {
        name: "farm".to_owned(),
        resource: identifier(&FARM),
        api: Vec::new(),
        servers: servers.iter().map(identifier).collect(),
    }
}

/// A client that is called again and again.
struct Client {
    peer: PeerEntry,
    memory: Memory,
    now: i64,
}

impl Client {
    fn new(servers: &[&str]) -> Self {
        Self {
            peer: peer(servers),
            memory: Memory::default(),
            now: 0,
        }
    }

    /// Every step of one call that is answered so, up to its end.
    fn call(&mut self, answers: &[Answer]) -> Vec<Step> {
        let pace = Pace {
            assumed_lifetime: 60,
            metadata_lifetime: 3600,
        };
        let mut machine = Machine::new(&self.peer, pace);
        let mut steps = vec![machine.on(Event::Begun, &mut self.memory, self.now)];
        for answer in answers {
            let event = Event::Answered(answer.clone());
            steps.push(machine.on(event, &mut self.memory, self.now));
        }
        steps
    }
}

fn status(status: u16) -> Answer {
    Answer {
        status,
        ..Answer::default()
    }
}

fn handing_out(seconds: u64) -> Answer {
    Answer {
        cache_control: Some("no-store".to_owned()),
        authentication_info: vec![format!("access_token=\"{TOKEN}\", expires_in={seconds}")],
        ..status(200)
    }
}

fn challenge(parameters: &str) -> Answer {
    Answer {
        www_authenticate: Some(format!("Bearer realm=\"farm\", {parameters}")),
        ..status(401)
    }
}

fn wants_token() -> Answer {
    challenge(&format!(
        "resource_metadata=\"{FARM}/.well-known/oauth-protected-resource\""
    ))
}

fn body(body: &serde_json::Value) -> Answer {
    Answer {
        body: Bytes::from(body.to_string()),
        ..status(200)
    }
}

fn resource(identifier: &str, servers: &[&str]) -> Answer {
    body(&json!({ "resource": identifier, "authorization_servers": servers }))
}

fn server(issuer: &str) -> Answer {
    body(&json!({ "issuer": issuer, "token_endpoint": format!("{AUTH}/token") }))
}

fn token(text: &str) -> Answer {
    body(&json!({ "access_token": text, "token_type": "Bearer", "expires_in": 600 }))
}

/// A step in one word, with what it shows.
fn word(step: &Step) -> String {
    match step {
        Step::ShowJwt => "jwt".to_owned(),
        Step::ShowToken(token) => format!("token {}", token.expose()),
        Step::FetchResource(url) => format!("fetch {url}"),
        Step::FetchServer(server) => format!("server {server}"),
        Step::Ask { endpoint, .. } => format!("ask {endpoint}"),
        Step::Done(answer) => format!("done {}", answer.status),
        Step::Failed(failure) => format!("failed: {failure}"),
    }
}

fn words(steps: &[Step]) -> Vec<String> {
    steps.iter().map(word).collect()
}

fn why(steps: &[Step]) -> Stopped {
    match steps.last() {
        Some(Step::Failed(Failure::NoToken { why, .. })) => why.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_request_has_a_jwt_where_nothing_is_handed_out() {
    let mut client = Client::new(&[]);
    for _ in 0..2 {
        assert_eq!(words(&client.call(&[status(200)])), ["jwt", "done 200"]);
    }
}

#[test]
fn a_refused_jwt_is_not_followed_by_another() {
    for servers in [&[][..], &[AUTH]] {
        let steps = Client::new(servers).call(&[challenge("error=\"invalid_token\"")]);
        assert_eq!(words(&steps), ["jwt", "done 401"]);
    }
    // Whoever may ask nobody does not look for whom to ask.
    let steps = Client::new(&[]).call(&[wants_token()]);
    assert_eq!(words(&steps), ["jwt", "done 401"]);
}

#[test]
fn a_token_that_was_handed_out_is_shown_as_long_as_it_lives() {
    let mut client = Client::new(&[]);
    let shown = format!("token {TOKEN}");
    assert_eq!(words(&client.call(&[handing_out(60)])), ["jwt", "done 200"]);
    // A second hand-out for a token is against the rules, and prolongs nothing.
    client.now = 50;
    let steps = client.call(&[handing_out(60)]);
    assert_eq!(words(&steps), [shown.as_str(), "done 200"]);
    client.now = 60;
    assert_eq!(words(&client.call(&[])), ["jwt"]);
}

#[test]
fn a_refused_token_is_dropped_and_a_jwt_takes_its_place_once() {
    let mut client = Client::new(&[]);
    client.call(&[handing_out(60)]);
    let steps = client.call(&[status(401), status(401)]);
    let shown = format!("token {TOKEN}");
    assert_eq!(words(&steps), [shown.as_str(), "jwt", "done 401"]);
    assert_eq!(words(&client.call(&[])), ["jwt"]);
}

#[test]
fn a_token_that_came_otherwise_is_ignored() {
    let field = |field: &str| Answer {
        authentication_info: vec![field.to_owned()],
        ..handing_out(60)
    };
    let twice = Answer {
        authentication_info: [
            handing_out(60).authentication_info,
            handing_out(60).authentication_info,
        ]
        .concat(),
        ..handing_out(60)
    };
    let kept_by_caches = Answer {
        cache_control: Some("max-age=60".to_owned()),
        ..handing_out(60)
    };
    let refusal = Answer {
        status: 403,
        ..handing_out(60)
    };
    let cases = [
        field(&format!("access_token=\"{TOKEN}\"")),
        field(&format!("access_token={TOKEN}, expires_in=60")),
        field("access_token=\"\", expires_in=60"),
        handing_out(0),
        handing_out(4000),
        twice,
        kept_by_caches,
        refusal,
    ];
    for answer in cases {
        let mut client = Client::new(&[]);
        client.call(std::slice::from_ref(&answer));
        assert_eq!(words(&client.call(&[])), ["jwt"], "{answer:?}");
    }
}

#[test]
fn the_challenge_leads_to_the_server_and_its_token_serves_again() {
    let mut client = Client::new(&[OTHER, AUTH]);
    let steps = client.call(&[
        wants_token(),
        resource(FARM, &["https://nobody.example", AUTH]),
        server(AUTH),
        token("first"),
        status(200),
    ]);
    let place = format!("fetch {FARM}/.well-known/oauth-protected-resource");
    let ask = format!("ask {AUTH}/token");
    assert_eq!(
        words(&steps),
        ["jwt", &place, "server 1", &ask, "token first", "done 200"]
    );
    client.now = 500;
    assert_eq!(
        words(&client.call(&[status(200)])),
        ["token first", "done 200"]
    );
    // After its end the server is asked, and no JWT shown that would be refused.
    client.now = 600;
    let steps = client.call(&[token("second"), status(200)]);
    assert_eq!(words(&steps), [&ask, "token second", "done 200"]);
    // One further request for a refused one.
    let steps = client.call(&[status(401), token("third"), status(401)]);
    assert_eq!(
        words(&steps),
        ["token second", &ask, "token third", "done 401"]
    );
}

#[test]
fn no_answer_leads_where_the_configuration_does_not_allow() {
    let at = |place: &str| challenge(&format!("resource_metadata=\"{place}\""));
    let cases = [
        (vec![at(&format!("{OTHER}/metadata"))], Stopped::OtherOrigin),
        (vec![at("https://farm.example:444/m")], Stopped::OtherOrigin),
        (vec![at("http://farm.example/m")], Stopped::OtherOrigin),
        (
            vec![wants_token(), status(404)],
            Stopped::NoResourceMetadata,
        ),
        (
            vec![wants_token(), resource("https://farm.example/", &[AUTH])],
            Stopped::OtherResource,
        ),
        (
            vec![wants_token(), resource(FARM, &[OTHER])],
            Stopped::NotAllowed,
        ),
        (
            vec![wants_token(), resource(FARM, &["https://auth.example/"])],
            Stopped::NotAllowed,
        ),
    ];
    for (answers, stopped) in cases {
        assert_eq!(why(&Client::new(&[AUTH]).call(&answers)), stopped);
    }
    let issuer = [wants_token(), resource(FARM, &[AUTH]), server(OTHER)];
    let stopped = why(&Client::new(&[AUTH]).call(&issuer));
    assert!(matches!(stopped, Stopped::Server(_)), "{stopped:?}");
    let history = [challenge(&format!("iss=\"{AUTH}\""))];
    let steps = Client::new(&[AUTH]).call(&history);
    assert_eq!(words(&steps), ["jwt", "done 401"]);
}
