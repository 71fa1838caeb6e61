//! Names that a name server of the configuration knows: a real one, on a socket of this machine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use btx_reference::local_ca::LocalCa;
use btx_reference::outbound::{
    HttpsOutbound, Outbound, OutboundOutcome, OutboundRequest, Overrides, Trust,
};
use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA};
use hickory_proto::rr::{RData, Record, RecordType};
use tokio::time::Instant;

/// How long the answers may be kept by whoever likes to, in seconds.
const TTL: u32 = 300;

/// A name server that gives each question for IPv4 addresses the next of its answers.
struct NameServer {
    address: SocketAddr,
    /// The names that IPv4 addresses were asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    /// The last answer is given again and again; IPv6 addresses are always these.
    fn start(mut v4: Vec<Vec<&'static str>>, v6: Vec<&'static str>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        std::thread::spawn(move || {
            let mut packet = [0; 4096];
            // It ends with the process.
            while let Ok((length, asker)) = socket.recv_from(&mut packet) {
                let mut message = Message::from_vec(&packet[..length]).unwrap();
                let question = message.queries[0].clone();
                let addresses = if question.query_type() == RecordType::A {
                    noted.lock().unwrap().push(question.name().to_string());
                    let next = v4[0].clone();
                    if v4.len() > 1 {
                        v4.remove(0);
                    }
                    next
                } else {
                    v6.clone()
                };
                message.metadata.message_type = MessageType::Response;
                message.metadata.response_code = ResponseCode::NoError;
                for address in addresses {
                    let data = match address.parse().unwrap() {
                        IpAddr::V4(address) => RData::A(A(address)),
                        IpAddr::V6(address) => RData::AAAA(AAAA(address)),
                    };
                    let name = question.name().clone();
                    message.add_answer(Record::from_rdata(name, TTL, data));
                }
                let _ = socket.send_to(&message.to_vec().unwrap(), asker);
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// A client that asks it.
    fn client(&self, ca: &LocalCa, public: &[&str]) -> HttpsOutbound {
        let trust = Trust::only(ca.pem());
        let public = public.iter().map(|network| network.parse().unwrap());
        let servers = [self.address];
        let resolve = Overrides::new();
        HttpsOutbound::with_nameservers(&trust, &resolve, public.collect(), &servers).unwrap()
    }
}

/// A server for `peer.test` that answers each connection once with 204, and closes it.
fn peer(ca: &LocalCa) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut tls = (*ca.issue(&["peer.test"]).unwrap()).clone();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let tls = Arc::new(tls);
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let session = rustls::ServerConnection::new(tls.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(session, socket.unwrap());
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    port
}

async fn get(client: &HttpsOutbound, port: u16) -> OutboundOutcome {
    let url = format!("https://peer.test:{port}/");
    let soon = Instant::now() + Duration::from_secs(10);
    client.get(OutboundRequest::bare(url, soon)).await
}

fn is_refused(outcome: &OutboundOutcome) -> bool {
    matches!(outcome, OutboundOutcome::Unreachable(reason) if reason.contains("special use"))
}

fn is_answered(outcome: &OutboundOutcome) -> bool {
    matches!(outcome, OutboundOutcome::Answered(answer) if answer.status == 204)
}

#[tokio::test]
async fn a_name_with_a_special_address_is_refused_unless_it_is_public() {
    let ca = LocalCa::new("laboratory").unwrap();
    let port = peer(&ca);
    let server = NameServer::start(vec![vec!["127.0.0.1"]], Vec::new());
    let outcome = get(&server.client(&ca, &[]), port).await;
    assert!(is_refused(&outcome), "{outcome:?}");
    let outcome = get(&server.client(&ca, &["127.0.0.1"]), port).await;
    assert!(is_answered(&outcome), "{outcome:?}");
    // The whole name and nothing but the name, whatever search domains this machine has.
    assert_eq!(server.asked(), ["peer.test.", "peer.test."]);
}

#[tokio::test]
async fn one_special_address_refuses_all() {
    let ca = LocalCa::new("laboratory").unwrap();
    let port = peer(&ca);
    for (v4, v6) in [
        (vec!["127.0.0.1", "10.0.0.5"], vec![]),
        (vec!["127.0.0.1"], vec!["::1"]),
        (vec![], vec!["fd00::1"]),
    ] {
        let server = NameServer::start(vec![v4.clone()], v6.clone());
        let outcome = get(&server.client(&ca, &["127.0.0.1"]), port).await;
        assert!(is_refused(&outcome), "{v4:?} {v6:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_name_is_looked_up_for_each_connection() {
    let ca = LocalCa::new("laboratory").unwrap();
    let port = peer(&ca);
    let first_here_then_there = vec![vec!["127.0.0.1"], vec!["127.0.0.2"]];
    let server = NameServer::start(first_here_then_there, Vec::new());
    let client = server.client(&ca, &["127.0.0.1"]);
    let outcome = get(&client, port).await;
    assert!(is_answered(&outcome), "{outcome:?}");
    let outcome = get(&client, port).await;
    assert!(is_refused(&outcome), "{outcome:?}");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_name_without_an_address_is_unreachable() {
    let ca = LocalCa::new("laboratory").unwrap();
    let server = NameServer::start(vec![Vec::new()], Vec::new());
    let outcome = get(&server.client(&ca, &[]), 443).await;
    assert!(
        matches!(outcome, OutboundOutcome::Unreachable(_)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_longer_than_a_connection_may_take() {
    let ca = LocalCa::new("laboratory").unwrap();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = NameServer {
        address: silent.local_addr().unwrap(),
        asked: Arc::default(),
    };
    let begun = Instant::now();
    let outcome = get(&server.client(&ca, &[]), 443).await;
    assert!(
        matches!(outcome, OutboundOutcome::Unreachable(_)),
        "{outcome:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(3));
}
