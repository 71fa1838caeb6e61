//! A run with failures, against a target that sends what would break a page.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode},
    middleware,
};
use btx_harness::{
    caller::Caller,
    embedded::{self, Alterations},
    known_failures::KnownFailures,
    lab::listener::Lab,
    report::{
        Closing, Opening,
        statement::{self, KnownFailure},
    },
    run::{self, Context, Outcome, Plan},
    scenario::{self, Scenario},
    selection::Selection,
    steps,
    target::{PeerKind, Target},
    verdict::{self, RequirementVerdict, Strictness, Verdict},
};
use btx_spec::catalogue::Catalogue;
use std::{path::Path, time::Duration};

/// What a target may send or call itself, to get out of where it is shown.
const HOSTILE: &str = "</script></pre></svg><script>alert(1)</script> \" ' `x` ]]> &lt; \u{202e}gpj.exe\u{0}\u{1b}[31m\u{85}\u{ffff}";
/// A run that is over, with all that its reports are made from.
pub(crate) struct Run {
    pub(crate) target: Target,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) requirements: Vec<RequirementVerdict>,
    pub(crate) known: KnownFailures,
    pub(crate) reasons: Vec<KnownFailure>,
    pub(crate) catalogue: &'static Catalogue,
}

impl Run {
    pub(crate) fn opening(&self) -> Opening<'_> {
        Opening {
            target: &self.target,
            scenarios: self.outcomes.len(),
            all: 579,
            seed: 7,
            began: "2026-11-22T13:00:00.5Z".parse().unwrap(),
        }
    }

    pub(crate) fn closing(&self, selected: bool) -> Closing<'_> {
        let strictness = Strictness::default();
        let verdict = verdict::of_run(
            &self.outcomes,
            &self.requirements,
            self.catalogue,
            strictness,
            |o| self.known.expects(o),
            false,
        );
        Closing {
            opening: self.opening(),
            verdict,
            outcomes: &self.outcomes,
            requirements: &self.requirements,
            known: &self.known,
            known_failures: &self.reasons,
            stale: &[],
            catalogue: self.catalogue,
            selected,
            uncovered: &[],
            attested: &[],
            took: Duration::from_millis(1234),
            strictness,
        }
    }

    pub(crate) fn has(&self, verdict: Verdict) -> bool {
        let catalogue = self.catalogue;
        let mut verdicts = self
            .outcomes
            .iter()
            .map(|o| verdict::of_scenario(o, catalogue));
        verdicts.any(|v| v == verdict)
    }

    /// The same run, as if only these verdicts had come out.
    pub(crate) fn only(mut self, verdicts: &[Verdict]) -> Self {
        let catalogue = self.catalogue;
        self.outcomes
            .retain(|o| verdicts.contains(&verdict::of_scenario(o, catalogue)));
        self.requirements = verdict::of_requirements(&self.outcomes, catalogue);
        self
    }
}

/// A target that answers token calls wrongly, and with what would break a page.
async fn faulty(mut response: Response<Body>) -> Response<Body> {
    let status = response.status();
    let unseen = HeaderValue::from_static("\"><script>alert(1)</script>");
    response.headers_mut().insert("x-hostile", unseen);
    if status == StatusCode::CONFLICT {
        // A copy of a call is answered as if there were a token: a MUST.
        *response.status_mut() = StatusCode::NO_CONTENT;
    } else if status == StatusCode::BAD_REQUEST {
        // A refusal of another status: a SHOULD.
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        *response.body_mut() = Body::from(format!("{{\"detail\":\"{HOSTILE}\"}}"));
        response.headers_mut().remove("content-length");
    }
    response
}

fn selected(selectors: &[&str]) -> Vec<Scenario> {
    let selection = Selection {
        only: selectors.iter().map(|s| (*s).to_owned()).collect(),
        ..Selection::default()
    };
    selection.select(scenario::all().unwrap()).unwrap()
}

pub(crate) async fn faulty_run(folder: &Path) -> Run {
    let mut running = embedded::start_altered(&Alterations {
        router: Box::new(|_, router| router.layer(middleware::map_response(faulty))),
        ..Alterations::default()
    })
    .await
    .unwrap();
    let sockets = std::mem::take(&mut running.sockets);
    let mut target = running.target.clone();
    target.name = format!("Rutabaga {HOSTILE}");
    target.peers.retain(|p| p.kind != PeerKind::ExpiredCert);
    let caller = Caller::new(&target).unwrap();
    let lab = Lab::open(&target, sockets).await.unwrap();
    let context = Context::new(target.clone(), caller, lab, steps::all().unwrap());
    let scenarios = selected(&[
        "versions.feature",
        "repeats.feature",
        "EX-ISS-018",
        "EX-ISS-082",
        "HT-ANY-041",
    ]);
    let path = folder.join("known.toml");
    let reason = "a <b>gateway</b> does it; see [1](x)";
    let text = format!("[[known_failure]]\nid = \"EX-ISS-016\"\nreason = \"{reason}\"\n");
    std::fs::write(&path, text).unwrap();
    let known = KnownFailures::load(&path, &scenarios).unwrap();
    let plan = Plan {
        scenarios,
        jobs: 16,
        seed: 7,
    };
    let mut outcomes = Vec::new();
    run::run(&context, plan, |outcome| outcomes.push(outcome)).await;
    outcomes.sort_by_key(|o| (o.scenario.file.clone(), o.scenario.line));
    let catalogue = Catalogue::embedded().as_ref().unwrap();
    Run {
        target,
        requirements: verdict::of_requirements(&outcomes, catalogue),
        outcomes,
        known,
        reasons: statement::known_failures(&path).unwrap(),
        catalogue,
    }
}
