//! What the story says, and which messages it says it about.

use btx_reference::outbound::{Answer, OutboundRequest};

use super::paper::is_own_jwt;

/// One flow.
pub(super) struct Act {
    pub(super) title: &'static str,
    /// Which counter the shop asks.
    pub(super) peer: &'static str,
    pub(super) scenes: &'static [Scene],
}

/// One call of the shop, with everything that it makes others do.
pub(super) struct Scene {
    pub(super) before: &'static str,
    /// Everything that is sent, in this order: from whom, to whom, and where.
    pub(super) messages: &'static [&'static str],
    pub(super) after: &'static str,
}

pub(super) const OPENING: &str = "\
A farm counts its rutabagas, and a shop wants to know the count. Both are web
servers. The farm has never heard of the shop, and they share no secret: the
shop has a key, and publishes the public half of it.";

pub(super) const ACTS: &[Act] = &[
    Act {
        title: "━━ 1. The JWT alone ━━",
        peer: "stock",
        scenes: &[
            Scene {
                before: "The shop signs a JWT: who I am, for whom this is, and until when.",
                messages: &[
                    "shop → stock GET /counter",
                    "stock → shop GET /services/orders.json",
                    "stock → shop GET /services/orders.json/keys",
                ],
                after: "\
The key of the document has signed the JWT. So it is from whoever runs that
address, and the stock shows its counter.",
            },
            Scene {
                before: "The shop asks again, with a JWT of its own for this request.",
                messages: &["shop → stock GET /counter"],
                after: "Nothing was fetched this time: the stock holds document and keys.",
            },
        ],
    },
    Act {
        title: "━━ 2. A token from the resource ━━",
        peer: "barn",
        scenes: &[
            Scene {
                before: "The barn is another resource, and it hands out tokens.",
                messages: &[
                    "shop → barn GET /counter",
                    "barn → shop GET /services/orders.json",
                    "barn → shop GET /services/orders.json/keys",
                ],
                after: "A token came along, in a field that no cache keeps.",
            },
            Scene {
                before: "With it the shop need not sign for each request.",
                messages: &["shop → barn GET /counter"],
                after: "Nothing was signed or fetched: the barn knows its own token.",
            },
        ],
    },
    Act {
        title: "━━ 3. A token from an authorization server ━━",
        peer: "by-server",
        scenes: &[
            Scene {
                before: "\
The barn has a second counter, which leaves the question whom to let in to an
authorization server. The shop does not know that yet, and shows a JWT.",
                messages: &[
                    "shop → barn GET /by-server/counter",
                    "shop → barn GET /.well-known/oauth-protected-resource",
                    "shop → auth GET /.well-known/oauth-authorization-server",
                    "shop → auth POST /oauth/token",
                    "auth → shop GET /services/orders.json",
                    "auth → shop GET /services/orders.json/keys",
                    "shop → barn GET /by-server/counter",
                    "barn → auth GET /oauth/jwks",
                ],
                after: "The token is signed by the server, whose key the barn has fetched.",
            },
            Scene {
                before: "The shop asks again. Its token lives for an hour.",
                messages: &["shop → barn GET /by-server/counter"],
                after: "Nothing was fetched, and nobody but the barn was asked.",
            },
        ],
    },
];

pub(super) const CLOSING: &str = "\
Nobody had to register the shop. What opened each counter is worth nothing in
an hour, and the key has never left the shop.";

/// The sentence before a request.
pub(super) fn before(request: &OutboundRequest, place: &str) -> &'static str {
    let mut fields = request.headers.iter();
    let shown = fields.find(|(name, _)| *name == "authorization");
    let shown = shown.and_then(|(_, value)| value.strip_prefix("Bearer "));
    match place {
        "/services/orders.json" => "Who is that? The JWT says where to read it.",
        "/services/orders.json/keys" => "And with which keys does it sign?",
        "/.well-known/oauth-protected-resource" => {
            "The challenge named the barn's metadata. They are at the barn's own address."
        }
        "/.well-known/oauth-authorization-server" => {
            "They name a server that the shop allows for the barn. Where is it asked?"
        }
        "/oauth/token" => {
            "The shop signs an assertion, for the server alone, and asks for a token."
        }
        "/oauth/jwks" => "Has the server signed this token?",
        // What stands before the scene has said it.
        _ if shown.is_some_and(is_own_jwt) => "",
        _ => "The shop shows its token.",
    }
}

/// The sentence before its answer.
pub(super) fn after(answer: &Answer) -> &'static str {
    match answer.status {
        401 => "Refused, however good it is. The challenge says where to read on.",
        200 if !answer.authentication_info.is_empty() => "The count, and a token for later.",
        200 => "",
        _ => "That was not to be expected.",
    }
}
