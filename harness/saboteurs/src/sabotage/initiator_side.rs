//! What only saboteurs of the initiator are made of: token issues that come in, and token calls, polls and
//! calls of APIs that go out.

use super::Sabotage;
use crate::{
    diary::{Diary, Entry, is_api, text},
    message::{Asked, Members, Told, sound_members},
    outbound::{Getting, Posting},
};
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::{ProblemType, TokenIssue};
use bytes::Bytes;
use futures::future::BoxFuture;

impl Sabotage {
    /// Keeps a diary: of calls as they leave when this is added first, and of the token issues that the
    /// reference accepts.
    #[must_use]
    pub fn keeping(self, diary: &Diary) -> Self {
        let (paths, calls) = (diary.clone(), diary.clone());
        let (polls, issues) = (diary.clone(), diary.clone());
        self.initiator_config(move |config| {
            for issuer in &config.issuers {
                paths.note_path(issuer.identifier.as_str(), issuer.receives.as_str());
            }
        })
        .posting(move |inner, request| {
            let diary = calls.clone();
            Box::pin(async move {
                diary.note_call(&request);
                let outcome = inner.post(request.clone()).await;
                diary.note_outcome(&request, &outcome);
                outcome
            })
        })
        .getting(move |inner, request| {
            let diary = polls.clone();
            Box::pin(async move {
                let url = request.url.clone();
                let outcome = inner.get(request).await;
                if !is_api(&url) {
                    diary.note_poll(&url, &outcome);
                }
                outcome
            })
        })
        .issue_verdicts(move |asked, told| {
            if told.is(204) {
                issues.note_issue(&asked.body);
            }
        })
    }

    /// Alters token issues before the reference sees them.
    #[must_use]
    pub fn arriving(self, alter: impl Fn(&mut Asked) + Send + Sync + 'static) -> Self {
        self.asked(move |asked| {
            if asked.is_issue() {
                alter(asked);
            }
        })
    }

    /// Alters the members of token issues before the reference sees them.
    #[must_use]
    pub fn arriving_members(self, alter: impl Fn(&mut Members) + Send + Sync + 'static) -> Self {
        self.arriving(move |issue| issue.edit(&alter))
    }

    /// Puts a right token issue in the place of one, where `read` makes one of its members, whatever they
    /// are, and of the exchange that they name.
    #[must_use]
    pub fn reading_issues(
        self,
        read: impl Fn(&Entry, &Members) -> Option<Bytes> + Send + Sync + 'static,
    ) -> Self {
        let diary = Diary::default();
        self.keeping(&diary).arriving(move |issue| {
            let right = sound_members(&issue.body).and_then(|members| {
                let of_ours = text(&members, "version") == btx_spec::VERSION;
                let entry = diary
                    .by_id(text(&members, "exchange_id"))
                    .filter(|_| of_ours)?;
                read(&entry, &members)
            });
            if let Some(right) = right {
                issue.body = right;
            }
        })
    }

    /// The same of token issues that are of their form.
    #[must_use]
    pub fn judging_issues(
        self,
        judge: impl Fn(&Entry, &TokenIssue) -> Option<Bytes> + Send + Sync + 'static,
    ) -> Self {
        let diary = Diary::default();
        self.keeping(&diary).arriving(move |arrived| {
            let sound =
                sound_members(&arrived.body).and_then(|_| TokenIssue::parse(&arrived.body).ok());
            let right = sound.and_then(|issue| {
                let entry = diary.by_id(issue.exchange_id.as_str())?;
                judge(&entry, &issue)
            });
            if let Some(right) = right {
                arrived.body = right;
            }
        })
    }

    /// Alters the answers to token issues.
    #[must_use]
    pub fn issue_verdicts(self, alter: impl Fn(&Asked, &mut Told) + Send + Sync + 'static) -> Self {
        self.told(move |asked, told| {
            if asked.is_issue() {
                alter(asked, told);
            }
        })
    }

    /// Refuses some token issues in the place of the reference.
    #[must_use]
    pub fn refusing_issues(
        self,
        problem: ProblemType,
        which: impl Fn(&Asked) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.instead(move |asked| {
            (asked.is_issue() && which(asked)).then(|| Told::refusal(problem))
        })
    }

    /// Alters token calls before they leave.
    #[must_use]
    pub fn sending(self, alter: impl Fn(&mut OutboundRequest) + Send + Sync + 'static) -> Self {
        self.issues(alter)
    }

    /// Alters the members of token calls before they leave.
    #[must_use]
    pub fn sending_members(self, alter: impl Fn(&mut Members) + Send + Sync + 'static) -> Self {
        self.issue_members(alter)
    }

    /// Makes something else of the answers to token calls.
    #[must_use]
    pub fn outcomes(
        self,
        read: impl Fn(&OutboundRequest, OutboundOutcome) -> OutboundOutcome + Send + Sync + 'static,
    ) -> Self {
        self.issue_answers(read)
    }

    /// Brings token calls to their outcomes in a way of its own.
    #[must_use]
    pub fn posting<F>(self, post: F) -> Self
    where
        F: for<'a> Fn(&'a dyn Outbound, OutboundRequest) -> BoxFuture<'a, OutboundOutcome>
            + Send
            + Sync
            + 'static,
    {
        self.courier(Posting(post))
    }

    /// Brings polls and calls of APIs to their outcomes in a way of its own.
    #[must_use]
    pub fn getting<F>(self, get: F) -> Self
    where
        F: for<'a> Fn(&'a dyn Outbound, OutboundRequest) -> BoxFuture<'a, OutboundOutcome>
            + Send
            + Sync
            + 'static,
    {
        self.courier(Getting(get))
    }

    /// Alters polls and calls of APIs before they leave.
    #[must_use]
    pub fn gets(self, alter: impl Fn(&mut OutboundRequest) + Send + Sync + 'static) -> Self {
        self.getting(move |inner, mut request| {
            alter(&mut request);
            inner.get(request)
        })
    }
}
