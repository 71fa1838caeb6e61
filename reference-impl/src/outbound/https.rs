//! The outbound client: reqwest, with everything switched off that the protocol forbids.

use std::collections::HashMap;
use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Method, Response, Url};

use super::address::{Network, is_allowed};
use super::nameservers::Nameservers;
use super::resolver::{CheckedResolver, Overrides, Refused, Source};
use super::{Answer, LARGEST_ANSWER, Outbound, OutboundOutcome, OutboundRequest, Reason};

/// How long name, connection and TLS handshake may take together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a connection is kept for the next request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest head of an answer over HTTP/2, in bytes.
const LARGEST_HEAD: u32 = 16 * 1024;

/// The most header fields of an answer over HTTP/1.1.
const MOST_FIELDS: usize = 64;

/// RFC 9110 section 11.6.3.
const AUTHENTICATION_INFO: HeaderName = HeaderName::from_static("authentication-info");

/// Which certificates of other servers are believed.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Whether the trust anchors of the operating system count.
    pub system: bool,
    /// More trust anchors, each a PEM file with one or several certificates.
    pub extra: Vec<Vec<u8>>,
}

impl Trust {
    /// The anchors of the operating system and no others.
    pub fn system() -> Self {
        Self {
            system: true,
            extra: Vec::new(),
        }
    }

    /// The anchors in this PEM text and no others.
    pub fn only(pem: impl Into<Vec<u8>>) -> Self {
        Self {
            system: false,
            extra: vec![pem.into()],
        }
    }
}

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A trust anchor cannot be read.
    #[error("a trust anchor is not a PEM certificate: {0}")]
    Anchor(String),
    /// An override cannot be kept.
    #[error(
        "resolve: {name:?} must be \"host:port\", and its address must have the same port unless that is 443"
    )]
    Override {
        /// The key of the entry.
        name: String,
    },
    /// The name servers cannot be asked.
    #[error("the name servers cannot be asked: {0}")]
    Nameservers(String),
    /// The TLS library refuses.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// Sends requests by HTTPS. Connections are kept open and used again.
pub struct HttpsOutbound {
    client: Client,
    overridden: HashMap<String, Client>,
    public_networks: Arc<[Network]>,
}

impl HttpsOutbound {
    /// A client that believes `trust`, finds names where `resolve` says, and connects to public
    /// addresses and `public_networks` only.
    ///
    /// # Errors
    /// [`SetupError`] when an anchor is no certificate or an override has another form.
    pub fn new(
        trust: &Trust,
        resolve: &Overrides,
        public_networks: Vec<Network>,
    ) -> Result<Self, SetupError> {
        Self::with_nameservers(trust, resolve, public_networks, &[])
    }

    /// Such a client that asks these name servers, for each connection anew; without any, it asks the
    /// operating system.
    ///
    /// # Errors
    /// As [`HttpsOutbound::new`], and when the servers cannot be asked.
    pub fn with_nameservers(
        trust: &Trust,
        resolve: &Overrides,
        public_networks: Vec<Network>,
        nameservers: &[SocketAddr],
    ) -> Result<Self, SetupError> {
        let public_networks: Arc<[Network]> = public_networks.into();
        let client = |source| {
            let resolver = CheckedResolver {
                source,
                public_networks: Arc::clone(&public_networks),
            };
            build_client(trust, resolver)
        };
        let mut overridden = HashMap::new();
        for (name, address) in resolve {
            let port = name
                .rsplit_once(':')
                .and_then(|(_, port)| port.parse::<u16>().ok());
            // The HTTP library keeps a port that the URL names.
            if port.is_none_or(|port| port != 443 && port != address.port()) {
                return Err(SetupError::Override { name: name.clone() });
            }
            overridden.insert(name.to_ascii_lowercase(), client(Source::Fixed(*address))?);
        }
        Ok(Self {
            client: client(names_from(nameservers)?)?,
            overridden,
            public_networks,
        })
    }

    /// The client for this URL, or why there is none.
    fn client_for(&self, url: &Url) -> Result<&Client, String> {
        if url.scheme() != "https" {
            return Err("the URL is not https".to_owned());
        }
        // EX-ISS-005: a literal address never reaches the resolver, so it is judged here.
        let literal = match url.host() {
            Some(url::Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(url::Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(url::Host::Domain(_)) => None,
            None => return Err("the URL has no host".to_owned()),
        };
        if let Some(address) = literal {
            return if is_allowed(address, &self.public_networks) {
                Ok(&self.client)
            } else {
                Err(Refused.to_string())
            };
        }
        let name = format!(
            "{}:{}",
            url.host_str().unwrap_or_default(),
            url.port_or_known_default().unwrap_or(443)
        );
        Ok(self.overridden.get(&name).unwrap_or(&self.client))
    }

    async fn send(&self, method: Method, request: OutboundRequest) -> OutboundOutcome {
        let (deadline, largest) = (request.deadline, request.largest);
        let prepared = Url::parse(&request.url)
            .map_err(|_| UNREADABLE.to_owned())
            .and_then(|url| Ok((self.client_for(&url)?, url)))
            .and_then(|(client, url)| Ok((client, url, header_map(&request)?)));
        let (client, url, headers) = match prepared {
            Ok(prepared) => prepared,
            Err(reason) => return OutboundOutcome::Unreachable(reason),
        };
        let sending = client
            .request(method, url)
            .headers(headers)
            .body(request.body)
            .send();
        match tokio::time::timeout_at(deadline, sending).await {
            Err(_) => OutboundOutcome::NoAnswer("no answer in time".to_owned()),
            Ok(Err(error)) if error.is_connect() => OutboundOutcome::Unreachable(innermost(&error)),
            Ok(Err(error)) => OutboundOutcome::NoAnswer(innermost(&error)),
            Ok(Ok(response)) => {
                OutboundOutcome::Answered(read_answer(response, deadline, largest).await)
            }
        }
    }
}

impl Outbound for HttpsOutbound {
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send(Method::POST, request).boxed()
    }

    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
        self.send(Method::GET, request).boxed()
    }

