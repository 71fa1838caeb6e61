//! The reports about a target that sent these bytes wherever it can send any.
#![no_main]

use btx_fuzz::markup::tags;
use btx_harness::{
    known_failures::KnownFailures,
    report::{
        Closing, Opening,
        html::{self, Wishes},
        junit, statement, terminal, visible,
    },
    run::Outcome,
    scenario::{Scenario, StepText},
    steps::Failure,
    target::{Authority, Claim, Harness, Limits, Target},
    timeline::{Event, What},
    verdict::{self, RunVerdict, Strictness, Verdict},
    wire::{Fields, Request, Response},
};
use btx_spec::catalogue::Catalogue;
use libfuzzer_sys::fuzz_target;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::OnceLock,
    time::Duration,
};

fuzz_target!(|data: &[u8]| {
    // No escape of a target's is one of our own.
    let text = String::from_utf8_lossy(data).replace('\u{1b}', "\u{1b}]0;");
    let hostile = Run::new(&text, data);
    static HARMLESS: OnceLock<Shown> = OnceLock::new();
    let harmless = HARMLESS.get_or_init(|| Run::new("x", b"x").shown());
    let shown = hostile.shown();
    for (kind, of_hostile, of_harmless) in [
        ("page", tags(&shown.page), tags(&harmless.page)),
        ("JUnit", tags(&shown.junit), tags(&harmless.junit)),
    ] {
        let new: BTreeSet<&String> = of_hostile.difference(&of_harmless).collect();
        assert!(new.is_empty(), "{kind}: {new:?} came from the target");
    }
    assert_eq!(shown.page.matches("<script").count(), 1);
    let raw = |text: &str| text.replace("\\<", "").matches('<').count();
    assert_eq!(
        raw(&shown.statement),
        raw(&harmless.statement),
        "{}",
        shown.statement
    );
    check_plain("page", &shown.page);
    check_plain("statement", &shown.statement);
    check_plain("JUnit", &shown.junit);
    check_plain(
        "terminal",
        &without_styles(&shown.terminal, &harmless.terminal),
    );
});

/// Nothing that a terminal obeys, or that hides.
fn check_plain(kind: &str, text: &str) {
    assert_eq!(visible(text), text, "{kind}");
}

/// A text without the styles that another one has.
fn without_styles(text: &str, model: &str) -> String {
    let mut plain = text.to_owned();
    let styles = model.split('\u{1b}').skip(1);
    let styles: BTreeSet<&str> = styles
        .filter_map(|s| s.find('m').map(|end| &s[..=end]))
        .collect();
    for style in styles {
        plain = plain.replace(&format!("\u{1b}{style}"), "");
    }
    plain
}

/// A run with one outcome.
struct Run {
    target: Target,
    outcomes: [Outcome; 1],
}

/// What its reports show.
struct Shown {
    page: String,
    junit: String,
    statement: String,
    terminal: String,
}

impl Run {
    fn new(text: &str, body: &[u8]) -> Self {
        let fields = || Fields::from([("x-hostile", text), (text, "x")]);
        let request = Request {
            method: text.to_owned(),
            target: text.to_owned(),
            fields: fields(),
            body: body.to_vec(),
        };
        let response = Response {
            status: 400,
            fields: fields(),
            body: body.to_vec(),
        };
        let happened = [
            What::Request(format!("https://b1.example/{text}"), request),
            What::Response(response),
            What::Note(text.to_owned()),
            What::Heading(text.to_owned()),
        ];
        let event = |what| Event {
            at: Duration::ZERO,
            from: "b1".to_owned(),
            to: "target".to_owned(),
            what,
        };
        let outcome = Outcome {
            scenario: scenario(),
            verdict: Verdict::Failed,
            reason: text.to_owned(),
            step: Some(0),
            failure: Some(Failure::new(format!("400, not {text}"), text, Some(1))),
            took: Duration::ZERO,
            late: Some(text.to_owned()),
            events: happened.map(event).to_vec(),
        };
        Self {
            target: target(text),
            outcomes: [outcome],
        }
    }

    fn shown(&self) -> Shown {
        let catalogue = Catalogue::embedded().as_ref().unwrap();
        let requirements = verdict::of_requirements(&self.outcomes, catalogue);
        let closing = Closing {
            opening: Opening {
                target: &self.target,
                scenarios: 1,
                all: 1,
                seed: 7,
                began: jiff::Timestamp::UNIX_EPOCH,
            },
            verdict: RunVerdict::NotConformant,
            outcomes: &self.outcomes,
            requirements: &requirements,
            known: &KnownFailures::default(),
            known_failures: &[],
            stale: &[],
            catalogue,
            selected: false,
            uncovered: &[],
            attested: &[],
            took: Duration::ZERO,
            strictness: Strictness::default(),
        };
        Shown {
            page: html::page(&closing, &Wishes::default()),
            junit: junit::xml(&closing).unwrap(),
            statement: statement::statement(&closing),
            terminal: terminal::failure(&self.outcomes[0], Verdict::Failed, catalogue),
        }
    }
}

fn scenario() -> Scenario {
    Scenario {
        file: "features/x.feature".to_owned(),
        line: 1,
        feature: "F".to_owned(),
        name: "S".to_owned(),
        tags: vec!["issuer".to_owned()],
        requirements: vec!["EX-ISS-014".parse().unwrap()],
        steps: vec![StepText {
            keyword: "Then".to_owned(),
            text: "it ends".to_owned(),
        }],
    }
}

fn target(name: &str) -> Target {
    Target {
        name: name.to_owned(),
        claims: vec![Claim::ExchangeIssuer],
        limits: Limits::default(),
        issuer: None,
        initiator: None,
        control: None,
        connect: BTreeMap::default(),
        harness: Harness {
            listen: (Ipv4Addr::LOCALHOST, 1).into(),
            dns: None,
            public_networks: Vec::new(),
            canaries: Vec::new(),
            authority: Authority {
                certificate: String::new(),
                key: String::new(),
            },
        },
        peers: Vec::new(),
        oauth: btx_harness::target::oauth::Oauth::default(),
        jwt: btx_harness::target::jwt::Jwt::default(),
        lifecycle: btx_harness::target::lifecycle::Lifecycle::default(),
        trust: Vec::new(),
        plain_http: false,
    }
}
