//! What the story says: one plain sentence for each message.

use btx_reference::outbound::{OutboundOutcome, OutboundRequest};

pub(super) const OPENING: &str = "A shop has sold 5000 rutabagas. A farm is to deliver them to 7 Turnip Lane, New Orleans.\n\
     Both are web servers. They share no secret: the farm only knows the shop's address.";

pub(super) const CLOSING: &str = "The shop can use its token until it expires. \
     Nobody had to keep a secret for longer than that.";

/// The sentence before a request.
pub(super) fn before(request: &OutboundRequest) -> &'static str {
    if request.url.ends_with("/btx/token-call") {
        "The shop calls the farm: this is my name, here is a fresh key, send me a token."
    } else if request.url.contains("/btx/") {
        "Anyone could have sent that call. So the farm sends the token to the one URL that the \
         shop has registered, signed with the key of the call."
    } else if has_token(request) {
        "The shop sends its order again, and shows the token."
    } else {
        "The shop sends the order, and cannot show who it is."
    }
}

/// The sentence before its answer.
pub(super) fn after(request: &OutboundRequest, outcome: &OutboundOutcome) -> &'static str {
    let OutboundOutcome::Answered(answer) = outcome else {
        return "No answer comes back.";
    };
    match answer.status {
        401 => "The farm turns it away: it takes orders from its partners, and wants a token.",
        204 if request.url.ends_with("/btx/token-call") => {
            "Only now does the farm bring the token to life, and it says so."
        }
        204 if request.url.contains("/btx/") => {
            "The shop knows this exchange, finds the signature right, keeps the token and accepts."
        }
        204 => "The farm knows who is asking, and agrees to deliver.",
        _ => "That was not to be expected.",
    }
}

fn has_token(request: &OutboundRequest) -> bool {
    request
        .headers
        .iter()
        .any(|(name, _)| *name == "authorization")
}