    fn refuses(&self, url: &str) -> Option<Reason> {
        match Url::parse(url) {
            Ok(url) => self.client_for(&url).err(),
            Err(_) => Some(UNREADABLE.to_owned()),
        }
    }
}

/// What is said of a text that is no URL.
const UNREADABLE: &str = "the URL cannot be read";

fn names_from(nameservers: &[SocketAddr]) -> Result<Source, SetupError> {
    if nameservers.is_empty() {
        return Ok(Source::System);
    }
    let servers = Nameservers::new(nameservers);
    let servers = servers.map_err(|error| SetupError::Nameservers(error.to_string()))?;
    Ok(Source::Nameservers(Arc::new(servers)))
}

fn build_client(trust: &Trust, resolver: CheckedResolver) -> Result<Client, SetupError> {
    let mut anchors = Vec::new();
    for pem in &trust.extra {
        let certificates = Certificate::from_pem_bundle(pem)
            .map_err(|error| SetupError::Anchor(innermost(&error)))?;
        if certificates.is_empty() {
            return Err(SetupError::Anchor("there is none in the file".to_owned()));
        }
        anchors.extend(certificates);
    }
    let builder = Client::builder()
        .https_only(true)
        // HT-ANY-023: a redirect would carry the token, or the key, to a URL that nobody registered.
        .redirect(reqwest::redirect::Policy::none())
        // EX-INI-015, EX-ISS-071: what is sent again, and when, is for the protocol to say.
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        // Shorter than servers keep a quiet connection: one that is about to close is not used.
        .pool_idle_timeout(IDLE_TIMEOUT)
        .tcp_nodelay(true)
        .http1_max_headers(MOST_FIELDS)
        .http2_max_header_list_size(LARGEST_HEAD)
        .dns_resolver(resolver);
    let builder = if trust.system {
        builder.tls_certs_merge(anchors)
    } else {
        builder.tls_certs_only(anchors)
    };
    builder
        .build()
        .map_err(|error| SetupError::Tls(innermost(&error)))
}

fn header_map(request: &OutboundRequest) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| format!("the value of {name} is no header value"))?;
        value.set_sensitive(true);
        headers.append(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

/// The head decides. Of the body, as much as comes in time and fits.
pub async fn read_answer(
    mut response: Response,
    deadline: tokio::time::Instant,
    largest: usize,
) -> Answer {
    let retry_after = text_field(&response, &header::RETRY_AFTER);
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: retry_after.and_then(|text| seconds(&text)),
        location: text_field(&response, &header::LOCATION),
        www_authenticate: text_field(&response, &header::WWW_AUTHENTICATE),
        content_type: list_field(&response, &header::CONTENT_TYPE),
        content_encoding: list_field(&response, &header::CONTENT_ENCODING),
        cache_control: list_field(&response, &header::CACHE_CONTROL),
        age: text_field(&response, &header::AGE),
        authentication_info: fields(&response, &AUTHENTICATION_INFO),
        authorization: fields(&response, &header::AUTHORIZATION),
        body: Bytes::new(),
        cut: true,
    };
    let largest = largest.min(LARGEST_ANSWER);
    let mut body = BytesMut::new();
    let reading = async {
        while let Ok(next) = response.chunk().await {
            let Some(chunk) = next else { return true };
            let room = largest - body.len();
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if chunk.len() > room {
                return false;
            }
        }
        false
    };
    // Too slow is like too long: what has come counts.
    let whole = tokio::time::timeout_at(deadline, reading).await;
    answer.cut = !whole.unwrap_or(false);
    answer.body = Bytes::from(body);
    answer
}

/// A number of seconds, as long as one likes. A date, a sign or a fraction makes the field say nothing.
fn seconds(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn text_field(response: &Response, name: &HeaderName) -> Option<String> {
    let mut fields = response.headers().get_all(name).iter();
    let (Some(only), None) = (fields.next(), fields.next()) else {
        return None;
    };
    only.to_str().ok().map(str::to_owned)
}

/// All fields of this name as one list (RFC 9110 section 5.3), so that none of them is overlooked.
fn list_field(response: &Response, name: &HeaderName) -> Option<String> {
    let fields = fields(response, name);
    (!fields.is_empty()).then(|| fields.join(", "))
}

fn fields(response: &Response, name: &HeaderName) -> Vec<String> {
    let fields = response.headers().get_all(name).iter();
    let text = |field: &header::HeaderValue| String::from_utf8_lossy(field.as_bytes()).into_owned();
    fields.map(text).collect()
}

/// The cause at the bottom of an error, which is what a person wants to know.
fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = deeper.to_string();
        cause = deeper.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_a_number_of_seconds_or_says_nothing() {
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("007"), Some(7));
        assert_eq!(seconds("99999999999999999999999"), Some(u64::MAX));
        for text in [
            "",
            "-1",
            "+5",
            "1.5",
            "5 s",
            "Sun, 22 Nov 2026 12:00:00 GMT",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
